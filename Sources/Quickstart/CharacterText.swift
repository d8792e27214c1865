import Tapestry
import TapestryCommand
import TapestrySamples

/// A text as indices of its characters, cut into a part to train on and a part to judge by.
struct CharacterText {
    /// Every character of the text, sorted.
    let vocabulary: Vocabulary
    /// The first nine tenths.
    let training: TokenStream
    /// The last tenth, which training never sees.
    let validation: TokenStream

    /// The text of a file, or the one that ships inside. Throws if one of its parts is shorter than a window and the
    /// character after it.
    init(contentsOf path: String?, window: Int) throws {
        let text = try path.map { try TextFile.read($0) } ?? SampleText.weavers
        let characters = CharacterTokenizer().tokens(of: text)
        vocabulary = Vocabulary(Set(characters).sorted())
        let indices = try vocabulary.indices(of: characters)
        let cut = indices.count * 9 / 10
        training = TokenStream(Array(indices[..<cut]))
        validation = TokenStream(Array(indices[cut...]))
        if min(cut, indices.count - cut) < window + 1 {
            let reason = """
                the text is too short: of its \(indices.count) characters a tenth is held out, which must hold a window \
                of \(window) and one more
                """
            throw path.map { FileFormatError(path: $0, reason: reason) } ?? CommandError("--window: \(reason)")
        }
    }
}
