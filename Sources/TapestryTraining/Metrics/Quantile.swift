import TapestryArrays

/// The value below which a share p of the values lies: that at the place p · (n − 1) of the sorted values, and between
/// two of them where the place is between two (type 7 of R. J. Hyndman and Y. Fan, "Sample quantiles in statistical
/// packages", 1996).
///
/// Traps if there are no values, one is NaN, or p is not in 0 ≤ p ≤ 1.
public func quantile(_ p: Double, of values: [Double]) -> Double {
    guard !values.isEmpty, !values.contains(where: \.isNaN), 0...1 ~= p else {
        trap("quantile", "the quantile \(p) of \(values.count) values, which must be numbers, and p from 0 to 1")
    }
    let sorted = values.sorted()
    let place = p * Double(sorted.count - 1)
    let below = Int(place)
    let share = place - Double(below)
    return share == 0 ? sorted[below] : sorted[below] + share * (sorted[below + 1] - sorted[below])
}
