import Tapestry
import TapestryCommand

/// The words of a sentence with their tags.
struct TaggedSentence {
    var words: [String] = []
    var tags: [String] = []
}

/// Sentences to learn from, to stop by, and to the end held out.
struct TaggedSentences {
    let training, validation, test: [TaggedSentence]

    /// Those of the data, in an order that the seed draws, of which the last two tenths are held out; or made-up ones,
    /// with many to test by.
    ///
    /// - Parameter known: The tags that a loaded model gives, which have to be all there are; `nil` to take any.
    init(_ settings: Settings, tags known: [String]?) throws {
        let parts = try withRandomSeed(settings.files.seed) {
            guard let path = settings.files.data else {
                return [settings.sentences, 300, 1000].map { Sample.sentences($0) }
            }
            return try Self.read(path).shuffled(by: .current).split([0.8, 0.1, 0.1])
        }
        (training, validation, test) = (parts[0], parts[1], parts[2])
        if let known, let tag = parts.joined().flatMap(\.tags).first(where: { !known.contains($0) }) {
            throw settings.files.dataError(
                """
                the loaded model does not give the tag \(tag.debugDescription) of these sentences: \
                give others with --data, or --tag alone
                """, withoutFile: "--load")
        }
        for (part, use) in [(training, "learn from"), (validation, "stop by")] where known == nil {
            if part.allSatisfy({ $0.tags.allSatisfy { $0 == "O" } }) {
                let reason = "expected names among the \(part.count) sentences to \(use), found only the tag O"
                throw settings.files.dataError(reason, withoutFile: "--sentences")
            }
        }
    }

    /// The tags of the sentences to learn from, those of one kind side by side.
    var tags: [String] {
        Set(training.flatMap(\.tags)).sorted { ($0.dropFirst(2), $0) < ($1.dropFirst(2), $1) }
    }

    /// Sentences in the format of CoNLL-2003: lines of columns, of which the first is a word and the last its tag.
    private static func read(_ path: String) throws -> [TaggedSentence] {
        let lines = try TextFile.read(path).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        var sentences = [TaggedSentence()]
        for (place, line) in lines.enumerated() {
            func error(_ reason: String) -> FileFormatError {
                FileFormatError(path: path, place: "line \(place + 1)", reason: reason)
            }
            let columns = line.split(whereSeparator: \.isWhitespace)
            guard let word = columns.first, word != "-DOCSTART-" else {
                if sentences.last?.words.isEmpty == false { sentences.append(TaggedSentence()) }
                continue
            }
            if columns.count < 2 { throw error("expected a word and its tag, found \(line.debugDescription)") }
            let tag = columns[columns.count - 1]
            let isSpan = (tag.hasPrefix("B-") || tag.hasPrefix("I-")) && tag.count > 2
            if tag != "O", !isSpan { throw error("expected a tag O, B-kind or I-kind, found \(tag.debugDescription)") }
            sentences[sentences.count - 1].words.append(word.lowercased())
            sentences[sentences.count - 1].tags.append(String(tag))
        }
        sentences.removeAll(where: \.words.isEmpty)
        if sentences.count < 10 {
            let reason = "expected at least 10 sentences (a tenth to stop by, a tenth held out), found"
            throw FileFormatError(path: path, reason: "\(reason) \(sentences.count)")
        }
        return sentences
    }
}
