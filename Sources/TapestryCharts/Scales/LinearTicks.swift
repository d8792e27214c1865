import Foundation

/// Round numbers along a linear axis: multiples of 1, 2 or 5 times a power of ten.
struct LinearTicks: Equatable {
    /// The factor, 1, 2 or 5.
    let factor: Int
    /// The power of ten.
    let exponent: Int
    /// The numbers, as multiples of the step.
    private let multiples: ClosedRange<Int>?

    /// The numbers between two values.
    ///
    /// - Parameters:
    ///   - count: About how many numbers there shall be.
    ///   - isWhole: Whether only whole numbers mean something.
    init(_ lower: Double, _ upper: Double, count: Int, isWhole: Bool = false) {
        (factor, exponent) = Self.step(lower, upper, count: count, isWhole: isWhole)
        let step = Self.multiple(1, factor, exponent)
        // A number that rounding has moved beyond the end is still at the end.
        let first = (lower / step - 1e-9).rounded(.up)
        let last = (upper / step + 1e-9).rounded(.down)
        multiples = first <= last && last.magnitude < 1e15 && first.magnitude < 1e15 ? Int(first)...Int(last) : nil
    }

    /// The numbers around two values: the last one that is not above the first value, to the first one that is not
    /// below the second.
    init(around lower: Double, _ upper: Double, count: Int) {
        (factor, exponent) = Self.step(lower, upper, count: count, isWhole: false)
        let step = Self.multiple(1, factor, exponent)
        let first = (lower / step + 1e-9).rounded(.down), last = (upper / step - 1e-9).rounded(.up)
        multiples = first < last && last.magnitude < 1e15 && first.magnitude < 1e15 ? Int(first)...Int(last) : nil
    }

    var step: Double { Self.multiple(1, factor, exponent) }

    /// The numbers from the least to the greatest.
    var values: [Double] { multiples.map { $0.map { Self.multiple(Double($0), factor, exponent) } } ?? [] }

    /// The step whose multiples between the ends are closest in number to the count.
    private static func step(_ lower: Double, _ upper: Double, count: Int, isWhole: Bool) -> (Int, Int) {
        let rough = (upper / 2 - lower / 2) / Double(max(count, 1)) * 2
        let exponent = Int(log10(rough).rounded(.down))
        let mantissa = rough / power(exponent)
        // The bounds between 1, 2, 5 and 10 are their geometric means.
        let (factor, more): (Int, Int) =
            mantissa < 2.0.squareRoot()
            ? (1, 0)
            : mantissa < 10.0.squareRoot() ? (2, 0) : mantissa < 50.0.squareRoot() ? (5, 0) : (1, 1)
        return isWhole && exponent + more < 0 ? (1, 0) : (factor, exponent + more)
    }

    /// n · factor · 10ᵉ, rounded once: dividing by 10 is exact to the last place where multiplying by 0.1 is not.
    private static func multiple(_ number: Double, _ factor: Int, _ exponent: Int) -> Double {
        let product = number * Double(factor)
        return exponent >= 0 ? product * power(exponent) : product / power(-exponent)
    }

    private static func power(_ exponent: Int) -> Double { pow(10, Double(exponent)) }
}
