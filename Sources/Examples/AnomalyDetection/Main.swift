import Foundation
import Tapestry
import TapestryCommand

/// Finds anomalies of a series by the errors of forecasts.
@main
enum Main {
    static func main() {
        Settings.options.runJob(\.files) { settings in
            var settings = settings
            let saved = try settings.files.load.map { try Detector(contentsOf: $0, &settings) }
            let series = try LabelledSeries.read(settings)
            let (count, searched) = (series.values.count, series.test.count)
            print("\(series.source): \(count) values, of which the last \(searched) are searched")
            settings.files.noteSample("a series that is made up")
            saved?.noteColumns(of: series)
            print()
            fflush(nil)
            let detector =
                try saved
                ?? withRandomSeed(settings.files.seed) { try Detector(learningFrom: series, settings) }
            try Settings.options.finishTraining(detector.model, plan: detector.plan, settings.files)

            let errors = detector.errors(series.values, from: series.test.lowerBound)
            let anomalies = Anomaly.all(in: series.test, errors: errors, threshold: detector.plan.threshold)
            list(anomalies, of: series, settings)
            var figures = [
                "threshold": detector.plan.threshold * detector.plan.scaler.scale, "anomalies": Double(anomalies.count),
            ]
            if let labels = series.labels {
                let own = compare(errors, labels, series, detector.plan.threshold)
                figures.merge(own) { first, _ in first }
            }
            try settings.files.write(figures)
        }
    }

    private static func list(_ anomalies: [Anomaly], of series: LabelledSeries, _ settings: Settings) {
        if anomalies.isEmpty { return print("No error is above the threshold.") }
        let count = anomalies.count.counted("anomaly", plural: "anomalies")
        print("\(count); the strongest first, by how many times the threshold the greatest error is:")
        for anomaly in anomalies.prefix(settings.top) {
            let more = anomaly.range.count == 1 ? "" : ", the greatest error of \(anomaly.range.count) values in a row"
            let value = String(format: "%.4g", series.values[anomaly.peak])
            print(String(format: "%8.2f  ", anomaly.strength) + "\(series.names[anomaly.peak]): \(value)\(more)")
        }
    }

    /// Prints how well scores tell anomalies, beside the baselines, and returns it.
    private static func compare(
        _ errors: [Double], _ labels: [Bool], _ series: LabelledSeries, _ threshold: Double
    ) -> [String: Double] {
        let isAnomaly = Array(labels[series.test])
        print("\nAreas under the curves on the values that are searched")
        var figures: [String: Double] = [:]
        var rows = [["", "ROC", "precision over recall"]]
        for (name, key, scores) in [
            ("LSTM", "lstm", errors),
            (
                "distance from rolling mean", "rolling_mean",
                Baselines.distanceFromRollingMean(series.values, window: 24)
            ),
            ("difference to last value", "last_value", Baselines.differenceToLastValue(series.values)),
        ] {
            let curve = RankingCurve(scores: Array(scores[series.test]), isPositive: isAnomaly)
            let (roc, precisionRecall) = (curve.rocArea, curve.precisionRecallArea)
            rows.append([name, roc.text(decimals: 3), precisionRecall.text(decimals: 3)])
            (figures["\(key)_roc_area"], figures["\(key)_pr_area"]) = (roc, precisionRecall)
        }
        print(table(rows))
        var confusion = ConfusionMatrix(classCount: 2)
        confusion.add(
            predictions: errors[series.test].map { $0 > threshold ? 1 : 0 }, targets: isAnomaly.map { $0 ? 1 : 0 })
        let (precision, recall, f1) = (confusion.precision(of: 1), confusion.recall(of: 1), confusion.f1(of: 1))
        let share = Double(isAnomaly.filter(\.self).count) / Double(isAnomaly.count)
        print(
            """

            At the threshold: precision \(precision.text(decimals: 2)), recall \(recall.text(decimals: 2)), \
            F1 \(f1.text(decimals: 2)); \(share.percentage()) of the values are anomalies
            """)
        figures.merge(["precision": precision, "recall": recall, "f1": f1]) { first, _ in first }
        return figures
    }
}
