import TapestryAutograd

/// Stochastic gradient descent, with momentum if asked for:
///
///     v ← μ v + (1 − τ) g,    p ← p − η v            (momentum μ, dampening τ)
///     v ← μ v + g,            p ← p − η (g + μ v)    (Nesterov)
///
/// where decay adds λ p to the gradient g first. The first v is g, whatever the dampening is.
///
/// Reference: I. Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013.
public struct SGD<Model: Module>: ParameterwiseOptimizer {
    /// η, λ and groups.
    public var settings: StepSettings
    /// μ, finite and at least 0, where 0 is none. It may be switched on between two steps.
    public var momentum: Double
    /// τ, in `0 ... 1`, by which each gradient but the first weighs less in the momentum.
    public var dampening: Double
    /// Whether steps look ahead along the momentum, of which there must be some then, and no dampening.
    public var isNesterov: Bool
    /// v, once there has been momentum.
    private var memory: ParameterMemory<Model>

    /// An optimiser that has taken no step.
    ///
    /// - Parameters:
    ///   - model: what will be trained; only its structure counts.
    ///   - learningRate: η. Traps unless it is finite and at least 0.
    ///   - momentum: μ. Traps unless it is finite and at least 0.
    ///   - dampening: τ. Traps unless it is in `0 ... 1`.
    ///   - nesterov: whether steps look ahead. Traps without momentum, and with dampening.
    ///   - weightDecay: λ, and the parameters that it spares. Traps if an exception means no parameter.
    ///   - groups: parameters with a step size or a decay of their own. Traps if one means no parameter.
    public init(
        for model: Model, learningRate: Double, momentum: Double = 0, dampening: Double = 0, nesterov: Bool = false,
        weightDecay: WeightDecay = WeightDecay(rate: 0), groups: [ParameterGroup] = []
    ) {
        settings = StepSettings(learningRate: learningRate, weightDecay: weightDecay, groups: groups)
        self.momentum = momentum
        self.dampening = dampening
        isNesterov = nesterov
        memory = ParameterMemory(of: model, count: 0)
        settings.check(for: model)
        checkMomentum()
    }

    private func checkMomentum() {
        checkRange("momentum", momentum)
        guard (0...1).contains(dampening) else {
            trap("optimizer", "the dampening \(dampening) is not in 0 ... 1")
        }
        if isNesterov, momentum == 0 { trap("optimizer", "Nesterov's step needs a momentum above 0") }
        if isNesterov, dampening != 0 { trap("optimizer", "Nesterov's step has no dampening, found \(dampening)") }
    }

    /// Takes one step of the formula above, with all parameters but the `frozen` ones. Traps as the protocol says.
    public mutating func update(_ model: inout Model, along gradient: Model, freezing frozen: [ParameterPattern]) {
        checkMomentum()
        if momentum != 0, memory.isEmpty { memory = ParameterMemory(of: model, count: 1) }
        memory.update(&model, along: gradient, freezing: frozen, settings) { p, slot in
            if momentum == 0 { return p.value - p.gradient * p.learningRate }
            // The number is 1 until there is momentum, and dampening begins with the second gradient.
            slot.values[0] = slot.values[0] * momentum + (slot.number == 1 ? p.gradient : p.gradient * (1 - dampening))
            slot.number = 0
            let direction = isNesterov ? p.gradient + slot.values[0] * momentum : slot.values[0]
            return p.value - direction * p.learningRate
        }
    }
}
