import Foundation

extension Double {
    /// The number with so many digits behind the point; a dash where there is none (NaN), such as a precision without
    /// any prediction.
    public func text(decimals: Int) -> String { isNaN ? "–" : String(format: "%.*f", decimals, self) }

    /// The number as a share in hundredths, with as many digits as `text(decimals:)`: `99.3 %`.
    public func percentage(decimals: Int = 1) -> String { isNaN ? "–" : "\((100 * self).text(decimals: decimals)) %" }
}
