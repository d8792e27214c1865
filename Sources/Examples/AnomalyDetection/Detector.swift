import Tapestry
import TapestryCommand

/// A forecaster, and which of its errors are unusual.
struct Detector {
    /// What is not a tensor: it is saved beside the model.
    struct Plan: Codable {
        var settings: ModelSettings
        var scaler: Scaler
        /// The error above which a value is an anomaly, scaled.
        var threshold: Double
    }

    var model: Forecaster
    var plan: Plan

    /// Trains a forecaster on the first part of a series, and takes the threshold from the second. Throws a
    /// ``CommandError`` if the series is too short for a window, or training diverges.
    init(learningFrom series: LabelledSeries, _ settings: Settings) throws {
        if series.fitting.count <= settings.window || series.validation.isEmpty {
            throw CommandError(
                "--window: the series has \(series.values.count) values, of which the half is no window of "
                    + "\(settings.window) and one more")
        }
        let scaler = Scaler.standard(of: Array(series.values[series.fitting]))
        model = train(on: scaler.scaled(Array(series.values[series.fitting])), settings)
        plan = Plan(settings: settings.model, scaler: scaler, threshold: .infinity)
        let usual = Array(errors(series.values)[series.validation])
        if usual.contains(where: \.isNaN) {
            throw CommandError("training diverged: a smaller --learning-rate may help")
        }
        plan.threshold = quantile(settings.model.quantile, of: usual)
    }

    /// Reads what `save` wrote, settings included.
    init(contentsOf path: String, _ settings: inout Settings) throws {
        plan = try Safetensors.plan(inFile: path)
        try Settings.options.adopt(plan.settings, as: \.model, in: &settings, from: path)
        model = Forecaster(hidden: settings.model.hidden)
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
            let isAnomalous = step >= start && error > plan.threshold && anomalousInARow < plan.settings.patience
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
