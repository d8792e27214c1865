import Foundation
import Tapestry
import TapestryCommand

/// Learns a text character by character, tells how well, and writes more of it.
@main
enum Main {
    static func main() {
        Settings.options.runJob(\.files) { settings in
            try withRandomSeed(settings.files.seed) { try run(settings) }
        }
    }

    private static func run(_ settings: Settings) throws {
        var settings = settings
        let saved = try settings.files.load.map { try CharacterModel.loaded(from: $0, &settings) }
        let text = settings.readsText ? try SourceText(settings, knownTo: saved?.plan.vocabulary) : nil
        // Without a loaded model there is a text.
        let plan = saved?.plan ?? ModelPlan(vocabulary: text!.vocabulary, settings: settings.model)
        let prompt = try prompt(of: settings, plan.vocabulary) ?? text.map { Array($0.held.indices.prefix(1)) }
        if let text {
            print(
                "\(text.learned.indices.count) characters to learn from, \(text.held.indices.count) to foretell, "
                    + "\(plan.vocabulary.count) different ones")
        }
        let model = saved?.model ?? trained(plan, on: text!.learned, settings)
        if let path = settings.files.save { try model.save(to: path, plan: plan) }
        if let text { try settings.files.write(evaluate(model, on: text)) }

        let sampler = TokenSampler(
            temperature: settings.temperature, topCount: settings.topCount == 0 ? nil : settings.topCount,
            topProbability: settings.topProbability)
        // Without a text, what is written begins as a line does, if the model knows of lines.
        let start = prompt ?? [plan.vocabulary.index(of: "\n") ?? 0]
        let written = model.written(after: start, count: settings.length, by: sampler)
        print("\nWritten at temperature \(settings.temperature):\n")
        print(CharacterTokenizer().text(of: (start + written).map { plan.vocabulary[$0] }))
    }

    /// The characters of the prompt, if there is one.
    private static func prompt(of settings: Settings, _ vocabulary: Vocabulary) throws -> [Int32]? {
        if settings.prompt.isEmpty { return nil }
        do throws(UnknownTokenError) {
            return try vocabulary.indices(of: CharacterTokenizer().tokens(of: settings.prompt))
        } catch {
            throw CommandError("--prompt: \(error), which has the characters of the learned text")
        }
    }

    private static func trained(_ plan: ModelPlan, on stream: TokenStream, _ settings: Settings) -> CharacterModel {
        var model = CharacterModel(plan, dropout: settings.dropout)
        print("\(model.parameterCount) parameters")
        fflush(nil)
        var settings = settings
        settings.window = min(settings.window, stream.indices.count - 1)
        train(&model, on: stream, settings)
        return model
    }

    /// Prints how well the held-out characters are foretold, beside the baselines, and returns the figures.
    private static func evaluate(_ model: CharacterModel, on text: SourceText) -> [String: Double] {
        let surprise = model.surprise(over: text.held, steps: min(500, text.held.indices.count - 1))
        let (single, pair) = Frequencies(text.learned, vocabularySize: text.vocabulary.count).surprise(over: text.held)
        print(
            String(
                format: """

                    Held-out characters, in nats (bits) each:
                      LSTM                     %.3f  (%.3f)
                      frequencies of pairs     %.3f  (%.3f)
                      frequencies              %.3f  (%.3f)
                    """, surprise.nats, surprise.bits, pair.nats, pair.bits, single.nats, single.bits))
        return [
            "nats_per_character": surprise.nats, "bits_per_character": surprise.bits,
            "pair_frequencies_nats": pair.nats, "frequencies_nats": single.nats,
            "parameters": Double(model.parameterCount),
        ]
    }
}
