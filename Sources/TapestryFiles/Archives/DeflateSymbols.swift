/// What the symbols of RFC 1951, section 3.2.5, stand for.
enum DeflateSymbols {
    /// The first number that a symbol stands for, and how many bits say which one it is.
    struct Range {
        let base: Int
        let extraBits: Int
    }

    /// The lengths of matches, of symbol 257 and on.
    static let lengths: [Range] =
        ranges(from: 3, extraBits: [0, 0, 0, 0] + (0...5).flatMap { [$0, $0, $0, $0] })
        // The longest match has a symbol of its own, although the one before could stand for it.
        + [Range(base: 258, extraBits: 0)]

    /// The distances of matches.
    static let distances: [Range] = ranges(from: 1, extraBits: [0, 0] + (0...13).flatMap { [$0, $0] })

    /// The order in which a block gives the lengths of the codes of lengths.
    static let orderOfLengths = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

    /// The lengths of the codes of literals and lengths in blocks that bring none.
    static let fixedLiteralLengths =
        [UInt8](repeating: 8, count: 144) + [UInt8](repeating: 9, count: 112) + [UInt8](repeating: 7, count: 24)
        + [UInt8](repeating: 8, count: 8)

    /// The symbol of a number: the last one that begins at it or before.
    static func symbol(of number: Int, in ranges: [Range]) -> Int {
        var (low, high) = (0, ranges.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if ranges[middle].base <= number { low = middle } else { high = middle }
        }
        return low
    }

    private static func ranges(from first: Int, extraBits: [Int]) -> [Range] {
        var base = first
        return extraBits.map { bits in
            defer { base += 1 << bits }
            return Range(base: base, extraBits: bits)
        }
    }
}
