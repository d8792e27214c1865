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
                throw CommandError("--load: the model takes logarithms, and \(series.source) has values not above 0")
            }
            let (count, held) = (series.values.count, series.test.count)
            print("\(series.source): \(count) values, of which the last \(held) are held out\n")
            let forecaster =
                saved ?? withRandomSeed(settings.files.seed) { fit(series, settings) }
            if let path = settings.files.save { try forecaster.save(to: path) }
            try settings.files.write(evaluate(forecaster, on: series, settings))
        }
    }

    /// Chooses how to transform the series, and for how long to train, by the validation part; then trains on both parts.
    private static func fit(_ series: Series, _ settings: Settings) -> SeriesForecaster {
        let transform = bestTransform(of: series, settings)
        print("Transformed by what an autoregression does best with: \(transform)")
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
        let (first, epochs) = forecaster(series.fitting, validation: series.validation, epochs: settings.epochs)
        print("Best on the validation part after \(epochs) epochs; trained again on both parts for as many.\n")
        var final = forecaster(
            series.fitting.lowerBound..<series.validation.upperBound, validation: nil, epochs: epochs
        ).0
        final.plan.errors = first.errors(series.values, targetsIn: series.validation)
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
        print("One step ahead: root of the mean squared error")
        for (name, _, error) in oneStep { print("  " + name.padded(to: 26) + String(format: "%9.2f", error)) }

        let horizon = forecaster.plan.settings.horizon
        print("\nMany steps ahead: LSTM, seasonal naive, and how many values lie in the range for nine of ten")
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
            print(String(format: "  %3d%9.2f%9.2f%8.0f %%", step, own, seasonal, 100 * share))
            figures["rmse_\(step)_ahead"] = own
            figures["seasonal_naive_rmse_\(step)_ahead"] = seasonal
            figures["coverage_\(step)_ahead"] = share
        }
        return figures
    }
}
