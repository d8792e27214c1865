/// The finite numbers that a numeric option accepts. Neither NaN nor an infinity belongs to any domain.
public enum NumberDomain: Sendable {
    /// 0 < x
    case positive
    /// 0 ≤ x
    case nonNegative
    /// a ≤ x ≤ b
    case closed(ClosedRange<Double>)
    /// a ≤ x < b, such as a dropout probability in 0 ..< 1
    case halfOpen(Range<Double>)

    func contains(_ number: Double) -> Bool {
        guard number.isFinite else { return false }
        return switch self {
        case .positive: number > 0
        case .nonNegative: number >= 0
        case .closed(let range): range.contains(number)
        case .halfOpen(let range): range.contains(number)
        }
    }
}

extension NumberDomain: CustomStringConvertible {
    /// What an option expects, as error messages say it: `a number above 0`.
    public var description: String {
        switch self {
        case .positive: "a number above 0"
        case .nonNegative: "a number of at least 0"
        case .closed(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .halfOpen(let range): "a number from \(range.lowerBound) to below \(range.upperBound)"
        }
    }
}
