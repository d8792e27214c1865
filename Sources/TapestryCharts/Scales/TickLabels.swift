import Foundation

/// The numbers of an axis as texts, all in one form: as many decimals as the step between them needs, `k` and `M` for
/// thousands and millions, powers of ten beyond that.
enum TickLabels {
    /// The labels of a linear axis.
    ///
    /// - Parameter step: The difference between neighbours.
    static func linear(_ values: [Double], step: Double) -> [String] {
        let largest = values.map(\.magnitude).max() ?? 0
        let stepExponent = exponent(of: step)
        if largest < 1e-3 || largest >= 1e12 { return values.map { scientific($0, stepExponent: stepExponent) } }
        let units: [(size: Int, name: String)] = [(9, "G"), (6, "M"), (3, "k"), (0, "")]
        let unit = units.first { unit in
            largest >= (unit.size == 3 ? 1e4 : power(unit.size)) * (1 - 1e-9) && unit.size - stepExponent <= 2
        }
        let size = unit?.size ?? 0
        return values.map { value in
            let text = fixed(value / power(size), decimals: max(size - stepExponent, 0))
            return value == 0 ? "0" : text + (unit?.name ?? "")
        }
    }

    /// The labels of a logarithmic axis: plain from 0.001 to 1000, powers of ten if there are numbers beyond.
    static func logarithmic(_ values: [Double]) -> [String] {
        let isPlain = values.allSatisfy { $0 >= 1e-3 * (1 - 1e-9) && $0 < 1e4 }
        let gaps = zip(values, values.dropFirst()).map { $1 - $0 }
        // Numbers closer to each other than they are large: those of a linear axis.
        if let gap = gaps.min(), let first = values.first, gap < first * 0.5 { return linear(values, step: gap) }
        return values.map { value in
            isPlain
                ? fixed(value, decimals: max(-exponent(of: value), 0))
                : scientific(value, stepExponent: exponent(of: value))
        }
    }

    /// A single number, to three digits: what a cell or a legend shows.
    static func short(_ value: Double) -> String {
        guard value.isDrawable else { return value.isNaN ? "NaN" : value < 0 ? "−∞" : "∞" }
        if value == 0 { return "0" }
        let size = exponent(of: value)
        if size < -3 || size > 5 { return scientific(value, stepExponent: size - 2, trims: true) }
        return trimmed(fixed(value, decimals: max(2 - size, 0)))
    }

    // MARK: Forms

    /// A number with so many decimals, with a minus sign rather than a hyphen.
    private static func fixed(_ value: Double, decimals: Int) -> String {
        let text = String(format: "%.\(decimals)f", value.magnitude)
        let isZero = text.allSatisfy { $0 == "0" || $0 == "." }
        return value < 0 && !isZero ? "−" + text : text
    }

    /// `2×10⁻⁴`, with the decimals that numbers need which differ by 10 to the power of `stepExponent`.
    private static func scientific(_ value: Double, stepExponent: Int, trims: Bool = false) -> String {
        if value == 0 { return "0" }
        let exponent = exponent(of: value)
        let digits = fixed(value / power(exponent), decimals: max(exponent - stepExponent, 0))
        let mantissa = trims ? trimmed(digits) : digits
        let factor = mantissa == "1" ? "" : mantissa == "−1" ? "−" : mantissa + "×"
        return factor + "10" + String(String(exponent).map { superscripts[$0]! })
    }

    private static let superscripts: [Character: Character] = Dictionary(
        uniqueKeysWithValues: zip("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))

    private static func trimmed(_ text: String) -> String {
        guard text.contains(".") else { return text }
        var text = text
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text
    }

    /// The power of ten of the first digit.
    private static func exponent(of value: Double) -> Int {
        // A tick such as 0.3 may be a rounding below its own number.
        Int((log10(value.magnitude) + 1e-9).rounded(.down))
    }

    private static func power(_ exponent: Int) -> Double { pow(10, Double(exponent)) }
}
