/// Packs bits into bytes, the lowest bit of a byte first.
struct BitWriter {
    private(set) var bytes: [UInt8] = []
    private var buffer: UInt64 = 0
    private var bufferedBits = 0

    /// Appends the lowest bits of a number, at most 32.
    @inline(__always)
    mutating func write(_ number: Int, bits: Int) {
        buffer |= UInt64(number) << UInt64(bufferedBits)
        bufferedBits += bits
        while bufferedBits >= 8 {
            bytes.append(UInt8(truncatingIfNeeded: buffer))
            buffer >>= 8
            bufferedBits -= 8
        }
    }

    /// Fills the last byte with zeros.
    mutating func align() { write(0, bits: (8 - bufferedBits) % 8) }

    /// Appends whole bytes, after `align()`.
    mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }
}
