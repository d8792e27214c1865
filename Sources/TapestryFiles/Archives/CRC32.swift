import Foundation

/// The cyclic redundancy check of ZIP archives: the remainder of the bytes as a polynomial over two elements, divided
/// by x³² + x²⁶ + x²³ + x²² + x¹⁶ + x¹² + x¹¹ + x¹⁰ + x⁸ + x⁷ + x⁵ + x⁴ + x² + x + 1, bits reversed.
enum CRC32 {
    /// Row k has the remainder of each byte with k zero bytes behind it, so that eight bytes are divided at once.
    private static let rows: [UInt32] = {
        var rows = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            rows[byte] = (0..<8).reduce(UInt32(byte)) { remainder, _ in
                remainder & 1 == 0 ? remainder >> 1 : remainder >> 1 ^ 0xEDB8_8320
            }
        }
        for index in 256..<rows.count {
            let shorter = rows[index - 256]
            rows[index] = shorter >> 8 ^ rows[Int(shorter & 0xFF)]
        }
        return rows
    }()

    /// The check of bytes.
    static func checksum(_ bytes: Data) -> UInt32 {
        bytes.withUnsafeBytes { bytes in
            rows.withUnsafeBufferPointer { rows in
                var remainder = UInt32.max
                var position = 0
                while position + 8 <= bytes.count {
                    var eight = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
                    eight ^= UInt64(remainder)
                    remainder = 0
                    for row in (0..<8).reversed() {
                        remainder ^= rows[row << 8 + Int(eight & 0xFF)]
                        eight >>= 8
                    }
                    position += 8
                }
                for byte in bytes[position...] {
                    remainder = remainder >> 8 ^ rows[Int((remainder ^ UInt32(byte)) & 0xFF)]
                }
                return ~remainder
            }
        }
    }
}
