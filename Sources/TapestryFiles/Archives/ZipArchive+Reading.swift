import Foundation

extension ZipArchive {
    /// Whether bytes begin as an archive does, an empty one included.
    static func begins(_ data: Data) -> Bool {
        data.starts(with: [0x50, 0x4B, 3, 4]) || data.starts(with: [0x50, 0x4B, 5, 6])
    }

    /// Reads the bytes of a file. Those of members stay where they are.
    ///
    /// - Throws: A ``FileFormatError`` if a record is not where it should be, if two members overlap or have one name,
    ///   or if it uses what arrays are never stored with: encryption, several disks, other compressions.
    init(_ data: Data) throws(FileFormatError) {
        let directory = try Directory(of: data)
        var fields = ByteFields(data, at: directory.start, "central directory")
        var members: [Member] = []
        var names: Set<String> = []
        var ranges: [(range: Range<Int>, name: String)] = []
        while fields.position < directory.end {
            let entry = try Entry(&fields)
            guard names.insert(entry.name).inserted else { throw entry.error("it stands there twice") }
            let (range, bytes) = try entry.content(in: data, before: directory.start)
            ranges.append((range, entry.name))
            members.append(
                Member(
                    name: entry.name, isDeflated: entry.method == 8, checksum: entry.checksum, size: entry.size,
                    bytes: bytes))
        }
        guard fields.position == directory.end, members.count == directory.count else {
            throw FileFormatError(
                place: "central directory",
                reason: "it has \(members.count.counted("entry", plural: "entries")), not \(directory.count)")
        }
        ranges.sort { $0.range.lowerBound < $1.range.lowerBound }
        for (last, next) in zip(ranges, ranges.dropFirst()) where next.range.lowerBound < last.range.upperBound {
            throw FileFormatError(
                place: "member \(next.name.quotedBriefly)",
                reason: "its bytes overlap with those of \(last.name.quotedBriefly)")
        }
        self.members = members
    }

    /// The list of members at the end of a file.
    private struct Directory {
        var start: Int
        var end: Int
        var count: Int

        init(of data: Data) throws(FileFormatError) {
            guard let position = Directory.endRecord(of: data) else {
                throw FileFormatError(
                    reason: ZipArchive.begins(data)
                        ? "it has no end of a ZIP archive" : "it is not a ZIP archive, \(ForeignFormat.looks(data))")
            }
            var fields = ByteFields(data, at: position + 4, "end of the archive")
            guard try fields.number(UInt32.self) == 0 else { throw Directory.severalDisks }
            let (here, all) = (try fields.number(UInt16.self), try fields.number(UInt16.self))
            let (size, offset) = (try fields.number(UInt32.self), try fields.number(UInt32.self))
            guard here == all else { throw Directory.severalDisks }
            (start, end, count) = (Int(offset), position, Int(all))
            var byteCount = Int(size)
            if all == .max || size == .max || offset == .max {
                var record = try Directory.record64(of: data, before: position)
                guard let count = Int(exactly: try record.number(UInt64.self)),
                    let size = Int(exactly: try record.number(UInt64.self)),
                    let offset = Int(exactly: try record.number(UInt64.self))
                else { throw Directory.misplaced }
                (start, byteCount, self.count) = (offset, size, count)
                end = record.position - 56
            }
            guard start <= end, byteCount == end - start else { throw Directory.misplaced }
        }

        private static let severalDisks = FileFormatError(
            place: "end of the archive", reason: "the archive is one of several disks")
        private static let misplaced = FileFormatError(
            place: "end of the archive", reason: "the central directory is not where it should be")

        /// Where the last record is, which only a comment of at most 65535 bytes may follow.
        private static func endRecord(of data: Data) -> Int? {
            let last = data.count - 22
            guard last >= 0 else { return nil }
            for position in stride(from: last, through: max(0, last - 65_535), by: -1) {
                let record = data.dropFirst(position)
                guard record.starts(with: [0x50, 0x4B, 5, 6]) else { continue }
                let lengths = Array(record.dropFirst(20).prefix(2))
                if Int(lengths[0]) | Int(lengths[1]) << 8 == last - position { return position }
            }
            return nil
        }

        /// The extended record, from its number of members on.
        private static func record64(of data: Data, before end: Int) throws(FileFormatError) -> ByteFields {
            var locator = ByteFields(data, at: end - 20, "extended end of the archive")
            guard try locator.number(UInt32.self) == ZipSignature.locator64 else { throw misplaced }
            guard try locator.number(UInt32.self) == 0 else { throw severalDisks }
            let place = try locator.number(UInt64.self)
            // The record that is known is 56 bytes long and lies before its locator.
            guard place == UInt64(clamping: end - 20 - 56) else { throw misplaced }
            var record = ByteFields(data, at: Int(place), "extended end of the archive")
            guard try record.number(UInt32.self) == ZipSignature.end64, try record.number(UInt64.self) == 44 else {
                throw misplaced
            }
            _ = try record.number(UInt32.self)  // Versions.
            guard try record.number(UInt64.self) == 0 else { throw severalDisks }
            let here = try record.number(UInt64.self)
            var rest = record
            guard try rest.number(UInt64.self) == here else { throw severalDisks }
            return record
        }
    }
}

/// What the central directory says about a member.
private struct Entry {
    let name: String
    let method: UInt16
    let checksum: UInt32
    let size: Int
    private let flags: UInt16
    private let storedSize: Int
    private let offset: Int
    private let nameBytes: Data

