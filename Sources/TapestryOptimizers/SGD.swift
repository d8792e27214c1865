import TapestryAutograd

/// Stochastic gradient descent, with momentum if asked for:
///
///     v ← μ v + g,    p ← p − η v            (momentum μ)
///     v ← μ v + g,    p ← p − η (g + μ v)    (Nesterov)
///
/// where decay adds λ p to the gradient g first.
///
/// Reference: I. Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013.
public struct SGD<Model: Module>: Optimizer {
    /// η, finite and at least 0.
    public var learningRate: Double
    /// μ, finite and at least 0, where 0 is none. It may be switched on between two steps.
    public var momentum: Double
    /// Whether steps look ahead along the momentum, of which there must be some then.
    public var isNesterov: Bool
    /// λ, added to the gradient as λ p.
    public var weightDecay: WeightDecay
    /// v, once there has been momentum.
    private var velocity: [Model] = []

    /// An optimiser that has taken no step.
    ///
    /// - Parameters:
    ///   - model: what will be trained; only its structure counts.
    ///   - learningRate: η. Traps unless it is finite and at least 0.
    ///   - momentum: μ. Traps unless it is finite and at least 0.
    ///   - nesterov: whether steps look ahead. Traps without momentum.
    ///   - weightDecay: λ, and the parameters that it spares. Traps if an exception means no parameter.
    public init(
        for model: Model, learningRate: Double, momentum: Double = 0, nesterov: Bool = false,
        weightDecay: WeightDecay = WeightDecay(rate: 0)
    ) {
        self.learningRate = learningRate
        self.momentum = momentum
        isNesterov = nesterov
        self.weightDecay = weightDecay
        checkSettings()
        weightDecay.check(for: model)
    }

    private func checkSettings() {
        checkRange("learning rate", learningRate)
        checkRange("momentum", momentum)
        if isNesterov, momentum == 0 { trap("optimizer", "Nesterov's step needs a momentum above 0") }
    }

    /// Takes one step of the formula above, with all parameters but the `frozen` ones. Traps as the protocol says.
    public mutating func update(_ model: inout Model, along gradient: Model, freezing frozen: [ParameterPattern]) {
        checkSettings()
        // Momentum may also be switched on between two steps.
        if momentum != 0, velocity.isEmpty { velocity = [model.zerosLike] }
        ParameterUpdate.apply(&model, gradient, &velocity, freezing: frozen, weightDecay) { parameter, velocity in
            let decay = weightDecay.rate(for: parameter.path)
            let slope = decay == 0 ? parameter.gradient : parameter.gradient + parameter.value * decay
            if velocity.isEmpty { return parameter.value - slope * learningRate }
            velocity[0] = velocity[0] * momentum + slope
            return parameter.value - (isNesterov ? slope + velocity[0] * momentum : velocity[0]) * learningRate
        }
    }
}
