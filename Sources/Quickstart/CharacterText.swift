import Tapestry
import TapestryCommand

/// A text as indices of its characters, cut into a part to train on and a part to judge by.
struct CharacterText {
    /// Every character of the text, sorted.
    let vocabulary: Vocabulary
    /// The first nine tenths.
    let training: TokenStream
    /// The last tenth, which training never sees.
    let validation: TokenStream

    /// Throws if one of the parts is shorter than a window and the character after it.
    init(_ text: String, window: Int) throws {
        let characters = CharacterTokenizer().tokens(of: text)
        vocabulary = Vocabulary(Set(characters).sorted())
        let indices = try vocabulary.indices(of: characters)
        let cut = indices.count * 9 / 10
        training = TokenStream(Array(indices[..<cut]))
        validation = TokenStream(Array(indices[cut...]))
        if min(cut, indices.count - cut) < window + 1 {
            throw CommandError(
                """
                the text is too short: of its \(indices.count) characters a tenth is held out, which must hold a window \
                of \(window) and one more
                """)
        }
    }
}
