import Foundation
import TapestryArrays
import TapestryFiles

/// Tokens between characters and words: the 256 bytes, and pairs of tokens that are frequent in a text to train on,
/// merged one after the other. Any text can be encoded, and comes back as it was.
///
/// ```swift
/// let encoding = BytePairEncoding(training: corpus, vocabularySize: 4096, special: ["<end>"])
/// let indices = encoding.indices(of: "a stirring film")
/// let text = encoding.text(of: indices)
/// ```
///
/// Index i < 256 is the byte i, index 256 + k is the k-th merge, and the special tokens come last.
///
/// Reference: R. Sennrich, B. Haddow and A. Birch, "Neural machine translation of rare words with subword units", 2016;
/// on bytes: A. Radford et al., "Language models are unsupervised multitask learners", 2019.
public struct BytePairEncoding: Sendable, Equatable {
    /// Two tokens that become one.
    public struct Pair: Sendable, Hashable {
        /// The first token.
        public let left: Int32
        /// The second one.
        public let right: Int32

        /// A pair.
        public init(left: Int32, right: Int32) { (self.left, self.right) = (left, right) }
    }

    /// The pairs that are merged, the first one first.
    public let merges: [Pair]
    /// Tokens that stand in no text: the beginning, the end, padding.
    public let special: [String]
    private let ranks: [Pair: Int32]
    /// The bytes of each token that is not special.
    private let bytes: [[UInt8]]

    /// An encoding that merges these pairs. Traps if a pair names a token that does not come before it or stands there
    /// twice, or if two special tokens are equal.
    public init(merges: [Pair], special: [String] = []) {
        do {
            try self.init(checking: merges, special: special)
        } catch {
            trap("BytePairEncoding", error.reason)
        }
    }

    private init(checking merges: [Pair], special: [String]) throws(FileFormatError) {
        var ranks: [Pair: Int32] = [:]
        var bytes = (0..<256).map { [UInt8($0)] }
        for (rank, pair) in merges.enumerated() {
            guard bytes.indices.contains(Int(pair.left)), bytes.indices.contains(Int(pair.right)) else {
                throw FileFormatError(
                    reason: "merge \(rank) is of \(pair.left) and \(pair.right), which do not come before it")
            }
            guard ranks.updateValue(Int32(rank), forKey: pair) == nil else {
                throw FileFormatError(reason: "merge \(rank), of \(pair.left) and \(pair.right), stands there twice")
            }
            let merged = bytes[Int(pair.left)] + bytes[Int(pair.right)]
            // Forty merges of a token with itself would be a terabyte.
            guard merged.count <= Self.longestToken else {
                throw FileFormatError(reason: "merge \(rank) makes a token of \(merged.count) bytes")
            }
            bytes.append(merged)
        }
        guard Set(special).count == special.count else {
            throw FileFormatError(reason: "a special token stands there twice")
        }
        (self.merges, self.special, self.ranks, self.bytes) = (merges, special, ranks, bytes)
    }

    private static let longestToken = 1 << 16

    /// The number of tokens: bytes, merges and special ones.
    public var count: Int { bytes.count + special.count }

    /// The index of a special token; `nil` if there is none of this name.
    public func index(ofSpecial token: String) -> Int32? {
        special.firstIndex(of: token).map { Int32(bytes.count + $0) }
    }

    /// The tokens of a text. Names of special tokens in it are text like any other.
    public func indices(of text: String) -> [Int32] {
        var indices: [Int32] = []
        var known: [Substring: [Int32]] = [:]
        TextPieces.forEach(in: text) { piece in
            if let tokens = known[piece] {
                indices += tokens
                return
            }
            let tokens = PairMerger.merged(piece.utf8.map { Int32($0) }, ranks: ranks)
            if known.count < 1 << 16 { known[piece] = tokens }
            indices += tokens
        }
        return indices
    }

    /// The bytes that tokens stand for; special ones for none. Traps if there is no token of an index.
    public func bytes(of indices: some Sequence<Int32>) -> [UInt8] {
        indices.flatMap { index -> [UInt8] in
            guard (0..<count).contains(Int(index)) else {
                trap("BytePairEncoding", "there is no token \(index) among \(count)")
            }
            return Int(index) < bytes.count ? bytes[Int(index)] : []
        }
    }

    /// The text that tokens stand for. Where a character's bytes are incomplete, as they can be in what a model writes,
    /// it has `�`.
    public func text(of indices: some Sequence<Int32>) -> String { String(decoding: bytes(of: indices), as: UTF8.self) }
}

extension BytePairEncoding: Codable {
    private enum CodingKeys: String, CodingKey { case format, merges, special }
    private static let format = "tapestry-byte-pairs"

    /// Writes the merges, two numbers each, and the special tokens.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.format, forKey: .format)
        try container.encode(merges.flatMap { [$0.left, $0.right] }, forKey: .merges)
        try container.encode(special, forKey: .special)
    }

    /// Reads what `encode` wrote. Throws `DecodingError` if the merges are none.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func error(_ key: CodingKeys, _ reason: String) -> DecodingError {
            DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: reason)
        }
        guard try container.decode(String.self, forKey: .format) == Self.format else {
            throw error(.format, "it is not \(Self.format)")
        }
        let numbers = try container.decode([Int32].self, forKey: .merges)
        guard numbers.count % 2 == 0 else { throw error(.merges, "the last merge has one token") }
        let merges = stride(from: 0, to: numbers.count, by: 2).map { Pair(left: numbers[$0], right: numbers[$0 + 1]) }
        do {
            try self.init(checking: merges, special: try container.decode([String].self, forKey: .special))
        } catch let problem as FileFormatError {
            throw error(.merges, problem.reason)
        }
    }

    /// Writes the encoding into a JSON file.
    ///
    /// - Throws: An ``OutputFileError`` that says why it cannot be written; what was there before is still there then.
    public func save(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        try OutputFile.write(encoder.encode(self), to: path)
    }

    /// Reads a file that ``save(to:)`` wrote.
    ///
    /// - Throws: A ``TextFileError`` if it can't be read, a ``FileFormatError`` if it is no such file.
    public init(contentsOf path: String) throws {
        let text = try TextFile.read(path)
        do {
            self = try JSONDecoder().decode(BytePairEncoding.self, from: Data(text.utf8))
        } catch {
            let reason = (error as? DecodingError).map(Self.reason) ?? error.localizedDescription
            throw FileFormatError(path: path, reason: reason)
        }
    }

    private static func reason(_ error: DecodingError) -> String {
        switch error {
        case .dataCorrupted(let context) where context.codingPath.isEmpty: "it is not a JSON value"
        case .dataCorrupted(let context), .typeMismatch(_, let context), .valueNotFound(_, let context):
            context.debugDescription
        case .keyNotFound(let key, _): "it has no \(key.stringValue)"
        @unknown default: "\(error)"
        }
    }
}
