import Foundation
import Tapestry
import TapestryCommand

/// Learns to translate, tells how well, and shows what a translation attends to.
@main
enum Main {
    static func main() {
        Settings.options.runJob(\.files) { settings in
            var settings = settings
            let asked = try Sentence(settings.sentence, of: "--sentence", tokens: Pairs.tokenizer.tokens(of:))
            let saved = try settings.files.load.map { try Interpreter(contentsOf: $0, &settings) }
            let pairs = settings.evaluates ? try Pairs.read(settings) : nil
            if let pairs {
                print(
                    "\(pairs.training.count) pairs to learn from, \(pairs.validation.count) to choose by, "
                        + "\(pairs.test.count) sentences held out")
                fflush(nil)
            }
            // Without a loaded model, or a sentence, there are pairs.
            let interpreter = saved ?? trained(on: pairs!, settings)
            try Settings.options.finishTraining(interpreter.model, plan: interpreter.plan, settings.files)
            if let pairs {
                settings.files.noteSplit(sample: "pairs that are made up")
                try settings.files.write(evaluate(interpreter, pairs, settings))
            }
            asked?.printUnknownWords(isKnown: interpreter.plan.source.contains)
            // The longest sentence that was held out has the most to show.
            let sentence = asked?.words ?? pairs!.test.map(\.source).max { $0.count < $1.count }!
            show(interpreter, sentence, settings)
        }
    }

    private static func trained(on pairs: Pairs, _ settings: Settings) -> Interpreter {
        withRandomSeed(settings.files.seed) {
            var interpreter = Interpreter(for: pairs.training, settings)
            print("\(interpreter.model.parameterCount) parameters")
            fflush(nil)
            interpreter.train(on: pairs, settings)
            return interpreter
        }
    }

    /// Prints BLEU of what was held out, with all its translations as references, and returns it.
    private static func evaluate(_ interpreter: Interpreter, _ pairs: Pairs, _ settings: Settings) -> [String: Double] {
        let sentences = pairs.test.map(\.source)
        let wordByWord = WordByWord(pairs.training), mostSimilar = MostSimilar(pairs.training)
        let greedy = interpreter.greedyTranslations(sentences)
        let scores = [
            ("greedy", "greedy_bleu", greedy),
            (
                "beam search, width \(settings.beam)", "beam_bleu",
                sentences.map { interpreter.translation($0, beam: settings.beam) }
            ),
            ("word by word", "word_by_word_bleu", sentences.map(wordByWord.translation)),
            ("the most similar sentence's", "most_similar_bleu", sentences.map(mostSimilar.translation)),
        ]
        var rows = [["Held-out sentences", "BLEU"]]
        var figures = ["parameters": Double(interpreter.model.parameterCount)]
        for (name, key, translations) in scores {
            let score = bleu(translations, references: pairs.test.map(\.references))
            rows.append([name, score.text(decimals: 2)])
            figures[key] = score
        }
        print("\n" + table(rows))
        let exact = zip(greedy, pairs.test).filter { $1.references.contains($0) }.count
        figures["exact_share"] = Double(exact) / Double(greedy.count)
        print("\n\(figures["exact_share"]!.percentage()) of the greedy translations are one of the references")
        print("\nSome of them:")
        for (sentence, translation) in zip(pairs.test, greedy).prefix(5) {
            let text = Pairs.tokenizer.text(of: sentence.source)
            print("  \(text)  →  \(Pairs.tokenizer.text(of: translation))")
        }
        return figures
    }

    private static func show(_ interpreter: Interpreter, _ sentence: [String], _ settings: Settings) {
        let translation = interpreter.translation(sentence, beam: settings.beam)
        print("\n\(Pairs.tokenizer.text(of: sentence))  →  \(Pairs.tokenizer.text(of: translation))")
        guard let weights = interpreter.attention(sentence, translation) else { return }
        print("\nWhat each word attends to:\n")
        print(AttentionMap(rows: translation + ["(end)"], columns: sentence, weights: weights))
    }
}
