import TapestryAutograd

/// Steps over the root of the gradients' mean square:
///
///     v ← α v + (1 − α) g²,    d = g / (√v + ε),    p ← p − η d
///
/// Centred, the mean is taken out of the square, d = g / (√(v − a²) + ε) with a ← α a + (1 − α) g. With momentum μ
/// steps go along b ← μ b + d. Decay adds λ p to the gradient g first.
///
/// Reference: G. Hinton, "Neural networks for machine learning", lecture 6e, 2012; centred: A. Graves, "Generating
/// sequences with recurrent neural networks", 2013.
public struct RMSProp<Model: Module>: ParameterwiseOptimizer {
    /// η, λ and groups.
    public var settings: StepSettings
    /// α and ε.
    private let constants: MomentConstants
    /// μ.
    private let momentum: Double
    /// Whether the mean is taken out of the square.
    private let isCentred: Bool
    private var memory: ParameterMemory<Model>

    /// An optimiser that has taken no step. Traps if a setting is out of its range.
    ///
    /// - Parameters:
    ///   - model: what will be trained; only its structure counts.
    ///   - learningRate: η, finite and at least 0.
    ///   - smoothing: α, in `0 ..< 1`.
    ///   - epsilon: ε, finite and at least 0.
    ///   - momentum: μ, finite and at least 0.
    ///   - centred: whether the mean is taken out of the square.
    ///   - weightDecay: λ, added to the gradient, and the parameters that it spares. Traps if an exception means no
    ///     parameter.
    ///   - groups: parameters with a step size or a decay of their own. Traps if one means no parameter.
    public init(
        for model: Model, learningRate: Double = 1e-2, smoothing: Double = 0.99, epsilon: Double = 1e-8,
        momentum: Double = 0, centred: Bool = false, weightDecay: WeightDecay = WeightDecay(rate: 0),
        groups: [ParameterGroup] = []
    ) {
        constants = MomentConstants(smoothing: smoothing, epsilon: epsilon)
        checkRange("momentum", momentum)
        self.momentum = momentum
        isCentred = centred
        settings = StepSettings(learningRate: learningRate, weightDecay: weightDecay, groups: groups)
        memory = ParameterMemory(of: model, count: 1 + (centred ? 1 : 0) + (momentum == 0 ? 0 : 1))
        settings.check(for: model)
    }

    /// Takes one step of the formula above, with all parameters but the `frozen` ones. Traps as the protocol says.
    public mutating func update(_ model: inout Model, along gradient: Model, freezing frozen: [ParameterPattern]) {
        memory.update(&model, along: gradient, freezing: frozen, settings) { p, slot in
            slot.values[0].average(p.gradient.squared(), decay: constants.secondDecay)
            var square = slot.values[0]
            if isCentred {
                slot.values[1].average(p.gradient, decay: constants.secondDecay)
                // Of gradients that are all alike, rounding may leave less than nothing.
                square = (square - slot.values[1].squared()).relu()
            }
            let direction = p.gradient / (square.rootOfSquares + constants.epsilon)
            if momentum == 0 { return p.value - direction * p.learningRate }
            let last = slot.values.count - 1
            slot.values[last] = slot.values[last] * momentum + direction
            return p.value - slot.values[last] * p.learningRate
        }
    }
}
