import Foundation
import Tapestry
import TapestryCommand

/// Learns to mark names, with a conditional random field and without, and tells how well.
@main
enum Main {
    static func main() {
        Settings.options.runJob(\.files) { settings in
            try run(settings)
        }
    }

    private static func run(_ settings: Settings) throws {
        var settings = settings
        let asked = try Sentence(settings.tag, of: "--tag") { $0.lowercased().split(separator: " ").map { String($0) } }
        let saved = try settings.files.load.map { try TaggerPair.loaded(from: $0, &settings) }
        let data = settings.evaluates ? try TaggedSentences(settings, tags: saved?.plan.tags) : nil
        if let data {
            print(
                "\(data.training.count) sentences to learn from, \(data.validation.count) to stop by, "
                    + "\(data.test.count) held out; tags \(data.tags.joined(separator: " "))")
            fflush(nil)
        }
        // Without a loaded model there are sentences.
        let (pair, plan) = saved ?? train(on: data!, settings)
        try Settings.options.finishTraining(pair, plan: plan, settings.files)
        if let data {
            settings.files.noteSplit(sample: "sentences that are made up")
            try settings.files.write(evaluate(pair, plan, on: data))
        }
        guard let asked else { return }
        asked.printUnknownWords(isKnown: plan.vocabulary.contains)
        let tags = pair.withField.tags(of: [TaggedSentence(words: asked.words)], plan)[0]
        print("\n" + zip(asked.words, tags).map { $1 == "O" ? $0 : "\($0)/\($1)" }.joined(separator: " "))
    }

    private static func train(on data: TaggedSentences, _ settings: Settings) -> (TaggerPair, TaggerPlan) {
        let plan = TaggerPlan(data, settings)
        // Both begin with the same parameters.
        let models = [true, false].map { hasField in
            withRandomSeed(settings.files.seed) {
                SequenceTagging.train(plan, on: data, hasField: hasField, settings)
            }
        }
        return (TaggerPair(withField: models[0], withoutField: models[1]), plan)
    }

    /// Prints how good the tags of what was held out are, and returns the figures.
    private static func evaluate(_ pair: TaggerPair, _ plan: TaggerPlan, on data: TaggedSentences) -> [String: Double] {
        let taggers = [
            ("LSTM and random field", "crf", pair.withField.tags(of: data.test, plan)),
            ("LSTM alone", "no_crf", pair.withoutField.tags(of: data.test, plan)),
            ("most frequent tags", "most_frequent", MostFrequentTags(data.training).tags(of: data.test)),
        ]
        var rows = [["Held-out sentences", "F1 of spans", "precision", "recall", "right tags", "I after another kind"]]
        var figures = ["parameters": Double(pair.withField.parameterCount)]
        for (name, key, tags) in taggers {
            let result = Evaluation(tags, of: data.test)
            let shares = [result.spans.f1, result.spans.precision, result.spans.recall, result.accuracy]
            rows.append([name] + shares.map { $0.percentage() } + ["\(result.misplaced)"])
            figures["\(key)_f1"] = result.spans.f1
            figures["\(key)_precision"] = result.spans.precision
            figures["\(key)_recall"] = result.spans.recall
            figures["\(key)_accuracy"] = result.accuracy
        }
        print("\n" + table(rows))
        return figures
    }
}
