import TapestryArrays

extension BytePairEncoding {
    /// Learns an encoding from a text: the pair of neighbours that is most frequent within words becomes a token, again
    /// and again. Of equally frequent pairs the one with the smaller left token is taken, and of those with the same
    /// the one with the smaller right token, so the same text always gives the same encoding.
    ///
    /// - Parameters:
    ///   - text: The text to train on.
    ///   - vocabularySize: How many tokens there shall be, bytes and special ones included; fewer if no pair stands in
    ///     the text often enough. Traps if it has no room for those.
    ///   - minimumCount: How often a pair must stand in the text to become a token.
    ///   - special: Tokens that stand in no text.
    public init(training text: String, vocabularySize: Int, minimumCount: Int = 2, special: [String] = []) {
        let room = vocabularySize - 256 - special.count
        guard room >= 0 else {
            trap(
                "BytePairEncoding",
                "a vocabulary of \(vocabularySize) has no room for 256 bytes and \(special.count) more")
        }
        var trainer = BytePairTrainer(text)
        var merges: [Pair] = []
        while merges.count < room, let pair = trainer.mergeMostFrequent(into: 256 + Int32(merges.count), minimumCount) {
            merges.append(pair)
        }
        self.init(merges: merges, special: special)
    }
}

/// Different pieces of a text with their counts, and the counts of all pairs in them, kept up to date from merge to
/// merge.
private struct BytePairTrainer {
    private typealias Pair = BytePairEncoding.Pair

    private struct Candidate {
        let count: Int
        let pair: Pair
    }

    private var pieces: [(tokens: [Int32], count: Int)]
    private var counts: [Pair: Int] = [:]
    /// In which pieces a pair stood once, some of which may have lost it since.
    private var places: [Pair: Set<Int>] = [:]
    private var heap = BinaryHeap<Candidate> { a, b in
        (b.count, a.pair.left, a.pair.right) < (a.count, b.pair.left, b.pair.right)
    }

    init(_ text: String) {
        var found: [Substring: Int] = [:]
        TextPieces.forEach(in: text) { found[$0, default: 0] += 1 }
        pieces = found.map { piece, count in (piece.utf8.map { Int32($0) }, count) }
        for index in pieces.indices {
            for pair in Self.pairs(pieces[index].tokens) {
                counts[pair, default: 0] += pieces[index].count
                places[pair, default: []].insert(index)
            }
        }
        for (pair, count) in counts { heap.insert(Candidate(count: count, pair: pair)) }
    }

    /// Makes the most frequent pair a token everywhere; `nil` if none is frequent enough.
    mutating func mergeMostFrequent(into token: Int32, _ minimumCount: Int) -> BytePairEncoding.Pair? {
        while let candidate = heap.popFirst() {
            let count = counts[candidate.pair] ?? 0
            // A count that has changed is in the heap once more if it grew; if it fell, it goes back to where it
            // belongs.
            if count < candidate.count, count > 0 { heap.insert(Candidate(count: count, pair: candidate.pair)) }
            if count != candidate.count { continue }
            if count < max(minimumCount, 1) { return nil }
            merge(candidate.pair, into: token)
            return candidate.pair
        }
        return nil
    }

    private mutating func merge(_ pair: Pair, into token: Int32) {
        var grown: Set<Pair> = []
        for index in places.removeValue(forKey: pair) ?? [] {
            let (old, count) = pieces[index]
            let new = Self.replacing(pair, with: token, in: old)
            if new.count == old.count { continue }
            for before in Self.pairs(old) {
                counts[before]! -= count
                if counts[before] == 0 { counts[before] = nil }
            }
            for after in Self.pairs(new) {
                counts[after, default: 0] += count
                places[after, default: []].insert(index)
                grown.insert(after)
            }
            pieces[index].tokens = new
        }
        places[pair] = nil
        for other in grown { counts[other].map { heap.insert(Candidate(count: $0, pair: other)) } }
    }

    private static func pairs(_ tokens: [Int32]) -> [Pair] {
        zip(tokens, tokens.dropFirst()).map { Pair(left: $0, right: $1) }
    }

    private static func replacing(_ pair: Pair, with token: Int32, in tokens: [Int32]) -> [Int32] {
        var result: [Int32] = []
        var index = 0
        while index < tokens.count {
            let isPair = index + 1 < tokens.count && tokens[index] == pair.left && tokens[index + 1] == pair.right
            result.append(isPair ? token : tokens[index])
            index += isPair ? 2 : 1
        }
        return result
    }
}
