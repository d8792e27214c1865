import TapestryAutograd

/// A learning rate for every step: a value, which neither counts steps nor knows an optimiser.
///
/// ```swift
/// let schedule = WarmUp(steps: 100, then: CosineDecay(from: 1e-3, to: 1e-5, steps: 900))
/// for (step, batch) in batches.enumerated() {
///     optimizer.learningRate = schedule.rate(at: step)
///     …
/// }
/// ```
///
/// Steps count from 0; they are updates or epochs, whatever the loop counts.
public protocol LearningRateSchedule: Codable, Sendable {
    /// The learning rate at a step, which is not negative.
    func rate(at step: Int) -> Double
}

/// The same learning rate at all steps, for warm-ups.
public struct ConstantRate: LearningRateSchedule {
    private let rate: Double

    /// Traps unless the rate is finite and at least 0.
    public init(_ rate: Double) {
        checkSchedule("rate", rate)
        self.rate = rate
    }

    /// The rate.
    public func rate(at step: Int) -> Double { rate }
}

/// Traps unless a rate or factor of a schedule is finite and at least 0.
func checkSchedule(_ name: String, _ value: Double) {
    guard value >= 0, value < .infinity else { trap("schedule", "the \(name) \(value) is not in 0 ..< ∞") }
}

/// Traps unless a number of steps is positive.
func checkSchedule(steps: Int) {
    guard steps > 0 else { trap("schedule", "\(steps) steps, expected at least 1") }
}

/// Traps on a step before the first.
func checkStep(_ step: Int) {
    if step < 0 { trap("schedule", "the step \(step) is before the first one, which is 0") }
}