    init(_ fields: inout ByteFields) throws(FileFormatError) {
        guard try fields.number(UInt32.self) == ZipSignature.central else {
            throw FileFormatError(place: "central directory", reason: "what stands there is no entry of a member")
        }
        _ = try fields.number(UInt32.self)  // Versions.
        flags = try fields.number()
        method = try fields.number()
        _ = try fields.number(UInt32.self)  // Time and date.
        checksum = try fields.number()
        let (shortStored, shortSize) = (try fields.number(UInt32.self), try fields.number(UInt32.self))
        let lengths = (try fields.number(UInt16.self), try fields.number(UInt16.self), try fields.number(UInt16.self))
        let disk = try fields.number(UInt16.self)
        _ = try fields.bytes(6)  // Attributes.
        let shortOffset = try fields.number(UInt32.self)
        nameBytes = try fields.bytes(Int(lengths.0))
        guard let name = String(validating: nameBytes, as: UTF8.self) else {
            throw FileFormatError(place: "central directory", reason: "a name that is not UTF-8")
        }
        self.name = name
        var extra = ByteFields(try fields.bytes(Int(lengths.1)), at: 0, "member \(name.quotedBriefly), extra field")
        _ = try fields.bytes(Int(lengths.2))
        let wide = try Entry.wideNumbers(&extra, length: Int(lengths.1)) {
            [shortSize, shortStored, shortOffset].filter { $0 == .max }.count
        }
        var next = wide.makeIterator()
        func number(_ short: UInt32) throws(FileFormatError) -> Int {
            if short != .max { return Int(short) }
            guard let wide = next.next(), let number = Int(exactly: wide) else {
                throw FileFormatError(place: "member \(name.quotedBriefly)", reason: "it has no size or place")
            }
            return number
        }
        size = try number(shortSize)
        storedSize = try number(shortStored)
        offset = try number(shortOffset)
        guard flags & 0x2041 == 0 else { throw error("it is encrypted") }
        guard method == 0 || method == 8 else {
            throw error("it is compressed in a way (\(method)) that is not supported")
        }
        guard disk == 0 else { throw error("it is on another disk") }
        guard method == 8 || size == storedSize else {
            throw error("it has \(storedSize.counted("stored byte")), not \(size)")
        }
    }

    func error(_ reason: String) -> FileFormatError {
        FileFormatError(place: "member \(name.quotedBriefly)", reason: reason)
    }

    /// The numbers of 64 bits that stand in an extra field for those that do not fit 32.
    private static func wideNumbers(
        _ extra: inout ByteFields, length: Int, _ count: () -> Int
    ) throws(FileFormatError) -> [UInt64] {
        // Some writers pad what is left with a few bytes that are no field.
        while extra.position + 4 <= length {
            let (kind, size) = (try extra.number(UInt16.self), Int(try extra.number(UInt16.self)))
            guard kind == 1 else {
                _ = try extra.bytes(size)
                continue
            }
            var numbers: [UInt64] = []
            for _ in 0..<min(count(), size / 8) { numbers.append(try extra.number()) }
            return numbers
        }
        return []
    }

    /// The member's own header, which repeats its name, and its bytes behind it.
    func content(in data: Data, before end: Int) throws(FileFormatError) -> (range: Range<Int>, bytes: Data) {
        guard offset <= end else { throw error("it begins behind the central directory") }
        var fields = ByteFields(data, at: offset, "member \(name.quotedBriefly)")
        guard try fields.number(UInt32.self) == ZipSignature.local else {
            throw error("there is no member at its place")
        }
        _ = try fields.number(UInt16.self)
        guard try fields.number(UInt16.self) == flags, try fields.number(UInt16.self) == method else {
            throw error("its own header differs from the central directory")
        }
        _ = try fields.bytes(16)  // Time, check and sizes, which may stand behind the content instead.
        let lengths = (try fields.number(UInt16.self), try fields.number(UInt16.self))
        guard try fields.bytes(Int(lengths.0)) == nameBytes else {
            throw error("its own header differs from the central directory")
        }
        _ = try fields.bytes(Int(lengths.1))
        guard fields.position <= end, storedSize <= end - fields.position else {
            throw error(
                "what it has, \(storedSize.counted("byte")), reaches behind the beginning of the central directory")
        }
        let bytes = try fields.bytes(storedSize)
        return (offset..<fields.position, bytes)
    }
}

extension ZipArchive.Member {
    /// The content of the member.
    ///
    /// - Throws: A ``FileFormatError`` with the member as its place, if the compressed bytes are broken, or the check
    ///   differs.
    func content() throws(FileFormatError) -> Data {
        func error(_ reason: String) -> FileFormatError {
            FileFormatError(place: "member \(name.quotedBriefly)", reason: reason)
        }
        var content = bytes
        if isDeflated {
            // Division, since the product may be beyond counting.
            guard size / Inflate.greatestRatio <= bytes.count else {
                throw error("\(bytes.count.counted("compressed byte")) cannot stand for \(size)")
            }
            do throws(FileFormatError) {
                content = try Inflate.bytes(of: bytes, count: size)
            } catch let fault {
                throw error("compressed \(fault.place ?? ""): \(fault.reason)")
            }
        }
        guard CRC32.checksum(content) == checksum else {
            throw error("its content does not have the checksum of the file")
        }
        return content
    }
}
