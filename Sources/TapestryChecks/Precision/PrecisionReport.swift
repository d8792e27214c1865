/// One result of a function, or one block of its gradient, in `Float` beside `Double`.
public struct PrecisionComparison: Sendable {
    /// `outputs`, or `gradient of cell.input.weights [forget]`.
    public let name: String
    /// The number of elements.
    public let count: Int
    /// The largest finite magnitude in `Double`.
    public let scale: Double
    /// How far an element may deviate.
    public let allowed: Double
    /// Where the largest deviation is.
    public let position: [Int]
    /// What was computed in `Float` there.
    public let single: Double
    /// What was computed in `Double` there.
    public let exact: Double
    /// Wrong if an element deviates by more than is allowed; inconclusive if so much is allowed that it says nothing,
    /// or if `Double` is not finite.
    public let verdict: GradientVerdict

    /// |single − exact|, infinite where only one of them is finite.
    public var deviation: Double { Self.deviation(single, exact) }

    init(_ single: Quantity, _ exact: Quantity, change: Double, _ tolerance: PrecisionTolerance) {
        let deviations = zip(single.elements, exact.elements).map(Self.deviation)
        let worst = deviations.indices.max { deviations[$0] < deviations[$1] }
        let scale = exact.elements.lazy.map(\.magnitude).filter(\.isFinite).max() ?? 0
        let allowed = tolerance.roundings * (Double(Float.ulpOfOne) / 2 * scale + change)
        name = exact.name
        count = exact.elements.count
        self.scale = scale
        self.allowed = allowed
        position = ElementPosition.of(worst ?? 0, in: exact.shape)
        self.single = worst.map { single.elements[$0] } ?? 0
        self.exact = worst.map { exact.elements[$0] } ?? 0
        if deviations.contains(where: { $0 > allowed }) {
            verdict = .wrong
        } else if allowed > tolerance.resolution * scale || !exact.elements.allSatisfy(\.isFinite) {
            verdict = .inconclusive
        } else {
            verdict = .correct
        }
    }

    /// Nothing is to be said where `Double` is not finite.
    private static func deviation(_ single: Double, _ exact: Double) -> Double {
        guard exact.isFinite else { return 0 }
        return single.isFinite ? (single - exact).magnitude : .infinity
    }
}

/// The result of a comparison of `Float` with `Double`.
///
/// Printed, it is a table of all results and of all blocks of the gradient.
public struct PrecisionReport: Sendable {
    /// The results, then the blocks of the gradient.
    public let comparisons: [PrecisionComparison]
    /// The type of the module in `Float`.
    public let subject: String
    /// How far the types may be apart.
    public let tolerance: PrecisionTolerance
    /// What all that was drawn was made from.
    public let seed: UInt64
    /// The call that made this report; `nil` in one that is part of another.
    public let call: CheckCall?

    /// Wrong if any comparison is; else inconclusive if any is, or if there is none; else correct.
    public var verdict: GradientVerdict {
        if comparisons.contains(where: { $0.verdict == .wrong }) { return .wrong }
        return !comparisons.isEmpty && comparisons.allSatisfy { $0.verdict == .correct } ? .correct : .inconclusive
    }

    /// Whether everything agrees as well as rounding allows.
    public var isCorrect: Bool { verdict == .correct }

    /// Throws an error that prints this report, unless everything agrees.
    public func requireCorrect() throws(PrecisionCheckError) {
        if !isCorrect { throw PrecisionCheckError(report: self) }
    }
}

/// A computation in `Float` that was not shown to agree with that in `Double`. Printed, it is the report.
public struct PrecisionCheckError: Error, CustomStringConvertible {
    /// What the check found.
    public let report: PrecisionReport
    /// The report as text.
    public var description: String { report.description }
}
