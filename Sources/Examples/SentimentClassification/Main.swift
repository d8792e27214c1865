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
        var classifier = try settings.files.load.map { try SentimentClassifier(contentsOf: $0) }
        if classifier == nil || settings.evaluates {
            let data = try SentimentData(settings, classes: classifier?.plan.classes)
            print(
                "\(data.training.count) sentences to learn from, \(data.validation.count) to stop by, \(data.test.count) held out; "
                    + "labels \(data.classes.joined(separator: ", "))")
            fflush(nil)
            let naive = NaiveBayes(data.training, classCount: data.classes.count)
            let chosen =
                try classifier
                ?? train(on: data.training, validatedBy: data.validation, classes: data.classes, naive, settings)
            if let path = settings.files.save { try chosen.save(to: path) }
            try settings.files.write(evaluate(chosen, naive, on: data))
            classifier = chosen
        }
        guard let classifier else { return }
        if !settings.classify.isEmpty {
            let words = try words(of: settings.classify, "--classify")
            let probabilities = classifier.logits([words]).softmax(axis: 1).scalars
            let label = probabilities.indices.max { probabilities[$0] < probabilities[$1] }!
            print(String(format: "\n%@  (%.1f %%)", classifier.plan.classes[label], 100 * probabilities[label]))
        }
        if !settings.trace.isEmpty { classifier.printTrace(of: try words(of: settings.trace, "--trace")) }
    }

    private static func words(of sentence: String, _ option: String) throws -> [String] {
        let words = SentenceFile.tokenizer.tokens(of: sentence)
        if words.isEmpty { throw CommandError("\(option): the sentence has no words") }
        return words
    }

    /// Prints the accuracy on what was held out, and returns the figures.
    private static func evaluate(
        _ classifier: SentimentClassifier, _ naive: NaiveBayes, on data: SentimentData
    ) -> [String: Double] {
        let confusion = classifier.evaluated(on: data.test).confusion
        func share(_ isRight: (TokenizedSentence) -> Bool) -> Double {
            Double(data.test.filter(isRight).count) / Double(data.test.count)
        }
        let counts = data.classes.indices.map { label in data.training.filter { $0.label == label }.count }
        let frequent = counts.indices.max { counts[$0] < counts[$1] }!
        let most = share { $0.label == frequent }
        let bayes = share { naive.label(of: $0.words) == $0.label }
        print(
            String(
                format: """

                    Held-out sentences with the right label:
                      LSTM in both directions  %5.1f %%   (macro F1 %.3f)
                      naive Bayes              %5.1f %%
                      most frequent label      %5.1f %%
                    """, 100 * confusion.accuracy, confusion.macroF1, 100 * bayes, 100 * most))
        return [
            "accuracy": confusion.accuracy, "macro_f1": confusion.macroF1, "naive_bayes_accuracy": bayes,
            "most_frequent_accuracy": most, "parameters": Double(classifier.model.parameterCount),
        ]
    }
}
