import Tapestry

/// Forecasts that need no network: whoever forecasts has to be better than these.
enum Baselines {
    /// The value before.
    static func lastValue(_ values: [Double], at positions: Range<Int>) -> [Double] {
        positions.map { values[$0 - 1] }
    }

    /// The value a season before.
    static func seasonal(_ values: [Double], season: Int, at positions: Range<Int>) -> [Double] {
        positions.map { values[$0 - season] }
    }
}

/// A linear autoregression, yₜ = a₀ + Σ aₖ yₜ₋ₖ, by least squares, and another one for each further step ahead.
struct Autoregression {
    /// The coefficients of the window's values and, in the last row, a₀: `[lags + 1, horizon]`.
    let coefficients: Tensor<Double>
    private let lags: Int

    /// Fits the coefficients to the values whose positions lie in a range.
    init(_ values: [Double], lags: Int, horizon: Int = 1, fittedTo range: Range<Int>) {
        self.lags = lags
        let windows = SeriesWindows<Double>(values, length: lags, horizon: horizon, targetsIn: range)
        let x = Autoregression.design(windows)
        // A trace of a ridge, for series whose lags depend on each other exactly.
        let gram = matmul(x.transposed(), x)
        let ridge = Tensor<Double>.identity(lags + 1) * (1e-10 * gram.trace().scalar / Double(lags + 1))
        coefficients = solve(gram + ridge, matmul(x.transposed(), windows.targets))
    }

    /// The forecasts of the values at positions from those before each of them, if there is one step ahead.
    func forecasts(_ values: [Double], at positions: Range<Int>) -> [Double] {
        let windows = SeriesWindows<Double>(values, length: lags, targetsIn: positions)
        return matmul(Autoregression.design(windows), coefficients).scalars
    }

    /// The windows as rows, `[windows, lags + 1]`, with a column of ones.
    private static func design(_ windows: SeriesWindows<Double>) -> Tensor<Double> {
        let rows = windows.inputs.squeezed(axes: [2]).transposed()
        return concatenate([rows, .ones([rows.shape[0], 1])], axis: 1)
    }
}
