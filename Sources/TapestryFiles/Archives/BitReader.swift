/// Takes bits off bytes, the lowest bit of a byte first.
struct BitReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var position = 0
    private var buffer: UInt64 = 0
    private var bufferedBits = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    @inline(__always)
    private mutating func fill() {
        while bufferedBits <= 56, position < bytes.count {
            buffer |= UInt64(bytes[position]) << UInt64(bufferedBits)
            position += 1
            bufferedBits += 8
        }
    }

    /// The next bits, at most 32, without taking them; zeros behind the end.
    @inline(__always)
    mutating func peek(_ count: Int) -> Int {
        if bufferedBits < count { fill() }
        return Int(truncatingIfNeeded: buffer) & ((1 << count) - 1)
    }

    /// Passes over bits that were looked at. Returns whether there were as many.
    @inline(__always)
    mutating func skip(_ count: Int) -> Bool {
        guard bufferedBits >= count else { return false }
        buffer >>= UInt64(count)
        bufferedBits -= count
        return true
    }

    /// The next bits as a number, at most 32; `nil` behind the end.
    @inline(__always)
    mutating func take(_ count: Int) -> Int? {
        let bits = peek(count)
        return skip(count) ? bits : nil
    }

    /// Passes over the rest of a byte, and returns that many whole bytes; `nil` if there are fewer.
    mutating func takeBytes(_ count: Int) -> UnsafeRawBufferPointer? {
        position -= bufferedBits / 8
        (buffer, bufferedBits) = (0, 0)
        guard count <= bytes.count - position else { return nil }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    /// How many whole bytes have not been touched.
    var restCount: Int { bytes.count - position + bufferedBits / 8 }
}
