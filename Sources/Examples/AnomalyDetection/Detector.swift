import Tapestry
import TapestryCommand

/// A forecaster, and which of its errors are unusual.
struct Detector {
    /// What is not a tensor: it is saved beside the model.
    struct Plan: Codable {
        var settings: ModelSettings
        var scaler: Scaler
        /// The usual errors, scaled: of values that were not learned from.
        var usualErrors: [Double]
        /// The columns of the file that it learned from, if it was a file.
        var column: String?
        var label: String?

        /// The error above which a value is an anomaly, scaled.
        var threshold: Double { quantile(settings.quantile, of: usualErrors) }
    }

    var model: Forecaster
    var plan: Plan

    /// Trains a forecaster on the first part of a series, and takes the usual errors from the second. Throws a
    /// ``CommandError`` if training diverges.
    init(learningFrom series: LabelledSeries, _ settings: Settings) throws {
        let scaler = Scaler.standard(of: Array(series.values[series.fitting]))
        model = train(on: scaler.scaled(Array(series.values[series.fitting])), settings)
        plan = Plan(
            settings: settings.model, scaler: scaler, usualErrors: [], column: series.column, label: series.label)
        plan.usualErrors = Array(errors(series.values)[series.validation])
        if plan.usualErrors.contains(where: \.isNaN) {
            throw CommandError("--learning-rate: training diverged; one below \(settings.learningRate) may help")
        }
    }

    /// Reads what was saved, settings included. But what is an anomaly can be asked anew: both options of it are free.
    /// So are those of the columns, which other files may call otherwise.
    init(contentsOf path: String, _ settings: inout Settings) throws {
        let options = Settings.options
        plan = try options.plan(inFile: path)
        try options.adopt(plan.settings, as: \.model, in: &settings, from: path, free: "--quantile", "--patience")
        plan.settings = settings.model
        try options.adopt(plan.column ?? "", as: \.column, in: &settings, from: path, free: "--column")
        try options.adopt(plan.label ?? "", as: \.label, in: &settings, from: path, free: "--label")
        // What is a series now has no labels in it.
        if settings.label == settings.column, !settings.files.isGiven("--label") { settings.label = "" }
        if plan.usualErrors.isEmpty { throw FileFormatError(path: path, reason: "it knows no usual errors") }
        model = Forecaster(hidden: settings.model.hidden)
        try model.load(from: path)
    }

    /// Prints, of a loaded model, where a file's columns are others than in its training, and why its labels are not
    /// used.
    func noteColumns(of series: LabelledSeries) {
        guard let used = series.column else { return }
        if let column = plan.column, column != used {
            print("The model was trained on the column \(column.debugDescription), not on \(used.debugDescription).")
        }
        if let label = plan.label, label != series.label {
            let change = label == used ? "which is the series now" : Self.change(ofLabelsIn: series)
            print("The labels of its training were in the column \(label.debugDescription), \(change).")
        }
    }

    /// What is said of the column of labels that a model knows, where a series has none or those of another column.
    private static func change(ofLabelsIn series: LabelledSeries) -> String {
        if let other = series.label { return "not in \(other.debugDescription)" }
        switch series.missingLabels {
        case .noColumn: return "not in any column of this file"
        case .emptyColumn: return "which is empty in this file"
        case .mistake(let error):
            let mistake = [error.place, error.reason].compactMap(\.self).joined(separator: ": ")
            return "which is not used: \(mistake)"
        }
    }

    /// |y − ŷ| of each value, scaled.
    ///
    /// From `start` on, what the model sees in the place of an anomalous value is its own forecast: so a single value
    /// does not spoil the forecasts after it, and what stays unusual stays an anomaly, until it has been so for longer
    /// than `patience` steps.
    func errors(_ values: [Double], from start: Int = .max) -> [Double] {
        // While the usual errors are found out there is none.
        let threshold = start < values.count ? plan.threshold : .infinity
        var state: LSTMState<Float>?
        var (forecast, anomalousInARow) = (0.0, 0)
        return plan.scaler.scaled(values).enumerated().map { step, value in
            let error = step == 0 ? 0 : (value - forecast).magnitude
            let isAnomalous = step >= start && error > threshold && anomalousInARow < plan.settings.patience
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
