import TapestryAutograd

/// k steps of another optimiser forward, one step back: slow weights φ follow the fast ones θ, which go on from there:
///
///     θ ← k steps of the other optimiser,    φ ← φ + α (θ − φ),    θ ← φ
///
/// ```swift
/// var optimizer = Lookahead(AdamW(for: model, learningRate: 1e-3))
/// ```
///
/// The slow weights begin as the model's at the first step.
///
/// Reference: M. Zhang, J. Lucas, G. Hinton and J. Ba, "Lookahead optimizer: k steps forward, 1 step back", 2019.
public struct Lookahead<Base: Optimizer>: Optimizer {
    /// The optimiser that takes the fast steps.
    public var base: Base
    private let period: Int
    private let share: Double
    /// φ, from the first step on.
    private var slow: ParameterMemory<Base.Model>?

    /// The step size of the fast steps.
    public var learningRate: Double {
        get { base.learningRate }
        set { base.learningRate = newValue }
    }

    /// Wraps an optimiser.
    ///
    /// - Parameters:
    ///   - base: takes the fast steps.
    ///   - period: k. Traps unless it is positive.
    ///   - share: α. Traps unless it is in 0 < α ≤ 1.
    public init(_ base: Base, period: Int = 5, share: Double = 0.5) {
        guard period > 0 else { trap("optimizer", "Lookahead's period \(period) is not positive") }
        guard share > 0, share <= 1 else { trap("optimizer", "Lookahead's share \(share) is not in 0 < α ≤ 1") }
        self.base = base
        self.period = period
        self.share = share
    }

    /// Takes a fast step, and every k-th time the slow one. Traps as the protocol says.
    public mutating func update(
        _ model: inout Base.Model, along gradient: Base.Model, freezing frozen: [ParameterPattern]
    ) {
        var slow = slow ?? ParameterMemory(copying: model)
        base.update(&model, along: gradient, freezing: frozen)
        slow.update(&model, along: gradient, freezing: frozen, StepSettings(learningRate: 0)) { p, slot in
            guard p.stepCount.isMultiple(of: period) else { return p.value }
            slot.values[0] = slot.values[0] + (p.value - slot.values[0]) * share
            return slot.values[0]
        }
        self.slow = slow
    }
}
