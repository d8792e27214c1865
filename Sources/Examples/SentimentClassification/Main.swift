import Foundation
import Tapestry
import TapestryCommand

/// Learns to tell the labels of sentences, tells how well, and reads one from the command line.
@main
enum Main {
    static func main() {
        Settings.options.runJob(\.files) { settings in
            try withRandomSeed(settings.files.seed) { try run(settings) }
        }
    }

    private static func run(_ settings: Settings) throws {
        var settings = settings
        let tokens = SentenceFile.tokenizer.tokens(of:)
        let asked = try Sentence(settings.classify, of: "--classify", tokens: tokens)
        let traced = try Sentence(settings.trace, of: "--trace", tokens: tokens)
        let saved = try settings.files.load.map { try SentimentClassifier(contentsOf: $0, &settings) }
        let data = settings.evaluates ? try SentimentData(settings, classes: saved?.plan.classes) : nil
        let naive = data.map { NaiveBayes($0.training, classCount: $0.classes.count) }
        if let data {
            let parts = [(data.training, "to learn from"), (data.validation, "to stop by"), (data.test, "held out")]
                .filter { !$0.0.isEmpty }.map { "\($0.count) \($1)" }
            print("Sentences: \(parts.joined(separator: ", ")); labels \(data.classes.joined(separator: ", "))")
            fflush(nil)
        }
        // Without a loaded model there are sentences.
        let classifier = try saved ?? train(on: data!, naive!, settings)
        try Settings.options.finishTraining(classifier.model, plan: classifier.plan, settings.files)
        if let data, let naive {
            if settings.test == nil { settings.files.noteSplit(sample: "reviews that are made up") }
            try settings.files.write(evaluate(classifier, naive, on: data))
        }
        if let asked {
            asked.printUnknownWords(isKnown: classifier.plan.vocabulary.contains)
            let probabilities = classifier.logits([asked.words]).softmax(axis: 1).scalars
            let label = probabilities.indices.max { probabilities[$0] < probabilities[$1] }!
            print("\n\(classifier.plan.classes[label])  (\(Double(probabilities[label]).percentage()))")
        }
        if let traced { classifier.printTrace(of: traced.words) }
    }

    /// Prints the accuracy on what was held out, beside the baselines if there are sentences to learn them from, and
    /// returns the figures.
    private static func evaluate(
        _ classifier: SentimentClassifier, _ naive: NaiveBayes, on data: SentimentData
    ) -> [String: Double] {
        let confusion = classifier.evaluated(on: data.test).confusion
        var figures = [
            "accuracy": confusion.accuracy, "macro_f1": confusion.macroF1,
            "parameters": Double(classifier.model.parameterCount),
        ]
        var rows = [["Held-out sentences", "right label", "macro F1"]]
        defer { print("\n" + table(rows)) }
        rows.append(["LSTM in both directions", confusion.accuracy.percentage(), confusion.macroF1.text(decimals: 3)])
        if data.training.isEmpty { return figures }

        let counts = data.classes.indices.map { label in data.training.filter { $0.label == label }.count }
        let frequent = counts.indices.max { counts[$0] < counts[$1] }!
        let baselines: [(String, String, (TokenizedSentence) -> Int)] = [
            ("naive Bayes", "naive_bayes_accuracy", { naive.label(of: $0.words) }),
            ("most frequent label", "most_frequent_accuracy", { _ in frequent }),
        ]
        for (name, key, label) in baselines {
            let share = Double(data.test.count { label($0) == $0.label }) / Double(data.test.count)
            rows.append([name, share.percentage()])
            figures[key] = share
        }
        return figures
    }
}
