import TapestryArrays
import TapestryAutograd

/// Windows of a series, each with the values that come after it: what a forecaster learns from.
public struct SeriesWindows<Scalar: DifferentiableScalar>: Sendable {
    /// The windows, `[length, windows, features]`, time first; a series of numbers has one feature.
    public let inputs: Tensor<Scalar>
    /// What comes after each of them, `[windows, horizon]`.
    public let targets: Tensor<Scalar>
    /// Where in the series the first target of each window is.
    public let positions: [Int]

    /// Every window of the series whose targets lie in a range of positions: `0..<cut` to train on and `cut..<count` to
    /// judge by share no target, though the windows before the cut are the past of what is behind it.
    ///
    /// - Parameters:
    ///   - series: The values, evenly in time.
    ///   - length: The values of a window, at least 1.
    ///   - horizon: How many values after it are its targets, at least 1.
    ///   - range: Where the targets may lie; `nil` for the whole series. Traps if it leaves no window.
    ///   - stride: How far each window is from the one before, at least 1.
    public init(
        _ series: [Double], length: Int, horizon: Int = 1, targetsIn range: Range<Int>? = nil, stride: Int = 1
    ) {
        self.init(features: [series], target: 0, length: length, horizon: horizon, targetsIn: range, stride: stride)
    }

    /// Every window of several series at the same times, of which one is what is forecast.
    ///
    /// - Parameters:
    ///   - features: The series, each with a value for each time. Traps if there are none, or they differ in length.
    ///   - target: The number of the series whose values are the targets. Traps if there is none.
    ///   - length: The times of a window, at least 1.
    ///   - horizon: How many values after it are its targets, at least 1.
    ///   - range: Where the targets may lie; `nil` for the whole series. Traps if it leaves no window.
    ///   - stride: How far each window is from the one before, at least 1.
    public init(
        features: [[Double]], target: Int, length: Int, horizon: Int = 1, targetsIn range: Range<Int>? = nil,
        stride: Int = 1
    ) {
        guard length > 0, horizon > 0, stride > 0 else {
            trap(
                "SeriesWindows",
                "a window of \(length), a horizon of \(horizon) and a stride of \(stride), expected at least 1 each")
        }
        guard features.indices.contains(target), features.allSatisfy({ $0.count == features[target].count }) else {
            trap("SeriesWindows", "the target \(target) among series of \(features.map(\.count)) values")
        }
        let series = features[target]
        let range = (range ?? 0..<series.count).clamped(to: length..<Swift.max(series.count, length))
        guard range.count >= horizon else {
            trap(
                "SeriesWindows",
                "\(series.count) values have no window of \(length) with \(horizon) targets in \(range)")
        }
        let positions = Array(Swift.stride(from: range.lowerBound, through: range.upperBound - horizon, by: stride))
        self.positions = positions
        let steps = (0..<length).flatMap { step in
            positions.flatMap { position in features.map { Scalar($0[position - length + step]) } }
        }
        inputs = Tensor(shape: [length, positions.count, features.count], scalars: steps)
        let targets = positions.flatMap { first in series[first..<first + horizon].map { Scalar($0) } }
        self.targets = Tensor(shape: [positions.count, horizon], scalars: targets)
    }
}

/// The change of a series over a season, dₜ = yₜ − yₜ₋ₚ, which takes the season and a steady trend out of it.
public struct SeasonalDifference: Sendable, Codable, Equatable {
    /// The steps of a season: 12 for months of a year, 1 for the change from step to step.
    public let period: Int

    /// Traps unless the period is positive.
    public init(period: Int) {
        guard period > 0 else { trap("SeasonalDifference", "a period of \(period), expected at least 1") }
        self.period = period
    }

    /// The differences, one for each value from the period on.
    public func differences(of series: [Double]) -> [Double] {
        zip(series.dropFirst(period), series).map { $0 - $1 }
    }

    /// The values that come after `history`, from their differences: yₜ = yₜ₋ₚ + dₜ. Traps if the history is shorter
    /// than the period.
    public func values(of differences: [Double], after history: [Double]) -> [Double] {
        guard history.count >= period else {
            trap("SeasonalDifference", "a history of \(history.count) values, and a period of \(period)")
        }
        var values = Array(history.suffix(period))
        for difference in differences { values.append(values[values.count - period] + difference) }
        return Array(values.dropFirst(period))
    }
}
