import Foundation
import Tapestry

/// A trained forecaster with all that makes forecasts of a series' own values from it.
struct SeriesForecaster {
    /// What is not a tensor: it is saved beside the model.
    struct Plan: Codable {
        var transform: Transform
        var scaler: Scaler
        var settings: ModelSettings
        /// For each step ahead, the errors of forecasts of values that were not learned from, scaled, the latest last.
        var errors: [[Double]]
    }

    var model: ForecasterEnsemble
    var plan: Plan

    /// The scaled values that the model sees, `plan.transform.lost` fewer than the series has.
    func scaled(_ values: [Double]) -> [Double] { plan.scaler.scaled(plan.transform.applied(to: values)) }

    /// The model's forecasts of scaled values, for every origin in a range of positions of the series: the first value
    /// that is forecast is the one at the origin.
    func scaledForecasts(_ values: [Double], origins: Range<Int>) -> [[Double]] {
        let scaled = scaled(values)
        let places = origins.map { $0 - plan.transform.lost }
        let window = plan.settings.window
        let steps = (0..<window).flatMap { step in places.map { Float(scaled[$0 - window + step]) } }
        let windows = Tensor(shape: [window, places.count, 1], scalars: steps)
        let forecasts = model(windows)
        return (0..<places.count).map { row in forecasts.slice(axis: 0, at: row).scalars.map(Double.init) }
    }

    /// Forecasts of the values from each origin on, and the range in which nine of ten of them should lie. The range is
    /// that of the latest errors that are known at the origin, so it follows a series that becomes calmer or wilder
    /// (online conformal prediction: I. Gibbs and E. Candès, "Adaptive conformal inference under distribution shift",
    /// 2021, with a window in place of their step size).
    func forecasts(_ values: [Double], origins: Range<Int>) -> [[(value: Double, range: ClosedRange<Double>)]] {
        let scaledValues = scaled(values)
        let all = scaledForecasts(values, origins: origins)
        var errors = plan.errors
        return all.indices.map { place in
            let origin = origins.lowerBound + place
            for step in errors.indices where place > step {
                // The forecast so many steps ahead of the value that came just now.
                let known = scaledValues[origin - 1 - plan.transform.lost] - all[place - 1 - step][step]
                errors[step].append(known)
            }
            let ranges = SeriesForecaster.widening(
                errors.map { SeriesForecaster.range(of: $0.suffix(latestErrors)) })
            // Differences and logarithms need no more of the past than a season.
            let history = Array(values[max(0, origin - max(plan.transform.lost, 1))..<origin])
            func restored(_ scaled: [Double]) -> [Double] {
                plan.transform.undone(plan.scaler.unscaled(scaled), after: history)
            }
            let middle = restored(all[place])
            let low = restored(zip(all[place], ranges).map { $0 + $1.lowerBound })
            let high = restored(zip(all[place], ranges).map { $0 + $1.upperBound })
            return middle.indices.map { (middle[$0], min(low[$0], high[$0])...max(low[$0], high[$0])) }
        }
    }

    /// How many of the latest errors count for a range.
    private var latestErrors: Int { 100 }

    /// Where nine of ten errors lie: from the 5th to the 95th hundredth of them and the next one, which is anywhere
    /// among them with the same probability.
    private static func range(of errors: some Collection<Double>) -> ClosedRange<Double> {
        let sorted = errors.sorted()
        guard let least = sorted.first, let greatest = sorted.last else { return 0...0 }
        let rank = Int((0.05 * Double(sorted.count + 1)).rounded(.down))
        return rank == 0 ? least...greatest : sorted[rank - 1]...sorted[sorted.count - rank]
    }

    /// Each range with those before it. More steps ahead are no more certain, but fewer of their errors are known, and
    /// those overlap: alone they give ranges that are too narrow.
    private static func widening(_ ranges: [ClosedRange<Double>]) -> [ClosedRange<Double>] {
        var widest: ClosedRange<Double>?
        return ranges.map { range in
            let wider = widest.map { min($0.lowerBound, range.lowerBound)...max($0.upperBound, range.upperBound) }
            widest = wider ?? range
            return wider ?? range
        }
    }

    /// For each step ahead, the errors of the forecasts of values in a range of positions.
    func errors(_ values: [Double], targetsIn range: Range<Int>) -> [[Double]] {
        let scaled = scaled(values)
        let origins = range.lowerBound..<range.upperBound - plan.settings.horizon + 1
        let forecasts = scaledForecasts(values, origins: origins)
        return (0..<plan.settings.horizon).map { step in
            zip(origins, forecasts).map { scaled[$0 + step - plan.transform.lost] - $1[step] }
        }
    }

    init(model: ForecasterEnsemble, plan: Plan) {
        self.model = model
        self.plan = plan
    }

    /// Reads what was saved, settings included.
    init(contentsOf path: String, _ settings: inout Settings) throws {
        let plan: Plan = try Settings.options.plan(inFile: path)
        try Settings.options.adopt(plan.settings, as: \.model, in: &settings, from: path)
        let sizes = settings.model
        guard plan.errors.count == sizes.horizon, [0, sizes.season].contains(plan.transform.lost) else {
            throw FileFormatError(path: path, reason: "its plan is of no forecaster")
        }
        let member = Forecaster(window: sizes.window, hidden: sizes.hidden, horizon: sizes.horizon)
        self.init(model: ForecasterEnsemble(members: Array(repeating: member, count: sizes.members)), plan: plan)
        try model.load(from: path)
    }
}
