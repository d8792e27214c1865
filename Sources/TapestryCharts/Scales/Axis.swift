import TapestryArrays

/// An axis of a chart: what it shows, and how.
///
/// A string is a linear axis with that label: `Chart(x: "epoch", y: .logarithmic("loss"), …)`.
public struct Axis: Sendable, Equatable, ExpressibleByStringLiteral {
    /// How values become places.
    public enum Scaling: Sendable {
        /// Equal differences have equal lengths.
        case linear
        /// Equal ratios have equal lengths. What is not positive has no place: lines have gaps there.
        case logarithmic
    }

    /// What the axis shows, with its unit.
    public var label: String?
    /// How values become places.
    public var scaling: Scaling
    /// The values at the ends; `nil` for round numbers around the data.
    public var range: ClosedRange<Double>?

    /// An axis. Traps if the range's ends are not finite, or not positive on a logarithmic axis.
    public init(_ label: String? = nil, scaling: Scaling = .linear, range: ClosedRange<Double>? = nil) {
        if let range {
            guard range.lowerBound.isDrawable, range.upperBound.isDrawable else {
                trap("Axis", "the range \(range) is not finite")
            }
            if scaling == .logarithmic, !range.lowerBound.isDrawableAsLogarithm {
                trap("Axis", "the range \(range) of a logarithmic axis is not positive")
            }
        }
        self.label = label
        self.scaling = scaling
        self.range = range
    }

    /// A linear axis with a label.
    public init(stringLiteral label: String) { self.init(label) }

    /// A logarithmic axis.
    public static func logarithmic(_ label: String? = nil, range: ClosedRange<Double>? = nil) -> Axis {
        Axis(label, scaling: .logarithmic, range: range)
    }
}

extension Axis {
    /// The values at the ends, both finite, the second greater than the first.
    ///
    /// - Parameters:
    ///   - values: The data.
    ///   - includesZero: Whether the data stand on zero.
    ///   - isRound: Whether to go on to the next round numbers, about as many as the ticks in `count`.
    func ends(of values: ValueRange, includesZero: Bool, isRound: Bool, count: Int) -> (lower: Double, upper: Double) {
        if let range { return Self.apart(range.lowerBound, range.upperBound, scaling) }
        switch scaling {
        case .linear:
            let zero = includesZero ? 0.0 : nil
            guard let least = values.least, let greatest = values.greatest else { return (0, 1) }
            let (lower, upper) = Self.apart(min(least, zero ?? least), max(greatest, zero ?? greatest), scaling)
            let round = isRound ? LinearTicks(around: lower, upper, count: count).values : []
            return (round.first ?? lower, round.last ?? upper)
        case .logarithmic:
            guard let least = values.leastPositive, let greatest = values.greatest else { return (0.1, 1) }
            // Bars stand on the lower end here, and the least one shall be seen.
            let (lower, upper) = Self.apart(includesZero ? max(least / 2, 1e-300) : least, greatest, scaling)
            return isRound ? LogarithmicTicks.rounded(lower, upper, count: count) : (lower, upper)
        }
    }

    /// The two values, or what surrounds them if there is no room between them for numbers to differ.
    private static func apart(_ lower: Double, _ upper: Double, _ scaling: Scaling) -> (Double, Double) {
        let size = max(lower.magnitude, upper.magnitude)
        switch scaling {
        case .linear:
            if upper / 2 - lower / 2 > max(size * 1e-12, .leastDrawableDifference) { return (lower, upper) }
            let room = size > 1e-290 ? size * 0.1 : 1
            return (lower - room, upper + room)
        case .logarithmic:
            return upper / lower > 1 + 1e-9 ? (lower, upper) : (max(lower / 2, 1e-300), min(upper * 2, 1e300))
        }
    }
}
