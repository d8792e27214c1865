import Tapestry
import TapestryCommand

/// A forecaster, and which of its errors are unusual.
struct Detector {
    /// What is not a tensor: it is saved beside the model.
    struct Plan: Codable {
        var hidden: Int
        var scaler: Scaler
        /// The error above which a value is an anomaly, scaled.
        var threshold: Double
        var patience: Int
    }

    var model: Forecaster
    var plan: Plan

    /// Trains a forecaster on the first part of a series, and takes the threshold from the second.
    init(learningFrom series: LabelledSeries, _ settings: Settings) throws {
        let scaler = Scaler.standard(of: Array(series.values[series.fitting]))
        model = train(on: scaler.scaled(Array(series.values[series.fitting])), settings)
        plan = Plan(hidden: settings.hidden, scaler: scaler, threshold: .infinity, patience: settings.patience)
        let usual = Array(errors(series.values)[series.validation])
        if usual.contains(where: \.isNaN) {
            throw CommandError("training diverged: a smaller --learning-rate may help")
        }
        plan.threshold = quantile(settings.quantile, of: usual)
    }

    /// Reads what `save` wrote.
    init(contentsOf path: String) throws {
        plan = try Safetensors.plan(inFile: path)
        if plan.hidden < 1 { throw FileFormatError(path: path, reason: "an LSTM of \(plan.hidden) units") }
        model = Forecaster(hidden: plan.hidden)
        try model.load(from: path)
    }

    func save(to path: String) throws { try model.save(to: path, plan: plan) }

    /// |y − ŷ| of each value, scaled.
    ///
    /// From `start` on, what the model sees in the place of an anomalous value is its own forecast: so a single value
    /// does not spoil the forecasts after it, and what stays unusual stays an anomaly, until it has been so for longer
    /// than `patience` steps.
    func errors(_ values: [Double], from start: Int = .max) -> [Double] {
        var state: LSTMState<Float>?
        var (forecast, anomalousInARow) = (0.0, 0)
        return plan.scaler.scaled(values).enumerated().map { step, value in
            let error = step == 0 ? 0 : (value - forecast).magnitude
            let isAnomalous = step >= start && error > plan.threshold && anomalousInARow < plan.patience
            anomalousInARow = isAnomalous ? anomalousInARow + 1 : 0
            (forecast, state) = model.next(isAnomalous ? forecast : value, state)
            return error
        }
    }
}

/// Scores that need no network.
enum Baselines {
    /// The distance from the mean of the `window` values before.
    static func distanceFromRollingMean(_ values: [Double], window: Int) -> [Double] {
        values.indices.map { step in
            let past = values[max(0, step - window)..<step]
            return past.isEmpty ? 0 : (values[step] - past.reduce(0, +) / Double(past.count)).magnitude
        }
    }

    /// The difference to the value before.
    static func differenceToLastValue(_ values: [Double]) -> [Double] {
        values.indices.map { $0 == 0 ? 0 : (values[$0] - values[$0 - 1]).magnitude }
    }
}
