import Tapestry
import TapestryCommand
import TapestrySamples

/// A text to learn from, with the part of it that is to be foretold.
struct SourceText {
    let vocabulary: Vocabulary
    let learned, held: TokenStream
    /// Whether nothing is held out, and what is learned by heart is foretold itself.
    let isLearnedByHeart: Bool

    /// The text of the settings, of which the last tenth is held out; one to be learned by heart is foretold itself.
    ///
    /// - Parameter known: The vocabulary of a loaded model, which has to have all characters; `nil` for the text's own.
    init(_ settings: Settings, knownTo known: Vocabulary?) throws {
        isLearnedByHeart = !settings.text.isEmpty
        let text =
            try isLearnedByHeart
            ? settings.text : settings.files.data.map { try TextFile.read($0) } ?? SampleText.weavers
        // What a text that is no file is called in messages.
        let source = isLearnedByHeart ? "--text" : "the sample text inside the program"
        let tokens = CharacterTokenizer().tokens(of: text)
        let vocabulary = known ?? Vocabulary(Set(tokens).sorted())
        if let place = tokens.firstIndex(where: { !vocabulary.contains($0) }) {
            let line = tokens[..<place].count { $0.first?.isNewline == true } + 1
            let missing = tokens[place].debugDescription
            throw settings.files.dataError(
                """
                \(missing) is not in the vocabulary of the loaded model: give a text that has no such characters with \
                --data or --text, or only a --prompt to go on from
                """, at: "line \(line)", withoutFile: source)
        }
        self.vocabulary = vocabulary
        let indices = try vocabulary.indices(of: tokens)
        let cut = isLearnedByHeart ? 0 : indices.count * 9 / 10
        learned = TokenStream(Array(isLearnedByHeart ? indices[...] : indices[..<cut]))
        held = TokenStream(Array(indices[cut...]))
        // Of 11 characters 2 are held out: one to begin with, one to foretell.
        let least = isLearnedByHeart ? 2 : 11
        if indices.count < least {
            let reason = "expected a text of at least \(least) characters, found \(indices.count)"
            throw settings.files.dataError(reason, withoutFile: source)
        }
    }
}
