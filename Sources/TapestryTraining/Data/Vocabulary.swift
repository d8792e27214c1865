import TapestryArrays
import TapestryFiles

/// The tokens that a model knows, each with an index: 0, 1, 2, …
///
/// ```swift
/// let vocabulary = Vocabulary(counting: sentences, minimumCount: 2, special: ["<pad>", "<unk>"], unknown: "<unk>")
/// let indices = try vocabulary.indices(of: ["a", "stirring", "film"])
/// ```
public struct Vocabulary: Sendable, Equatable {
    /// The tokens in the order of their indices.
    public let tokens: [String]
    /// The index of the token that stands for all others, if there is one.
    public let unknownIndex: Int32?
    private let indices: [String: Int32]

    /// A vocabulary of tokens in this order. Traps if one stands there twice, or if `unknown` is not one of them.
    public init(_ tokens: [String], unknown: String? = nil) {
        self.tokens = tokens
        indices = Dictionary(tokens.indices.map { (tokens[$0], Int32($0)) }) { first, second in
            trap("Vocabulary", "\(tokens[Int(first)].quoted) has the indices \(first) and \(second)")
        }
        unknownIndex = unknown.map { [indices] token in
            guard let index = indices[token] else {
                trap("Vocabulary", "\(token.quoted), which stands for unknown tokens, is not in it")
            }
            return index
        }
    }

    /// The vocabulary of a text: the special tokens first, then the text's own, the most frequent ones first, and of
    /// equally frequent ones the first in the order of strings.
    ///
    /// - Parameters:
    ///   - sequences: The tokens to count.
    ///   - minimumCount: How often a token must occur to be known.
    ///   - maximumSize: How many tokens the vocabulary has at most, special ones included.
    ///   - special: Tokens that are known in any case, such as those for padding and unknown tokens.
    ///   - unknown: One of the special tokens, which stands for all that are not known.
    public init(
        counting sequences: some Sequence<some Sequence<String>>, minimumCount: Int = 1, maximumSize: Int? = nil,
        special: [String] = [], unknown: String? = nil
    ) {
        var counts: [String: Int] = [:]
        for sequence in sequences { for token in sequence { counts[token, default: 0] += 1 } }
        for token in special { counts[token] = nil }
        let frequent = counts.filter { $0.value >= minimumCount }
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map(\.key)
        let room = maximumSize.map { max($0 - special.count, 0) } ?? frequent.count
        self.init(special + frequent.prefix(room), unknown: unknown)
    }

    /// The number of tokens.
    public var count: Int { tokens.count }

    /// Whether a token has an index of its own.
    public func contains(_ token: String) -> Bool { indices[token] != nil }

    /// The index of a token, or that of the unknown one; `nil` if there is neither.
    public func index(of token: String) -> Int32? { indices[token] ?? unknownIndex }

    /// The indices of tokens.
    ///
    /// - Throws: An ``UnknownTokenError`` for the first that has no index, if no token stands for unknown ones.
    public func indices(of tokens: some Sequence<String>) throws(UnknownTokenError) -> [Int32] {
        var result: [Int32] = []
        for token in tokens {
            guard let index = index(of: token) else { throw UnknownTokenError(token: token) }
            result.append(index)
        }
        return result
    }

    /// The token of an index. Traps if there is none.
    public subscript(index: Int32) -> String {
        guard tokens.indices.contains(Int(index)) else {
            trap("Vocabulary", "there is no token \(index) among \(count)")
        }
        return tokens[Int(index)]
    }
}

/// A token that a vocabulary does not have.
public struct UnknownTokenError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The token.
    public let token: String

    /// The error in one line.
    public var description: String { "\(token.quoted) is not in the vocabulary" }
}

extension Vocabulary: Codable {
    private enum CodingKeys: String, CodingKey { case tokens, unknown }

    /// Writes the tokens, and which of them stands for the others.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(tokens, forKey: .tokens)
        try container.encodeIfPresent(unknownIndex.map { self[$0] }, forKey: .unknown)
    }

    /// Reads what `encode` wrote. Throws `DecodingError` if a token stands there twice, or the unknown one doesn't.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let tokens = try container.decode([String].self, forKey: .tokens)
        let unknown = try container.decodeIfPresent(String.self, forKey: .unknown)
        let different = Set(tokens)
        guard different.count == tokens.count else {
            throw DecodingError.dataCorruptedError(
                forKey: .tokens, in: container, debugDescription: "a token stands there twice")
        }
        if let unknown, !different.contains(unknown) {
            throw DecodingError.dataCorruptedError(
                forKey: .unknown, in: container, debugDescription: "the unknown token is not one of the tokens")
        }
        self.init(tokens, unknown: unknown)
    }
}
