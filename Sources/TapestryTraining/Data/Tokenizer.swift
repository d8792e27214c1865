import Foundation

/// Takes texts apart into tokens, and puts tokens together again.
public protocol Tokenizer: Sendable {
    /// The tokens of a text.
    func tokens(of text: String) -> [String]
    /// A text of these tokens.
    func text(of tokens: some Sequence<String>) -> String
}

/// Every character, as a reader sees them, is a token.
public struct CharacterTokenizer: Tokenizer, Codable, Equatable {
    /// The only one there is.
    public init() {}

    /// The characters, in order.
    public func tokens(of text: String) -> [String] { text.map { String($0) } }

    /// The characters side by side: the text that they came from.
    public func text(of tokens: some Sequence<String>) -> String { tokens.joined() }
}

/// Words and punctuation marks are tokens, and white space separates them.
///
/// A word is a run of letters, digits and marks; apostrophes and hyphens inside it belong to it, and so do points and
/// commas between digits: `It's state-of-the-art, for $1,000.50!` is `it's` `state-of-the-art` `,` `for` `$` `1,000.50`
/// `!`.
public struct WordTokenizer: Tokenizer, Codable, Equatable {
    /// Whether letters become lower case.
    public let lowercases: Bool

    /// A tokenizer of words.
    public init(lowercases: Bool = true) { self.lowercases = lowercases }

    /// The words and punctuation marks, in order.
    public func tokens(of text: String) -> [String] {
        let characters = Array(lowercases ? text.lowercased() : text)
        var tokens: [String] = []
        var word = ""
        for (position, character) in characters.enumerated() {
            if character.isWordlike || !word.isEmpty && joins(character, characters, at: position) {
                word.append(character)
                continue
            }
            if !word.isEmpty { tokens.append(word) }
            word = ""
            if !character.isWhitespace { tokens.append(String(character)) }
        }
        return word.isEmpty ? tokens : tokens + [word]
    }

    /// Whether a character stands inside a word, which goes on behind it.
    private func joins(_ character: Character, _ characters: [Character], at position: Int) -> Bool {
        guard position + 1 < characters.count, characters[position + 1].isWordlike else { return false }
        switch character {
        case "'", "’", "-", "‐": return true
        case ".", ",": return characters[position - 1].isNumber && characters[position + 1].isNumber
        default: return false
        }
    }

    /// The tokens with spaces between them, but none before a mark that closes (`,` `.` `!` `)` …) nor after one that
    /// opens. What spaces a text had, and which letters were upper case, tokens do not tell.
    public func text(of tokens: some Sequence<String>) -> String {
        var text = ""
        var isOpen = true
        for token in tokens {
            let closes = token.count == 1 && ",.;:!?)]}%…»”".contains(token)
            if !isOpen && !closes { text += " " }
            text += token
            isOpen = token.count == 1 && "([{$«“".contains(token)
        }
        return text
    }
}

extension Character {
    /// Whether it can stand in a word.
    fileprivate var isWordlike: Bool { isLetter || isNumber || self == "_" }
}
