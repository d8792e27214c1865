import TapestryAutograd

/// Steps of one size in each coordinate, along the signs of an interpolated momentum:
///
///     p ← p − η (sign(β₁ m + (1 − β₁) g) + λ p),    m ← β₂ m + (1 − β₂) g
///
/// Decay is decoupled. Step sizes are three to ten times smaller than Adam's, and decays as much larger.
///
/// Reference: X. Chen et al., "Symbolic discovery of optimization algorithms", 2023.
public struct Lion<Model: Module>: ParameterwiseOptimizer {
    /// η, λ and groups.
    public var settings: StepSettings
    /// β₁.
    private let firstDecay: Double
    /// β₂.
    private let secondDecay: Double
    private var memory: ParameterMemory<Model>

    /// An optimiser that has taken no step. Traps if a setting is out of its range.
    ///
    /// - Parameters:
    ///   - model: what will be trained; only its structure counts.
    ///   - learningRate: η, finite and at least 0.
    ///   - firstDecay: β₁, in `0 ..< 1`.
    ///   - secondDecay: β₂, in `0 ..< 1`.
    ///   - weightDecay: λ, by which parameters shrink apart from their gradient, and those that it spares. Traps if an
    ///     exception means no parameter.
    ///   - groups: parameters with a step size or a decay of their own. Traps if one means no parameter.
    public init(
        for model: Model, learningRate: Double = 1e-4, firstDecay: Double = 0.9, secondDecay: Double = 0.99,
        weightDecay: WeightDecay = WeightDecay(rate: 0), groups: [ParameterGroup] = []
    ) {
        checkRange("first decay", firstDecay, below: 1)
        self.firstDecay = firstDecay
        checkRange("second decay", secondDecay, below: 1)
        self.secondDecay = secondDecay
        settings = StepSettings(learningRate: learningRate, weightDecay: weightDecay, groups: groups)
        memory = ParameterMemory(of: model, count: 1)
        settings.check(for: model)
    }

    /// Takes one step of the formula above, with all parameters but the `frozen` ones. Traps as the protocol says.
    public mutating func update(_ model: inout Model, along gradient: Model, freezing frozen: [ParameterPattern]) {
        memory.update(&model, along: gradient, freezing: frozen, settings, decay: .decoupled) { p, slot in
            let direction = (slot.values[0] * firstDecay + p.gradient * (1 - firstDecay)).sign()
            slot.values[0].average(p.gradient, decay: secondDecay)
            return p.value - direction * p.learningRate
        }
    }
}
