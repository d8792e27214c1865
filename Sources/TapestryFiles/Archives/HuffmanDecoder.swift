/// Decodes the canonical prefix codes of RFC 1951, section 3.2.2: of codes of one length the symbols are in order, and
/// shorter codes come before longer ones.
struct HuffmanDecoder {
    /// For each sequence of `bits` bits, the first bit lowest, the symbol whose code it begins with times 16, plus the
    /// length of that code; 0 where there is none.
    private let entries: [UInt16]
    /// The length of the longest code.
    private let bits: Int

    /// The decoder of codes by their lengths, of at most 15 bits, 0 for a symbol without a code.
    ///
    /// - Returns: `nil` if the lengths belong to no prefix code: if there are more codes than fit, or fewer than fill
    ///   it, except for one code of one bit, or none at all, which an unused code may have.
    init?(lengths: [UInt8]) {
        var counts = [Int](repeating: 0, count: 16)
        for length in lengths where length > 0 { counts[Int(length)] += 1 }
        bits = counts.lastIndex { $0 > 0 } ?? 0
        var codes = [Int](repeating: 0, count: 17)
        // What is left of the code; below zero, once there are too many, it stays there.
        var free = 1
        for length in 1...15 {
            free = 2 * free - counts[length]
            codes[length + 1] = (codes[length] + counts[length]) << 1
        }
        guard free == 0 || bits == 0 || (bits == 1 && counts[1] == 1) else { return nil }
        var entries = [UInt16](repeating: 0, count: 1 << bits)
        for (symbol, length) in lengths.enumerated() where length > 0 {
            let length = Int(length)
            // Codes are packed with their first bit lowest.
            let code = Int(UInt16(codes[length]).bitsReversed >> (16 - length))
            codes[length] += 1
            for place in stride(from: code, to: entries.count, by: 1 << length) {
                entries[place] = UInt16(symbol << 4 | length)
            }
        }
        self.entries = entries
    }

    /// Takes one symbol off the bits; `nil` where no code begins like them.
    @inline(__always)
    func symbol(from reader: inout BitReader) -> Int? {
        let entry = Int(entries[reader.peek(bits)])
        guard entry != 0, reader.skip(entry & 15) else { return nil }
        return entry >> 4
    }
}

extension UInt16 {
    /// The bits in the opposite order.
    var bitsReversed: UInt16 {
        var (rest, reversed) = (self, UInt16(0))
        for _ in 0..<16 {
            reversed = reversed << 1 | rest & 1
            rest >>= 1
        }
        return reversed
    }
}
