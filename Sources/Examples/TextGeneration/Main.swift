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
        let drawing = ["--top-k", "--top-p"] + (settings.files.load == nil ? [] : ["--seed"])
        if settings.temperature == 0, let option = drawing.first(where: settings.files.isGiven) {
            throw CommandError("\(option): of no use with --temperature 0: nothing is drawn")
        }
        let saved = try settings.files.load.map { try CharacterModel.loaded(from: $0, &settings) }
        let text = settings.readsText ? try SourceText(settings, knownTo: saved?.plan.vocabulary) : nil
        // Without a loaded model there is a text.
        let plan = saved?.plan ?? ModelPlan(vocabulary: text!.vocabulary, settings: settings.model)
        let prompt = try prompt(of: settings, plan.vocabulary) ?? text.map { Array($0.held.indices.prefix(1)) }
        if let text {
            let (learned, held) = (text.learned.indices.count, text.held.indices.count)
            let parts = text.isLearnedByHeart ? "\(held)" : "\(learned) to learn from, \(held) held out"
            print("Characters: \(parts); the model knows \(plan.vocabulary.count) different ones")
        }
        let model = saved?.model ?? trained(plan, on: text!.learned, settings)
        try Settings.options.finishTraining(model, plan: plan, settings.files)
        if let text {
            if !text.isLearnedByHeart { settings.files.noteSplit(sample: "a story that ships inside") }
            try settings.files.write(evaluate(model, on: text))
        }

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

    /// Prints how well characters are foretold, beside the baselines, and returns the figures.
    private static func evaluate(_ model: CharacterModel, on text: SourceText) -> [String: Double] {
        let surprise = model.surprise(over: text.held, steps: min(500, text.held.indices.count - 1))
        let (single, pair) = Frequencies(text.learned, vocabularySize: text.vocabulary.count).surprise(over: text.held)
        let rows = [("LSTM", surprise), ("frequencies of pairs", pair), ("frequencies", single)].map { name, surprise in
            [name, surprise.nats.text(decimals: 3), surprise.bits.text(decimals: 3)]
        }
        print("\n\(text.isLearnedByHeart ? "Characters of the given text" : "Held-out characters"), each")
        print(table([["", "nats", "bits"]] + rows))
        return [
            "nats_per_character": surprise.nats, "bits_per_character": surprise.bits,
            "pair_frequencies_nats": pair.nats, "frequencies_nats": single.nats,
            "parameters": Double(model.parameterCount),
        ]
    }
}
