import Foundation

/// Reads little-endian numbers one after the other, and throws at the end of the bytes.
struct ByteFields {
    private let data: Data
    private(set) var position: Int
    private let place: String

    /// - Parameters:
    ///   - position: where to begin, from the beginning of the data.
    ///   - place: what is read, for messages.
    init(_ data: Data, at position: Int, _ place: String) {
        (self.data, self.position, self.place) = (data, position, place)
    }

    mutating func number<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) throws(FileFormatError) -> Number
    {
        let bytes = try bytes(MemoryLayout<Number>.size)
        return bytes.reversed().reduce(0) { $0 << 8 | Number($1) }
    }

    mutating func bytes(_ count: Int) throws(FileFormatError) -> Data {
        guard position >= 0, position <= data.count, count <= data.count - position else {
            throw FileFormatError(place: place, reason: "the file ends in the middle of it")
        }
        defer { position += count }
        let start = data.startIndex + position
        return data[start..<start + count]
    }
}
