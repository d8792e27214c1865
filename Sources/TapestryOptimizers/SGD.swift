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
    public var learningRate: Double
    public var momentum: Double
    public var isNesterov: Bool
    public var weightDecay: WeightDecay
    private var velocity: [Model] = []

    public init(
        for model: Model, learningRate: Double, momentum: Double = 0, nesterov: Bool = false,
        weightDecay: WeightDecay = WeightDecay(rate: 0)
    ) {
        self.learningRate = learningRate
        self.momentum = momentum
        isNesterov = nesterov
        self.weightDecay = weightDecay
    }

    public mutating func update(_ model: inout Model, along gradient: Model, freezing frozen: [ParameterPattern]) {
        // Momentum may also be switched on between two steps.
        if momentum != 0, velocity.isEmpty { velocity = [model.zerosLike] }
        ParameterUpdate.apply(&model, gradient, &velocity, freezing: frozen) { path, parameter, gradient, velocity in
            let decay = weightDecay.rate(for: path)
            let slope = decay == 0 ? gradient : gradient + parameter * decay
            if velocity.isEmpty { return parameter - slope * learningRate }
            velocity[0] = velocity[0] * momentum + slope
            return parameter - (isNesterov ? slope + velocity[0] * momentum : velocity[0]) * learningRate
        }
    }
}
