/// A number that can be drawn. What is not finite, or beyond ±10³⁰⁰, is left out: a gap in a line, a grey cell.
public protocol ChartNumber: Sendable {
    /// The number as charts compute with it.
    var chartValue: Double { get }
}

extension Double: ChartNumber {
    /// The number itself.
    public var chartValue: Double { self }
}

extension Float: ChartNumber {
    /// The same number in double precision.
    public var chartValue: Double { Double(self) }
}

extension Int: ChartNumber {
    /// The number, rounded beyond 2⁵³.
    public var chartValue: Double { Double(self) }
}

extension Int32: ChartNumber {
    /// The same number.
    public var chartValue: Double { Double(self) }
}

extension Double {
    /// Whether the number can be drawn. Beyond the limit differences of two numbers would overflow.
    var isDrawable: Bool { isFinite && magnitude <= 1e300 }

    /// The least difference of two ends: halves and tenths of smaller ones are no numbers, or have lost their digits.
    static var leastDrawableDifference: Double { 1e-300 }

    /// Whether the number has a place on a logarithmic axis, whose powers of ten are numbers themselves.
    var isDrawableAsLogarithm: Bool { self >= 1e-300 && self <= 1e300 }
}
