import TapestryAutograd

/// Steps over the root of the sum of all squares so far, so that what is rarely seen takes larger ones:
///
///     s ← s + g²,    p ← p − η / (1 + (t − 1) γ) · g / (√s + ε)
///
/// Decay adds λ p to the gradient g first.
///
/// Reference: J. Duchi, E. Hazan and Y. Singer, "Adaptive subgradient methods for online learning and stochastic
/// optimization", 2011.
public struct Adagrad<Model: Module>: ParameterwiseOptimizer {
    /// η, λ and groups.
    public var settings: StepSettings
    /// γ.
    private let learningRateDecay: Double
    /// s before the first step.
    private let initialSum: Double
    /// ε.
    private let epsilon: Double
    private var memory: ParameterMemory<Model>

    /// An optimiser that has taken no step. Traps if a setting is out of its range.
    ///
    /// - Parameters:
    ///   - model: what will be trained; only its structure counts.
    ///   - learningRate: η, finite and at least 0.
    ///   - learningRateDecay: γ, by which the step size falls, finite and at least 0.
    ///   - initialSum: s before the first step, finite and at least 0.
    ///   - epsilon: ε, finite and at least 0.
    ///   - weightDecay: λ, added to the gradient, and the parameters that it spares. Traps if an exception means no
    ///     parameter.
    ///   - groups: parameters with a step size or a decay of their own. Traps if one means no parameter.
    public init(
        for model: Model, learningRate: Double = 1e-2, learningRateDecay: Double = 0, initialSum: Double = 0,
        epsilon: Double = 1e-10, weightDecay: WeightDecay = WeightDecay(rate: 0), groups: [ParameterGroup] = []
    ) {
        checkRange("learning-rate decay", learningRateDecay)
        self.learningRateDecay = learningRateDecay
        checkRange("initial sum", initialSum)
        self.initialSum = initialSum
        checkRange("epsilon", epsilon)
        self.epsilon = epsilon
        settings = StepSettings(learningRate: learningRate, weightDecay: weightDecay, groups: groups)
        memory = ParameterMemory(of: model, count: 1)
        settings.check(for: model)
    }

    /// Takes one step of the formula above, with all parameters but the `frozen` ones. Traps as the protocol says.
    public mutating func update(_ model: inout Model, along gradient: Model, freezing frozen: [ParameterPattern]) {
        memory.update(&model, along: gradient, freezing: frozen, settings) { p, slot in
            if p.stepCount == 1 { slot.values[0] = slot.values[0] + initialSum }
            slot.values[0] = slot.values[0] + p.gradient.squared()
            let stepSize = p.learningRate / (1 + Double(p.stepCount - 1) * learningRateDecay)
            return p.value - p.gradient / (slot.values[0].rootOfSquares + epsilon) * stepSize
        }
    }
}
