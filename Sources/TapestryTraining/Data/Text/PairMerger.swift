/// Merges pairs of neighbours in one piece of text, those that were learnt first first, and of equal ones the leftmost.
enum PairMerger {
    private struct Candidate {
        let rank: Int32
        let position: Int
        let pair: BytePairEncoding.Pair
    }

    /// The tokens of a piece, from its bytes. Takes a time of n log n, however long the piece is.
    static func merged(_ bytes: [Int32], ranks: [BytePairEncoding.Pair: Int32]) -> [Int32] {
        var tokens = bytes
        // Tokens that were merged into their left neighbours are jumped over: -1 at their places.
        var next = bytes.indices.map { $0 + 1 }
        var previous = bytes.indices.map { $0 - 1 }
        var heap = BinaryHeap<Candidate> { ($0.rank, $0.position) < ($1.rank, $1.position) }

        func pair(at position: Int) -> BytePairEncoding.Pair? {
            guard position >= 0, next[position] < tokens.count else { return nil }
            return BytePairEncoding.Pair(left: tokens[position], right: tokens[next[position]])
        }
        func look(at position: Int) {
            guard let pair = pair(at: position), let rank = ranks[pair] else { return }
            heap.insert(Candidate(rank: rank, position: position, pair: pair))
        }
        bytes.indices.forEach(look)
        while let candidate = heap.popFirst() {
            // What was found may have been merged with another neighbour since.
            let position = candidate.position
            guard tokens[position] >= 0, pair(at: position) == candidate.pair else { continue }
            let right = next[position]
            tokens[position] = 256 + candidate.rank
            tokens[right] = -1
            next[position] = next[right]
            if next[right] < tokens.count { previous[next[right]] = position }
            look(at: position)
            look(at: previous[position])
        }
        return tokens.filter { $0 >= 0 }
    }
}
