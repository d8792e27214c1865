/// The canonical prefix code (RFC 1951, section 3.2.2) that takes the fewest bits for symbols of given frequencies,
/// among those whose codes have at most `limit` bits.
struct HuffmanEncoder {
    /// The bits of each symbol's code; 0 for one that does not occur.
    let lengths: [UInt8]
    /// The codes, their first bit lowest.
    private let codes: [UInt16]

    init(frequencies: [Int], limit: Int) {
        self.init(lengths: HuffmanEncoder.lengths(frequencies, limit: limit))
    }

    /// The code with these lengths, which must be those of a prefix code.
    init(lengths: [UInt8]) {
        var next = [UInt16](repeating: 0, count: 17)
        for length in 1...15 {
            let count = lengths.count { Int($0) == length }
            next[length + 1] = (next[length] &+ UInt16(count)) << 1
        }
        codes = lengths.map { length in
            guard length > 0 else { return 0 }
            defer { next[Int(length)] &+= 1 }
            return next[Int(length)].bitsReversed >> (16 - UInt16(length))
        }
        self.lengths = lengths
    }

    @inline(__always)
    func write(_ symbol: Int, to writer: inout BitWriter) {
        writer.write(Int(codes[symbol]), bits: Int(lengths[symbol]))
    }

    /// By the package-merge algorithm: of coins of the values 2⁻¹, 2⁻², … 2^−limit for each symbol, each as heavy as
    /// its symbol is frequent, the lightest with a total value of n − 1; a symbol's length is the number of its coins.
    ///
    /// Reference: L. Larmore and D. Hirschberg, "A fast algorithm for optimal length-limited Huffman codes", 1990.
    private static func lengths(_ frequencies: [Int], limit: Int) -> [UInt8] {
        var lengths = [UInt8](repeating: 0, count: frequencies.count)
        let symbols = frequencies.indices.filter { frequencies[$0] > 0 }.sorted {
            (frequencies[$0], $0) < (frequencies[$1], $1)
        }
        // One symbol needs a bit as well.
        if symbols.count == 1 { lengths[symbols[0]] = 1 }
        guard symbols.count > 1 else { return lengths }
        typealias Package = (weight: Int, symbols: [Int])
        let coins: [Package] = symbols.map { (frequencies[$0], [$0]) }
        var packages: [Package] = []
        for _ in 0..<limit {
            let all = merged(coins, packages)
            packages = stride(from: 0, to: all.count - 1, by: 2).map {
                (all[$0].weight + all[$0 + 1].weight, all[$0].symbols + all[$0 + 1].symbols)
            }
        }
        for package in packages.prefix(symbols.count - 1) {
            for symbol in package.symbols { lengths[symbol] += 1 }
        }
        return lengths
    }

    private static func merged(
        _ a: [(weight: Int, symbols: [Int])], _ b: [(weight: Int, symbols: [Int])]
    ) -> [(weight: Int, symbols: [Int])] {
        var (i, j) = (0, 0)
        var result: [(weight: Int, symbols: [Int])] = []
        result.reserveCapacity(a.count + b.count)
        while i < a.count || j < b.count {
            if j == b.count || i < a.count && a[i].weight <= b[j].weight {
                result.append(a[i])
                i += 1
            } else {
                result.append(b[j])
                j += 1
            }
        }
        return result
    }
}
