/// Finds where bytes repeat what came before (LZ77): of all places that begin with the same three bytes, which are in a
/// chain, the longest match among the nearest ones.
struct RepetitionFinder {
    /// A byte, or a match.
    struct Token {
        /// The symbol of the byte, which is the byte itself, or of the match's length.
        let literal: Int
        /// The symbol of the match's distance; `nil` for a byte.
        let far: Int?
        let length: Int
        let distance: Int
    }

    /// How many bytes of the input one block has at most, so that they could be stored as well.
    static let blockSize = 65_535 - 258
    private static let window = 32_768
    private static let chainLimit = 48
    private static let hashBits = 15

    private let bytes: UnsafeRawBufferPointer
    /// For each hash of three bytes the last place that has it, and for each place in the window the one before it.
    private var heads = [Int](repeating: -1, count: 1 << RepetitionFinder.hashBits)
    private var previous = [Int](repeating: -1, count: RepetitionFinder.window)

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// What one block's bytes are made of, and where they end.
    mutating func tokens(from start: Int) -> (tokens: [Token], end: Int) {
        var tokens: [Token] = []
        var position = start
        let limit = min(bytes.count, start + RepetitionFinder.blockSize)
        while position < limit {
            let (length, distance) = longestMatch(at: position)
            guard length >= 3 else {
                tokens.append(Token(literal: Int(bytes[position]), far: nil, length: 1, distance: 0))
                insert(position)
                position += 1
                continue
            }
            tokens.append(
                Token(
                    literal: DeflateSymbols.symbol(of: length, in: DeflateSymbols.lengths) + 257,
                    far: DeflateSymbols.symbol(of: distance, in: DeflateSymbols.distances), length: length,
                    distance: distance))
            for place in position..<position + length { insert(place) }
            position += length
        }
        return (tokens, position)
    }

    private func hash(at position: Int) -> Int {
        let three = UInt32(bytes[position]) | UInt32(bytes[position + 1]) << 8 | UInt32(bytes[position + 2]) << 16
        return Int((three &* 0x9E37_79B1) >> UInt32(32 - RepetitionFinder.hashBits))
    }

    private mutating func insert(_ position: Int) {
        guard position + 3 <= bytes.count else { return }
        let hash = hash(at: position)
        previous[position % RepetitionFinder.window] = heads[hash]
        heads[hash] = position
    }

    private func longestMatch(at position: Int) -> (length: Int, distance: Int) {
        let most = min(258, bytes.count - position)
        guard most >= 3 else { return (0, 0) }
        var best = (length: 0, distance: 0)
        var candidate = heads[hash(at: position)]
        for _ in 0..<RepetitionFinder.chainLimit {
            guard candidate >= 0, position - candidate <= RepetitionFinder.window else { break }
            var length = 0
            while length < most, bytes[candidate + length] == bytes[position + length] { length += 1 }
            if length > best.length { best = (length, position - candidate) }
            if length == most { break }
            // A place in the window that was taken over leads forward: the chain ends there.
            let next = previous[candidate % RepetitionFinder.window]
            guard next < candidate else { break }
            candidate = next
        }
        return best
    }
}
