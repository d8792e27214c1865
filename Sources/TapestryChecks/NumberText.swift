import Foundation

/// Numbers in reports.
enum NumberText {
    /// Two significant digits, for sizes and errors.
    static func short(_ number: Double) -> String { text(number, "%.2g") }

    /// Seven significant digits, for values that are compared.
    static func long(_ number: Double) -> String { text(number, "%.7g") }

    /// Three decimals while that says something.
    static func ratio(_ number: Double) -> String {
        if number == 0 { return "0" }
        return number.magnitude > 1e-3 && number.magnitude < 1e4 ? text(number, "%.3f") : text(number, "%.2g")
    }

    /// A ratio that is not 1, as exactly as it takes to see that: `1 + 3e-08`.
    static func unequalRatio(_ number: Double) -> String {
        let excess = number - 1
        if excess == 0 || !(excess.magnitude < 1e-3) { return ratio(number) }
        return "1 \(excess < 0 ? "−" : "+") \(short(excess.magnitude))"
    }

    private static func text(_ number: Double, _ format: String) -> String {
        number.isNaN ? "nan" : String(format: format, number)
    }
}
