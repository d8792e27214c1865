import Foundation
import Tapestry
import TapestryCommand

/// Forecasts a series, one step and many steps ahead, beside the usual baselines.
@main
enum Main {
    static func main() {
        Settings.options.runJob(\.files) { settings in
            var settings = settings
            let saved = try settings.files.load.map { try SeriesForecaster(contentsOf: $0, &settings) }
            let series = try Series.read(settings)
            if let saved, saved.plan.transform.takesLogarithm, series.values.contains(where: { $0 <= 0 }) {
                let reason = "the series has values not above 0, and the loaded model takes logarithms"
                throw settings.files.dataError(reason, withoutFile: "--load")
            }
            let (count, held) = (series.values.count, series.test.count)
            print("\(series.source): \(count) values, of which the last \(held) are held out")
            settings.files.noteSample("a series that is made up")
            print()
            let forecaster =
                saved ?? withRandomSeed(settings.files.seed) { fit(series, settings) }
            try Settings.options.finishTraining(forecaster.model, plan: forecaster.plan, settings.files)
            try settings.files.write(evaluate(forecaster, on: series, settings))
        }
    }

    /// Chooses how to transform the series, and for how long to train, by the validation part; then trains on both
    /// parts.
    private static func fit(_ series: Series, _ settings: Settings) -> SeriesForecaster {
        let transform = bestTransform(of: series, settings)
        print("Transformed by what an autoregression does best with: \(transform)")
        fflush(nil)
        func scaler(_ range: Range<Int>) -> Scaler {
            .standard(of: transform.applied(to: Array(series.values[range])))
        }
        func forecaster(_ range: Range<Int>, validation: Range<Int>?, epochs: Int) -> (SeriesForecaster, epochs: Int) {
            let plan = SeriesForecaster.Plan(
                transform: transform, scaler: scaler(range), settings: settings.model,
                errors: Array(repeating: [], count: settings.model.horizon))
            let scaled = plan.scaler.scaled(transform.applied(to: series.values))
            func shifted(_ range: Range<Int>) -> Range<Int> {
                max(range.lowerBound - transform.lost, 0)..<range.upperBound - transform.lost
            }
            let result = train(
                on: scaled, targetsIn: shifted(range), validation: validation.map(shifted), epochs: epochs, settings)
            return (SeriesForecaster(model: result.model, plan: plan), result.epochs)
        }
        var (first, epochs) = forecaster(series.fitting, validation: series.validation, epochs: settings.epochs)
        first.plan.errors = first.errors(series.values, targetsIn: series.validation)
        // After Ctrl-C there is the first one, rather than a second one that has not come as far.
        if Interrupt.isRequested { return first }
        var final = forecaster(
            series.fitting.lowerBound..<series.validation.upperBound, validation: nil, epochs: epochs
        ).0
        final.plan.errors = first.plan.errors
        if Interrupt.isRequested { return first }
        print(
            epochs == 0
                ? "Nothing that the LSTM learned was better on the validation part than the autoregression alone.\n"
                : "Best on the validation part after \(epochs) epochs; trained again on both parts for as many.\n")
        return final
    }

    private static func bestTransform(of series: Series, _ settings: Settings) -> Transform {
        func error(_ transform: Transform) -> Double {
            let transformed = transform.applied(to: series.values)
            let fitting = 0..<series.fitting.upperBound - transform.lost
            let validation = fitting.upperBound..<series.validation.upperBound - transform.lost
            let model = Autoregression(transformed, lags: settings.model.window, fittedTo: fitting)
            let forecasts = zip(series.validation, model.forecasts(transformed, at: validation)).map {
                position, value in
                transform.undone([value], after: Array(series.values[..<position]))[0]
            }
            return ForecastErrors(forecasts: forecasts, values: Array(series.values[series.validation])).rootMeanSquare
        }
        return Transform.candidates(for: series.values, season: settings.model.season).min { error($0) < error($1) }!
    }

    /// Prints the errors on what was held out, and returns them.
    private static func evaluate(
        _ forecaster: SeriesForecaster, on series: Series, _ settings: Settings
    ) -> [String: Double] {
        let values = series.values
        func error(_ forecasts: [Double]) -> Double {
            ForecastErrors(forecasts: forecasts, values: Array(values[series.test])).rootMeanSquare
        }
        let forecasts = forecaster.forecasts(values, origins: series.test)
        let autoregression = Autoregression(values, lags: 24, fittedTo: 0..<series.test.lowerBound)
        let oneStep = [
            ("LSTM", "rmse", error(forecasts.map { $0[0].value })),
            ("last value", "last_value_rmse", error(Baselines.lastValue(values, at: series.test))),
            (
                "seasonal naive", "seasonal_naive_rmse",
                error(Baselines.seasonal(values, season: settings.model.season, at: series.test))
            ),
            (
                "autoregression, 24 lags", "autoregression_rmse",
                error(autoregression.forecasts(values, at: series.test))
            ),
        ]
        print("Root of the mean squared error one step ahead")
        print(table([["", "error"]] + oneStep.map { [$0.0, $0.2.text(decimals: 2)] }))

        let horizon = forecaster.plan.settings.horizon
        print("\nMany steps ahead, and how many values lie in the range for nine of ten")
        var rows = [["steps", "LSTM", "seasonal naive", "in the range"]]
        var figures = Dictionary(uniqueKeysWithValues: oneStep.map { ($0.1, $0.2) })
        for step in Set([1, min(3, horizon), min(6, horizon), horizon]).sorted() {
            // From every origin whose value so many steps ahead is known.
            let origins = series.test.lowerBound..<series.test.upperBound - step + 1
            let targets = origins.map { values[$0 + step - 1] }
            let ahead = zip(origins, forecasts).map { $1[step - 1] }
            let seasons = (step + settings.model.season - 1) / settings.model.season * settings.model.season
            let naive = origins.map { values[$0 + step - 1 - seasons] }
            let own = ForecastErrors(forecasts: ahead.map(\.value), values: targets).rootMeanSquare
            let seasonal = ForecastErrors(forecasts: naive, values: targets).rootMeanSquare
            let covered = zip(targets, ahead).filter { $1.range.contains($0) }.count
            let share = Double(covered) / Double(targets.count)
            rows.append(["\(step)"] + [own, seasonal].map { $0.text(decimals: 2) } + [share.percentage(decimals: 0)])
            figures["rmse_\(step)_ahead"] = own
            figures["seasonal_naive_rmse_\(step)_ahead"] = seasonal
            figures["coverage_\(step)_ahead"] = share
        }
        print(table(rows, textColumns: 0))
        return figures
    }
}
