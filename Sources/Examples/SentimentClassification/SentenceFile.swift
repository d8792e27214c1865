import Tapestry

/// The words of a sentence, and the number of its class.
struct LabelledSentence {
    let words: [String]
    let label: Int
}

/// A file of sentences with labels, in one of two formats: a sentence, a tab and its label on each line, with or without
/// GLUE's header; or the bracketed trees of the Stanford treebank, of which the words and the label of the whole count.
struct SentenceFile {
    /// The labels in the order of strings: the number of a class is its place here.
    let classes: [String]
    let sentences: [LabelledSentence]

    /// How sentences become words, wherever they come from.
    static let tokenizer = WordTokenizer()

    /// Reads a file.
    ///
    /// - Parameter known: The labels that may occur; `nil` for whatever labels the file has, from 2 to 20.
    init(contentsOf path: String, classes known: [String]? = nil) throws {
        let text = try TextFile.read(path)
        let lines = try text.hasPrefix("(") ? SentenceFile.trees(text, path) : SentenceFile.table(path)
        classes = known ?? Set(lines.map(\.label)).sorted()
        guard (2...20).contains(classes.count) else {
            throw FileFormatError(path: path, reason: "it has \(classes.count) different labels, expected 2 to 20")
        }
        var sentences: [LabelledSentence] = []
        for line in lines {
            func error(_ reason: String) -> FileFormatError {
                FileFormatError(path: path, place: "line \(line.number)", reason: reason)
            }
            guard let label = classes.firstIndex(of: line.label) else {
                throw error("the label \(line.label.debugDescription) is none of \(classes.joined(separator: ", "))")
            }
            let words = SentenceFile.tokenizer.tokens(of: line.sentence)
            if words.isEmpty { throw error("the sentence has no words") }
            sentences.append(LabelledSentence(words: words, label: label))
        }
        self.sentences = sentences
    }

    private typealias Line = (number: Int, sentence: String, label: String)

    private static func table(_ path: String) throws -> [Line] {
        var rows = try DelimitedText(contentsOf: path, format: .tabs, columns: 2).rows
        if rows[0].fields == ["sentence", "label"] { rows.removeFirst() }
        return rows.map { ($0.line, $0.fields[0], $0.fields[1]) }
    }

    private static func trees(_ text: String, _ path: String) throws -> [Line] {
        try text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { place, line in
            if line.allSatisfy(\.isWhitespace) { return nil }
            guard let tree = tree(line) else {
                throw FileFormatError(
                    path: path, place: "line \(place + 1)", reason: "expected a tree like (1 (0 not) (1 bad))")
            }
            return (place + 1, tree.sentence, tree.label)
        }
    }

    /// The words and the label of a whole tree. Words have no parentheses; the treebank writes -LRB- and -RRB-.
    private static func tree(_ line: Substring) -> (sentence: String, label: String)? {
        let spaced = line.replacing("(", with: " ( ").replacing(")", with: " ) ")
        let parts = spaced.split(whereSeparator: \.isWhitespace)
        var (depth, words) = (0, [Substring]())
        for (place, part) in parts.enumerated() {
            switch part {
            case "(": depth += 1
            case ")": depth -= 1
            default: if place > 0, parts[place - 1] != "(" { words.append(part) }
            }
            // Everything lies inside of one pair.
            if depth < 1, place + 1 < parts.count { return nil }
        }
        guard depth == 0, parts.count > 2, parts[1] != "(" else { return nil }
        return (words.joined(separator: " "), String(parts[1]))
    }
}
