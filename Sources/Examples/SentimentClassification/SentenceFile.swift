import Tapestry

/// The words of a sentence, and the number of its class.
struct TokenizedSentence {
    let words: [String]
    let label: Int
}

/// A file of sentences with labels, in one of two formats: a sentence, a tab and its label on each line, with or
/// without GLUE's header; or the bracketed trees of the Stanford treebank, of which the words and the label of the
/// whole count.
struct SentenceFile {
    /// The labels in the order of strings: the number of a class is its place here.
    let classes: [String]
    let sentences: [TokenizedSentence]

    /// How sentences become words, wherever they come from.
    static let tokenizer = WordTokenizer()

    /// Reads a file.
    ///
    /// - Parameter known: The labels that may occur; `nil` for whatever labels the file has, from 2 to 20.
    init(contentsOf path: String, classes known: [String]? = nil) throws {
        let isOfTrees = try TextFile.read(path).hasPrefix("(")
        let lines = try isOfTrees ? SentenceFile.trees(path) : SentenceFile.table(path)
        if lines.isEmpty { throw FileFormatError(path: path, reason: "expected sentences, found only a header") }
        if let line = lines.first(where: \.label.isEmpty) {
            throw FileFormatError(path: path, place: line.place, reason: "the sentence has no label")
        }
        classes = known ?? Set(lines.map(\.label)).sorted()
        guard (2...20).contains(classes.count) else {
            let found = classes.count == 1 ? "only \(classes[0].debugDescription)" : "\(classes.count)"
            throw FileFormatError(
                path: path, reason: "expected 2 to 20 different labels, found \(found) in \(lines.count) sentences")
        }
        var sentences: [TokenizedSentence] = []
        for line in lines {
            func error(_ reason: String) -> FileFormatError {
                FileFormatError(path: path, place: line.place, reason: reason)
            }
            guard let label = classes.firstIndex(of: line.label) else {
                throw error("the label \(line.label.debugDescription) is none of \(classes.joined(separator: ", "))")
            }
            let words = SentenceFile.tokenizer.tokens(of: line.sentence)
            if words.isEmpty { throw error("the sentence has no words") }
            sentences.append(TokenizedSentence(words: words, label: label))
        }
        self.sentences = sentences
    }

    private typealias Line = (place: String, sentence: String, label: String)

    private static func table(_ path: String) throws -> [Line] {
        var rows = try DelimitedText(contentsOf: path, format: .tabs, origin: .kind, columns: 2).rows
        if rows[0].fields == ["sentence", "label"] { rows.removeFirst() }
        return rows.map { ("line \($0.line)", $0.fields[0], $0.fields[1]) }
    }

    private static func trees(_ path: String) throws -> [Line] {
        try TreebankTree.read(path).enumerated().map { number, tree in
            ("tree \(number + 1)", tree.sentence.joined(separator: " "), "\(tree.labels[0])")
        }
    }
}
