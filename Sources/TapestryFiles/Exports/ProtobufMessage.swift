import Foundation

/// A message in the wire format of Protocol Buffers: fields with numbers, in any order.
///
/// Reference: Google, "Protocol Buffers: Encoding".
struct ProtobufMessage {
    private(set) var data = Data()

    /// A whole number, in seven bits a byte, the lowest first.
    mutating func append(_ field: Int, _ number: Int) {
        appendVariable(UInt64(field) << 3)
        appendVariable(UInt64(bitPattern: Int64(number)))
    }

    mutating func append(_ field: Int, _ number: Float) {
        appendVariable(UInt64(field) << 3 | 5)
        data.append(number: number.bitPattern)
    }

    mutating func append(_ field: Int, _ text: String) { append(field, Data(text.utf8)) }

    mutating func append(_ field: Int, _ message: ProtobufMessage) { append(field, message.data) }

    mutating func append(_ field: Int, _ bytes: Data) {
        appendVariable(UInt64(field) << 3 | 2)
        appendVariable(UInt64(bytes.count))
        data.append(bytes)
    }

    private mutating func appendVariable(_ number: UInt64) {
        var rest = number
        while rest > 0x7F {
            data.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        data.append(UInt8(rest))
    }
}
