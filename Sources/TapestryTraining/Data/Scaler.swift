import TapestryArrays

/// A change of units, y = (x − offset) / scale, whose numbers come from the data to train on, and only those: what is
/// held out must not be looked at.
public struct Scaler: Sendable, Codable, Equatable {
    /// What is taken away.
    public let offset: Double
    /// What is divided by; 1 where the data do not vary.
    public let scale: Double

    /// A change of units of these numbers. Traps unless both are finite and the scale is not 0.
    public init(offset: Double, scale: Double) {
        guard offset.isFinite, scale.isFinite, scale != 0 else {
            trap("Scaler", "an offset of \(offset) and a scale of \(scale)")
        }
        self.offset = offset
        self.scale = scale
    }

    /// To mean 0 and standard deviation 1 (of all the values, not a sample's estimate). Traps if there are no values,
    /// or one is not finite.
    public static func standard(of values: [Double]) -> Scaler {
        checkFinite(values)
        let count = Double(values.count)
        let sum = values.reduce(0, +) / count
        // What the sum of many was rounded by is in the mean of what it leaves.
        let mean = sum + values.reduce(0) { $0 + ($1 - sum) } / count
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
        // Of equal values nothing but rounding is left.
        let deviation = variance.squareRoot()
        return Scaler(offset: mean, scale: deviation > 1e-14 * mean.magnitude ? deviation : 1)
    }

    /// To the range from 0 to 1. Traps if there are no values, or one is not finite.
    public static func unitRange(of values: [Double]) -> Scaler {
        checkFinite(values)
        let (least, greatest) = (values.min()!, values.max()!)
        return Scaler(offset: least, scale: greatest > least ? greatest - least : 1)
    }

    private static func checkFinite(_ values: [Double]) {
        if values.isEmpty { trap("Scaler", "there are no values to fit it to") }
        if let index = values.firstIndex(where: { !$0.isFinite }) {
            trap("Scaler", "value \(index) is \(values[index])")
        }
    }

    /// (x − offset) / scale of each value.
    public func scaled(_ values: [Double]) -> [Double] { values.map { ($0 - offset) / scale } }

    /// The values in the old units: y · scale + offset.
    public func unscaled(_ values: [Double]) -> [Double] { values.map { $0 * scale + offset } }
}
