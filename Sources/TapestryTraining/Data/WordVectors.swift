import TapestryArrays
import TapestryAutograd
import TapestryFiles

/// Vectors of words, trained elsewhere, in the text format of GloVe: a word and its numbers on a line, with spaces
/// between them. The first line may give the number of words and of features alone, as word2vec's text format has it.
///
/// Public sources: nlp.stanford.edu/projects/glove, fasttext.cc.
///
/// Reference: J. Pennington, R. Socher and C. Manning, "GloVe: global vectors for word representation", 2014.
public struct WordVectors: Sendable {
    /// The features of each word.
    public let size: Int
    /// The vectors by word.
    public let vectors: [String: [Float]]

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - isWanted: Which words to keep: a vocabulary needs few of the millions that such files have.
    /// - Throws: A ``TextFileError`` if it can't be read, a ``FileFormatError`` with the line that has another number of
    ///   features than the first one, or something that is not a finite number.
    public init(contentsOf path: String, keeping isWanted: (String) -> Bool = { _ in true }) throws {
        try self.init(TextFile.read(path, limit: 4 << 30), path: path, keeping: isWanted)
    }

    init(_ text: String, path: String?, keeping isWanted: (String) -> Bool) throws(FileFormatError) {
        var size: Int?
        var vectors: [String: [Float]] = [:]
        var number = 0
        for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            var parts = line.split(separator: UInt8(ascii: " "))
            if let last = parts.last, last.elementsEqual([UInt8(ascii: "\r")]) { parts.removeLast() }
            if parts.isEmpty || number == 1 && parts.count == 2 { continue }
            func error(_ reason: String) -> FileFormatError {
                FileFormatError(path: path, place: "line \(number)", reason: reason)
            }
            let expected = size ?? parts.count - 1
            guard expected > 0, parts.count == expected + 1 else {
                throw error("expected a word and \(max(expected, 1)) numbers, found \(parts.count) parts")
            }
            size = expected
            let word = String(decoding: parts[0], as: UTF8.self)
            if !isWanted(word) { continue }
            var vector: [Float] = []
            for part in parts.dropFirst() {
                let text = String(decoding: part, as: UTF8.self)
                let digits = text.hasSuffix("\r") ? String(text.unicodeScalars.dropLast()) : text
                guard let value = Float(digits), value.isFinite else {
                    throw error("expected a finite number, found \(text.debugDescription)")
                }
                vector.append(value)
            }
            vectors[word] = vector
        }
        guard let size else { throw FileFormatError(path: path, reason: "it has no vectors") }
        self.size = size
        self.vectors = vectors
    }

    /// A table of an embedding, `[vocabulary, size]`: the vectors of the words that have one, and the given rows for the
    /// others. Traps if the table has another shape.
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
