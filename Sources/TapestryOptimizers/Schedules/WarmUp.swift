import TapestryAutograd

/// Rises along a straight line to the first rate of another schedule, which then begins.
///
/// Reference: P. Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour", 2017.
public struct WarmUp<Next: LearningRateSchedule>: LearningRateSchedule {
    private let steps: Int
    private let startFactor: Double
    private let next: Next

    /// Traps unless the number of steps is positive, and the factor finite and at least 0.
    ///
    /// - Parameters:
    ///   - steps: before the other schedule begins.
    ///   - startFactor: by what the other schedule's first rate is multiplied at step 0.
    ///   - next: the other schedule, whose step 0 comes after the warm-up.
    public init(steps: Int, from startFactor: Double = 0, then next: Next) {
        checkSchedule(steps: steps)
        checkSchedule("start factor", startFactor)
        self.steps = steps
        self.startFactor = startFactor
        self.next = next
    }

    /// η₀ (s + (1 − s) t / n) with the other schedule's first rate η₀, and its own rates from step n on. Traps if the
    /// step is negative.
    public func rate(at step: Int) -> Double {
        checkStep(step)
        if step >= steps { return next.rate(at: step - steps) }
        return next.rate(at: 0) * (startFactor + (1 - startFactor) * Double(step) / Double(steps))
    }
}
