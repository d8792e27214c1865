import Foundation

extension ZipArchive {
    /// A member of a content, compressed if that is asked for.
    static func member(_ name: String, _ content: Data, isDeflated: Bool) -> Member {
        Member(
            name: name, isDeflated: isDeflated, checksum: CRC32.checksum(content), size: content.count,
            bytes: isDeflated ? Deflate.stream(of: content) : content)
    }

    /// The bytes of a file, the same for the same members: all bear the first date that the format knows.
    var data: Data { data(extendingFrom: UInt64(UInt32.max)) }

    /// - Parameter limit: the least number that is written in the format's extension.
    func data(extendingFrom limit: UInt64) -> Data {
        var writer = ZipWriter(limit: limit)
        for member in members { writer.append(member) }
        writer.finish()
        return writer.data
    }
}

private struct ZipWriter {
    private(set) var data = Data()
    private var directory = Data()
    private var count = 0
    private let limit: UInt64

    init(limit: UInt64) { self.limit = limit }

    mutating func append(_ member: ZipArchive.Member) {
        let offset = data.count
        let name = Data(member.name.utf8)
        let sizes = [UInt64(member.size), UInt64(member.bytes.count)]
        // A member's own header has both sizes in the extension, or none.
        let isWide = sizes.contains { $0 >= limit }
        data.append(number: ZipSignature.local)
        appendCommon(member, to: &data, isExtended: isWide)
        for size in sizes.reversed() { data.append(number: isWide ? UInt32.max : UInt32(size)) }
        data.append(number: UInt16(name.count))
        appendNameAndExtra(name, isWide ? sizes : [], extraLengthFirst: true, to: &data)
        data.append(member.bytes)

        let wide = [sizes[0], sizes[1], UInt64(offset)].filter { $0 >= limit }
        directory.append(number: ZipSignature.central)
        directory.append(number: UInt16(wide.isEmpty ? 20 : 45))
        appendCommon(member, to: &directory, isExtended: !wide.isEmpty)
        for size in sizes.reversed() { directory.append(number: size >= limit ? UInt32.max : UInt32(size)) }
        directory.append(number: UInt16(name.count))
        directory.append(number: UInt16(wide.isEmpty ? 0 : 4 + 8 * wide.count))
        directory.append(Data(count: 10))  // No comment, the first disk, no attributes.
        directory.append(number: UInt64(offset) >= limit ? UInt32.max : UInt32(offset))
        appendNameAndExtra(name, wide, extraLengthFirst: false, to: &directory)
        count += 1
    }

    /// From the version that is needed to the checksum.
    private func appendCommon(_ member: ZipArchive.Member, to data: inout Data, isExtended: Bool) {
        data.append(number: UInt16(isExtended ? 45 : 20))
        data.append(number: UInt16(1 << 11))  // The name is UTF-8.
        data.append(number: UInt16(member.isDeflated ? 8 : 0))
        data.append(number: UInt16(0))
        data.append(number: UInt16(1 << 5 | 1))  // 1 January 1980.
        data.append(number: member.checksum)
    }

    private func appendNameAndExtra(_ name: Data, _ wide: [UInt64], extraLengthFirst: Bool, to data: inout Data) {
        if extraLengthFirst { data.append(number: UInt16(wide.isEmpty ? 0 : 4 + 8 * wide.count)) }
        data.append(name)
        guard !wide.isEmpty else { return }
        data.append(number: UInt16(1))
        data.append(number: UInt16(8 * wide.count))
        for number in wide { data.append(number: number) }
    }

    mutating func finish() {
        let start = UInt64(data.count)
        let size = UInt64(directory.count)
        data.append(directory)
        let isWide = start >= limit || size >= limit || count >= min(limit, UInt64(UInt16.max))
        if isWide {
            let place = UInt64(data.count)
            data.append(number: ZipSignature.end64)
            data.append(number: UInt64(44))
            data.append(number: UInt16(45))
            data.append(number: UInt16(45))
            data.append(number: UInt64(0))
            for number in [UInt64(count), UInt64(count), size, start] { data.append(number: number) }
            data.append(number: ZipSignature.locator64)
            data.append(number: UInt32(0))
            data.append(number: place)
            data.append(number: UInt32(1))
        }
        data.append(number: ZipSignature.end)
        data.append(number: UInt32(0))
        for _ in 0..<2 { data.append(number: isWide ? UInt16.max : UInt16(count)) }
        data.append(number: isWide ? UInt32.max : UInt32(size))
        data.append(number: isWide ? UInt32.max : UInt32(start))
        data.append(number: UInt16(0))
    }
}

extension Data {
    /// Appends a number with its lowest byte first.
    mutating func append(number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}
