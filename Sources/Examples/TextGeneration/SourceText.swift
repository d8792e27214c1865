import Tapestry
import TapestryCommand
import TapestrySamples

/// A text to learn from, with the part of it that is to be foretold.
struct SourceText {
    let vocabulary: Vocabulary
    let learned, held: TokenStream

    /// The text of the settings, of which the last tenth is held out; one to be learned by heart is foretold itself.
    ///
    /// - Parameter known: The vocabulary of a loaded model, which has to have all characters; `nil` for the text's own.
    init(_ settings: Settings, knownTo known: Vocabulary?) throws {
        let isLearnedByHeart = !settings.text.isEmpty
        let text =
            try isLearnedByHeart
            ? settings.text : settings.files.data.map { try TextFile.read($0) } ?? SampleText.weavers
        let tokens = CharacterTokenizer().tokens(of: text)
        let vocabulary = known ?? Vocabulary(Set(tokens).sorted())
        if let place = tokens.firstIndex(where: { !vocabulary.contains($0) }) {
            let line = tokens[..<place].count { $0.first?.isNewline == true } + 1
            let missing = tokens[place].debugDescription
            throw SourceText.error(
                "line \(line)",
                """
                \(missing) is not in the vocabulary of the loaded model: give a text that has no such characters with \
                --data or --text, or only a --prompt to go on from
                """, settings)
        }
        self.vocabulary = vocabulary
        let indices = try vocabulary.indices(of: tokens)
        let cut = isLearnedByHeart ? 0 : indices.count * 9 / 10
        learned = TokenStream(Array(isLearnedByHeart ? indices[...] : indices[..<cut]))
        held = TokenStream(Array(indices[cut...]))
        if min(learned.indices.count, held.indices.count) < 2 {
            throw SourceText.error(nil, "it is too short: \(indices.count) characters", settings)
        }
    }

    /// What is wrong with the text, and where it is from.
    private static func error(_ place: String?, _ reason: String, _ settings: Settings) -> any Error {
        if let path = settings.files.data { return FileFormatError(path: path, place: place, reason: reason) }
        let name = settings.text.isEmpty ? "the sample text inside the program" : "--text"
        return CommandError([name, place, reason].compactMap(\.self).joined(separator: ": "))
    }
}
