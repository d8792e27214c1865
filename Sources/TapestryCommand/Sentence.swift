import TapestryFiles

/// A sentence that an option asks something about.
public struct Sentence: Sendable {
    /// Its words, at least one.
    public let words: [String]

    /// The words of what an option was given; `nil` if that is empty, so nothing is asked.
    ///
    /// - Parameter tokens: How sentences become words.
    /// - Throws: A ``CommandError`` that names the option, if a text has no words.
    public init?(_ text: String, of option: String, tokens: (String) -> [String]) throws(CommandError) {
        if text.isEmpty { return nil }
        words = tokens(text)
        if words.isEmpty { throw CommandError("\(option): there are no words in \(text.quoted)") }
    }

    /// Prints one line that names the words which a vocabulary lacks, each once, if there are any.
    public func printUnknownWords(isKnown: (String) -> Bool) {
        var seen: Set<String> = []
        let unknown = words.filter { !isKnown($0) && seen.insert($0).inserted }
        if unknown.isEmpty { return }
        print("\nNot in the vocabulary, and read as unknown: \(unknown.map(\.quoted).joined(separator: ", "))")
    }
}
