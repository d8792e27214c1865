import TapestryAutograd

/// Rises from a small rate to the greatest one and falls to almost nothing.
///
/// The rate goes from η / d over η, which is reached after a share p of the steps, to η / (d f) at the last one.
///
/// Reference: L. Smith and N. Topin, "Super-convergence: very fast training of neural networks using large learning
/// rates", 2018.
public struct OneCycle: LearningRateSchedule {
    /// How the rate goes from one value to the next.
    public enum Shape: String, Codable, Sendable {
        /// Along half a period of a cosine, from a to b by a + (b − a) (1 − cos π s) / 2 at the share s of the way.
        case cosine
        /// Along a line, a + (b − a) s.
        case linear
    }

    private let greatestRate, risingShare, initialDivisor, finalDivisor: Double
    private let steps: Int
    private let shape: Shape
    private let isSymmetric: Bool

    /// Traps unless the rate is finite and at least 0, there are two steps at least, the share is in 0 < p < 1, of a
    /// symmetric one at most a half, and the divisors are positive and finite.
    ///
    /// - Parameters:
    ///   - greatestRate: η.
    ///   - steps: of the whole cycle; the last rate holds from then on.
    ///   - risingShare: p, the share of the steps before the rate is greatest.
    ///   - initialDivisor: d.
    ///   - finalDivisor: f.
    ///   - shape: how the rate goes from one value to the next.
    ///   - symmetric: whether the rate falls to η / d in as many steps as it rose, and to η / (d f) in what is left.
    public init(
        to greatestRate: Double, steps: Int, risingShare: Double = 0.3, initialDivisor: Double = 25,
        finalDivisor: Double = 1e4, shape: Shape = .cosine, symmetric: Bool = false
    ) {
        checkSchedule("greatest rate", greatestRate)
        guard steps > 1 else { trap("schedule", "a cycle of \(steps) steps, expected at least 2") }
        guard risingShare > 0, risingShare < 1, !symmetric || risingShare <= 0.5 else {
            trap("schedule", "the rising share \(risingShare) is not in 0 < p < 1, or p ≤ 0.5 of a symmetric cycle")
        }
        for divisor in [initialDivisor, finalDivisor] where !(divisor > 0 && divisor < .infinity) {
            trap("schedule", "the divisor \(divisor) is not above 0 and finite")
        }
        self.greatestRate = greatestRate
        self.steps = steps
        self.risingShare = risingShare
        self.initialDivisor = initialDivisor
        self.finalDivisor = finalDivisor
        self.shape = shape
        isSymmetric = symmetric
    }

    /// The rate on the way from one corner of the cycle to the next. Traps if the step is negative.
    public func rate(at step: Int) -> Double {
        checkStep(step)
        let initial = greatestRate / initialDivisor
        let peak = risingShare * Double(steps) - 1
        var corners = [(0, initial), (peak, greatestRate)]
        if isSymmetric { corners.append((2 * peak, initial)) }
        corners.append((Double(steps - 1), initial / finalDivisor))
        let place = Double(min(step, steps - 1))
        let next = corners.indices.dropFirst().first { place <= corners[$0].0 } ?? corners.count - 1
        let (start, end) = (corners[next - 1], corners[next])
        // A rise may take no time.
        let share = end.0 > start.0 ? (place - start.0) / (end.0 - start.0) : 1
        switch shape {
        case .cosine: return cosine(from: start.1, to: end.1, share)
        case .linear: return start.1 + (end.1 - start.1) * share
        }
    }
}
