import Foundation

/// Round numbers along a logarithmic axis: powers of ten, and where there are few of them 2 and 5 times these.
struct LogarithmicTicks: Equatable {
    /// The numbers with labels.
    let values: [Double]
    /// The numbers that only have a line: the other multiples of powers of ten.
    let minor: [Double]

    /// The numbers between two positive values.
    ///
    /// - Parameter count: How many numbers with labels there is room for.
    init(_ lower: Double, _ upper: Double, count: Int) {
        func between(_ factors: [Double], every: Int = 1) -> [Double] {
            Self.decades(lower, upper).filter { $0 % every == 0 }.flatMap { decade in
                factors.map { Self.number($0, decade) }.filter { $0 >= lower * (1 - 1e-9) && $0 <= upper * (1 + 1e-9) }
            }
        }
        let powers = between([1])
        if powers.count > count {
            let every = Int((Double(powers.count) / Double(max(count, 1))).rounded(.up))
            values = between([1], every: every)
            minor = []
        } else {
            let halves = between([1, 2, 5])
            let chosen = powers.count < 3 && halves.count <= count ? halves : powers
            // Within less than a decade, the round numbers of a linear axis.
            let isNarrow = chosen.count < 2 || chosen.count < 3 && upper < 10 * lower
            values = isNarrow ? LinearTicks(lower, upper, count: count).values.filter { $0 > 0 } : chosen
            minor = powers.count <= 7 ? between(Array(stride(from: 1, through: 9, by: 1))) : []
        }
    }

    /// The ends moved outwards to the next 1, 2 or 5 times a power of ten; to the round numbers of a linear axis if
    /// they are closer than those to each other.
    ///
    /// - Parameter count: About how many numbers there shall be.
    static func rounded(_ lower: Double, _ upper: Double, count: Int) -> (lower: Double, upper: Double) {
        if upper < 2 * lower {
            let round = LinearTicks(around: lower, upper, count: count).values.filter { $0 > 0 }
            return (round.first ?? lower, round.last ?? upper)
        }
        let numbers = decades(lower, upper).flatMap { decade in [1, 2, 5].map { number($0, decade) } }
        return (
            numbers.last { $0 <= lower * (1 + 1e-9) } ?? lower, numbers.first { $0 >= upper * (1 - 1e-9) } ?? upper
        )
    }

    private static func decades(_ lower: Double, _ upper: Double) -> ClosedRange<Int> {
        Int(log10(lower).rounded(.down)) - 1...Int(log10(upper).rounded(.up)) + 1
    }

    /// factor · 10ᵉ, rounded once.
    private static func number(_ factor: Double, _ exponent: Int) -> Double {
        exponent >= 0 ? factor * pow(10, Double(exponent)) : factor / pow(10, Double(-exponent))
    }
}
