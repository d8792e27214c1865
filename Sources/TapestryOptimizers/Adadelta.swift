import TapestryAutograd

/// Steps in the parameters' own units: the root of the mean square of past steps over that of the gradients:
///
///     v ← ρ v + (1 − ρ) g²,    d = √(u + ε) / √(v + ε) · g,    u ← ρ u + (1 − ρ) d²,    p ← p − η d
///
/// Decay adds λ p to the gradient g first.
///
/// Reference: M. Zeiler, "ADADELTA: an adaptive learning rate method", 2012.
public struct Adadelta<Model: Module>: ParameterwiseOptimizer {
    /// η, λ and groups.
    public var settings: StepSettings
    /// ρ and ε.
    private let constants: MomentConstants
    private var memory: ParameterMemory<Model>

    /// An optimiser that has taken no step. Traps if a setting is out of its range.
    ///
    /// - Parameters:
    ///   - model: what will be trained; only its structure counts.
    ///   - learningRate: η, finite and at least 0.
    ///   - smoothing: ρ, in `0 ..< 1`.
    ///   - epsilon: ε, finite and above 0, as there is no step without it.
    ///   - weightDecay: λ, added to the gradient, and the parameters that it spares. Traps if an exception means no
    ///     parameter.
    ///   - groups: parameters with a step size or a decay of their own. Traps if one means no parameter.
    public init(
        for model: Model, learningRate: Double = 1, smoothing: Double = 0.9, epsilon: Double = 1e-6,
        weightDecay: WeightDecay = WeightDecay(rate: 0), groups: [ParameterGroup] = []
    ) {
        constants = MomentConstants(smoothing: smoothing, epsilon: epsilon)
        constants.requireEpsilon("Adadelta needs an epsilon above 0, or it never moves")
        settings = StepSettings(learningRate: learningRate, weightDecay: weightDecay, groups: groups)
        memory = ParameterMemory(of: model, count: 2)
        settings.check(for: model)
    }

    /// Takes one step of the formula above, with all parameters but the `frozen` ones. Traps as the protocol says.
    public mutating func update(_ model: inout Model, along gradient: Model, freezing frozen: [ParameterPattern]) {
        memory.update(&model, along: gradient, freezing: frozen, settings) { p, slot in
            slot.values[0].average(p.gradient.squared(), decay: constants.secondDecay)
            let step =
                (slot.values[1] + constants.epsilon).squareRoot() / (slot.values[0] + constants.epsilon).squareRoot()
                * p.gradient
            slot.values[1].average(step.squared(), decay: constants.secondDecay)
            return p.value - step * p.learningRate
        }
    }
}
