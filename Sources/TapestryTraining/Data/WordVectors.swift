import TapestryArrays
import TapestryAutograd
import TapestryFiles

/// Vectors of words, trained elsewhere, in the text format of GloVe: a word and its numbers on a line, with spaces
/// between them. The first line may give the number of words and of features alone, as word2vec's text format has it. A
/// few words of GloVe's largest file have spaces in them, `at name@domain.com`.
///
/// The file is read line by line, so it may be larger than memory: only what is kept has to fit.
///
/// Public sources: nlp.stanford.edu/projects/glove, fasttext.cc.
///
/// Reference: J. Pennington, R. Socher and C. Manning, "GloVe: global vectors for word representation", 2014.
public struct WordVectors: Sendable {
    /// The features of each word.
    public let size: Int
    /// The vectors by word; of a word that stands twice in the file, the last one.
    public let vectors: [String: [Float]]

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - isWanted: Which words to keep: a vocabulary needs few of the millions that such files have.
    /// - Throws: A ``TextFileError`` if it can't be read, a ``FileFormatError`` with the line that has another number
    ///   of features than the first one, or something that is not a finite number, or if there are not as many words as
    ///   the first line announces: the file has been cut.
    public init(contentsOf path: String, keeping isWanted: (String) -> Bool = { _ in true }) throws {
        var lines = try LineReader(path)
        var announced: (words: Int, features: Int)?
        var size: Int?
        var count = 0
        var vectors: [String: [Float]] = [:]
        while let line = try lines.next() {
            let parts = line.text.utf8.split(separator: UInt8(ascii: " ")).map(Substring.init)
            if parts.isEmpty { continue }
            if line.number == 1, parts.count == 2, let words = Int(parts[0]), let features = Int(parts[1]) {
                announced = (words, features)
                continue
            }
            func error(_ reason: String) -> FileFormatError {
                FileFormatError(path: path, place: "line \(line.number)", reason: reason)
            }
            let features = size ?? announced?.features ?? parts.count - 1
            let word = parts.dropLast(max(features, 0))
            // What follows the first part of a word is a part of it only where it is no number.
            guard features > 0, !word.isEmpty, word.dropFirst().allSatisfy({ Float($0) == nil }) else {
                throw error(
                    "expected a word and \(max(features, 1).counted("number")), found \(parts.count.counted("part"))")
            }
            size = features
            count += 1
            let name = word.joined(separator: " ")
            if !isWanted(name) { continue }
            vectors[name] = try parts.suffix(features).map { part in
                guard let value = Float(part), value.isFinite else {
                    throw error("expected a finite number, found \(String(part).quotedBriefly)")
                }
                return value
            }
        }
        if let announced, announced.words != count {
            let reason =
                "its first line announces \(announced.words.counted("word")), and there \(count == 1 ? "is" : "are") \(count)"
            throw FileFormatError(path: path, reason: reason)
        }
        guard let size else { throw FileFormatError(path: path, reason: "it has no vectors") }
        self.size = size
        self.vectors = vectors
    }

    /// A table of an embedding, `[vocabulary, size]`: the vectors of the words that have one, and the given rows for
    /// the others. Traps if the table has another shape.
    public func table(for vocabulary: Vocabulary, others table: Tensor<Float>) -> Tensor<Float> {
        guard table.shape == [vocabulary.count, size] else {
            trap("WordVectors.table", "a table of \(table.shape), expected [\(vocabulary.count), \(size)]")
        }
        var scalars = table.scalars
        for (index, token) in vocabulary.tokens.enumerated() {
            if let vector = vectors[token] { scalars.replaceSubrange(index * size..<(index + 1) * size, with: vector) }
        }
        return Tensor(shape: table.shape, scalars: scalars)
    }
}
