import TapestryArrays
import TapestryAutograd

/// How far forecasts are from what came, at once or over batches. All are NaN of no forecasts.
///
/// ```swift
/// var errors = ForecastErrors()
/// for batch in batches { errors.add(forecasts: model(batch.inputs), values: batch.targets) }
/// print(errors.rootMeanSquare)
/// ```
public struct ForecastErrors: Sendable, Equatable, Codable {
    /// How many forecasts there were.
    public private(set) var count = 0
    private var squares = 0.0, magnitudes = 0.0, shares = 0.0
    /// The mean of the values, and the sum of their squared distances from it, as they grow (B. P. Welford, "Note on a
    /// method for calculating corrected sums of squares and products", 1962).
    private var mean = 0.0, spread = 0.0

    /// Of nothing yet.
    public init() {}

    /// Of forecasts ŷ and values y. Traps if there are more or fewer forecasts than values, or none.
    public init(forecasts: [Double], values: [Double]) {
        guard !values.isEmpty else {
            trap("ForecastErrors", "\(forecasts.count) forecasts for \(values.count) values")
        }
        add(forecasts: forecasts, values: values)
    }

    /// Adds forecasts ŷ and values y. Traps if there are more or fewer forecasts than values.
    public mutating func add(forecasts: [Double], values: [Double]) {
        guard forecasts.count == values.count else {
            trap("ForecastErrors", "\(forecasts.count) forecasts for \(values.count) values")
        }
        for (forecast, value) in zip(forecasts, values) {
            let error = forecast - value
            squares += error * error
            magnitudes += error.magnitude
            shares += (error / value).magnitude
            count += 1
            let distance = value - mean
            mean += distance / Double(count)
            spread += distance * (value - mean)
        }
    }

    /// Adds forecasts of any shape with values of the same one. Traps if the shapes differ.
    public mutating func add<Scalar: DifferentiableScalar>(forecasts: Tensor<Scalar>, values: Tensor<Scalar>) {
        guard forecasts.shape == values.shape else {
            trap("ForecastErrors", "forecasts of shape \(forecasts.shape) for values of shape \(values.shape)")
        }
        add(forecasts: forecasts.scalars.map { Double($0) }, values: values.scalars.map { Double($0) })
    }

    /// √ mean((ŷ − y)²), in the units of the values.
    public var rootMeanSquare: Double { (squares / Double(count)).squareRoot() }
    /// mean(|ŷ − y|), in the units of the values.
    public var meanAbsolute: Double { magnitudes / Double(count) }
    /// mean(|ŷ − y| / |y|), a share; infinite or NaN where a value is 0.
    public var meanAbsoluteShare: Double { shares / Double(count) }
    /// R² = 1 − Σ (ŷ − y)² / Σ (y − mean(y))²: 1 for perfect forecasts, 0 for the mean of the values.
    public var determination: Double { count == 0 ? .nan : 1 - squares / spread }
}
