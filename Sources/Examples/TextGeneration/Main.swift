import Foundation
import Tapestry
import TapestryCommand
import TapestrySamples

/// Learns a text character by character, tells how well, and writes more of it.
@main
enum Main {
    static func main() {
        Settings.options.runJob(\.files) { settings in
            try withRandomSeed(settings.files.seed) { try run(settings) }
        }
    }

    private static func run(_ settings: Settings) throws {
        let text =
            try settings.text.isEmpty
            ? settings.files.data.map { try TextFile.read($0) } ?? SampleText.weavers : settings.text
        let tokens = CharacterTokenizer().tokens(of: text)
        var saved = try settings.files.load.map { try CharacterModel.loaded(from: $0) }
        let vocabulary = saved?.shape.vocabulary ?? Vocabulary(Set(tokens).sorted())
        let indices = try vocabulary.indices(of: tokens)
        // A text to be learned by heart is foretold itself.
        let cut = settings.text.isEmpty ? indices.count * 9 / 10 : 0
        let (learned, held) = (
            TokenStream(Array(settings.text.isEmpty ? indices[..<cut] : indices[...])),
            TokenStream(Array(indices[cut...]))
        )
        if min(learned.indices.count, held.indices.count) < 2 {
            throw CommandError("the text is too short: \(indices.count) characters")
        }
        print(
            "\(learned.indices.count) characters to learn from, \(held.indices.count) to foretell, \(vocabulary.count) different ones"
        )

        if saved == nil {
            let shape = ModelShape(
                vocabulary: vocabulary, embedding: settings.embedding, hidden: settings.hidden, layers: settings.layers)
            var model = CharacterModel(shape, dropout: settings.dropout)
            print("\(model.parameterCount) parameters")
            fflush(nil)
            var settings = settings
            settings.window = min(settings.window, learned.indices.count - 1)
            train(&model, on: learned, settings)
            saved = (model, shape)
        }
        guard let (model, shape) = saved else { return }
        if let path = settings.files.save { try model.save(to: path, plan: shape) }

        let steps = min(500, held.indices.count - 1)
        let surprise = model.surprise(over: held, steps: steps)
        let (single, pair) = Frequencies(learned, vocabularySize: vocabulary.count).surprise(over: held)
        print(
            String(
                format: """

                    Held-out characters, in nats (bits) each:
                      LSTM                     %.3f  (%.3f)
                      frequencies of pairs     %.3f  (%.3f)
                      frequencies              %.3f  (%.3f)
                    """, surprise.nats, surprise.bits, pair.nats, pair.bits, single.nats, single.bits))
        try settings.files.write([
            "nats_per_character": surprise.nats, "bits_per_character": surprise.bits,
            "pair_frequencies_nats": pair.nats, "frequencies_nats": single.nats,
            "parameters": Double(model.parameterCount),
        ])

        let sampler = TokenSampler(
            temperature: settings.temperature, topCount: settings.topCount == 0 ? nil : settings.topCount,
            topProbability: settings.topProbability)
        let prompt =
            settings.prompt.isEmpty
            ? Array(held.indices.prefix(1))
            : try vocabulary.indices(of: CharacterTokenizer().tokens(of: settings.prompt))
        let written = model.written(after: prompt, count: settings.length, by: sampler)
        print("\nWritten at temperature \(settings.temperature):\n")
        print(CharacterTokenizer().text(of: (prompt + written).map { vocabulary[$0] }))
    }
}
