import TapestryArrays

/// How far forecasts are from what came. Traps if there are more or fewer forecasts than values, or none.
public struct ForecastErrors: Sendable, Equatable, Codable {
    /// √ mean((ŷ − y)²), in the units of the values.
    public let rootMeanSquare: Double
    /// mean(|ŷ − y|), in the units of the values.
    public let meanAbsolute: Double
    /// mean(|ŷ − y| / |y|), a share; infinite or NaN where a value is 0.
    public let meanAbsoluteShare: Double
    /// R² = 1 − Σ (ŷ − y)² / Σ (y − mean(y))²: 1 for perfect forecasts, 0 for the mean of the values.
    public let determination: Double

    /// Of forecasts ŷ and values y.
    public init(forecasts: [Double], values: [Double]) {
        guard forecasts.count == values.count, !values.isEmpty else {
            trap("ForecastErrors", "\(forecasts.count) forecasts for \(values.count) values")
        }
        let count = Double(values.count)
        let errors = zip(forecasts, values).map { $0 - $1 }
        let squares = errors.reduce(0) { $0 + $1 * $1 }
        rootMeanSquare = (squares / count).squareRoot()
        meanAbsolute = errors.reduce(0) { $0 + $1.magnitude } / count
        meanAbsoluteShare = zip(errors, values).reduce(0) { $0 + ($1.0 / $1.1).magnitude } / count
        let mean = values.reduce(0, +) / count
        determination = 1 - squares / values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    }
}
