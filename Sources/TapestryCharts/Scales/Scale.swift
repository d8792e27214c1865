import Foundation

/// Values as places along an axis.
struct Scale: Equatable {
    let scaling: Axis.Scaling
    /// The values at the two ends; the second is the greater one.
    let lower, upper: Double
    /// Where these are, in pixels; the first is greater where values grow upwards.
    let start, end: Double

    /// Where a value is; `nil` if the axis has no place for it: what is not finite, and on a logarithmic axis what is
    /// not positive.
    func position(_ value: Double) -> Double? {
        guard scaling == .linear ? value.isDrawable : value.isDrawableAsLogarithm else { return nil }
        let place = start + share(of: value) * (end - start)
        // Far outside it doesn't matter where, and drawing programs have their limits.
        return min(max(place, -1e5), 1e5)
    }

    private func share(of value: Double) -> Double {
        switch scaling {
        // Halves, since the difference of two numbers may overflow.
        case .linear: (value / 2 - lower / 2) / (upper / 2 - lower / 2)
        case .logarithmic: (log10(value) - log10(lower)) / (log10(upper) - log10(lower))
        }
    }

    /// Where bars stand: zero, or the end of the axis where there is no zero.
    var baseline: Double {
        let zero = scaling == .linear ? min(max(lower, 0), upper) : lower
        return position(zero)!
    }

    var length: Double { (end - start).magnitude }
}
