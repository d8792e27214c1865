/// Makes rows of bytes, which may come block by block: separators and quotation marks are single bytes in UTF-8.
///
/// What it holds are the bytes of a row that has not ended yet, and those of one block.
package struct DelimitedTextParser {
    /// How many bytes there were before the row that came last.
    package private(set) var rowOffset = 0
    /// Whether there was a field in quotation marks, which says that the table has the format.
    package private(set) var hasQuotes = false

    private let separator: UInt8
    private let isQuoting: Bool
    private let formatHint: FormatHint
    private var columnCount: Int?
    /// What says, where a row does not fit, which format the table has; `nil` before the first row.
    private var firstRow: FirstRow?
    private let longest: Int
    private var bytes: [UInt8] = []
    private var position = 0
    /// Where in `bytes` the row begins that is parsed.
    private var rowPosition = 0
    private var line: Int
    /// How many bytes came before `bytes`.
    private var offset: Int
    /// Whether no more bytes will come.
    private var isComplete = false

    /// How many bytes are read at once, unless a row has more.
    static let blockSize = 1 << 16

    private enum FirstRow {
        /// It has one field, which may be several in another format.
        case unseparated(String)
        case other
    }

    /// A parser of the rows of a text, or of what follows a place in it.
    ///
    /// - Parameters:
    ///   - format: How fields are kept apart.
    ///   - origin: Who says that the table is in the format.
    ///   - columns: How many fields each row has; `nil` for as many as the first one, which then all must have.
    ///   - longest: The most bytes that a row may have, its line feed not counted.
    ///   - offset: How many bytes there were before.
    ///   - line: The number of the line that begins there.
    package init(
        _ format: DelimitedText.Format, origin: FormatOrigin = .caller, columns: Int?, longest: Int = .max,
        offset: Int = 0,
        line: Int = 1
    ) {
        (separator, isQuoting) = (format.separator.asciiValue!, format.isQuoted)
        formatHint = FormatHint(format: format, origin: origin)
        columnCount = columns
        firstRow = offset > 0 ? .other : nil
        (self.longest, self.offset, self.line) = (longest, offset, line)
    }

    /// The bytes that come next.
    package mutating func append(_ block: [UInt8]) {
        offset += position
        bytes = position == bytes.count ? block : bytes[position...] + block
        position = 0
    }

    /// Says that no more bytes will come.
    package mutating func finish() { isComplete = true }

    /// The next row that is no empty line; `nil` if the bytes end before it does.
    ///
    /// - Throws: An error with the line of a row that has more or fewer fields or is too long, of a quotation mark that
    ///   is not closed or in the wrong place, or of bytes that are not UTF-8.
    package mutating func next() throws(FileFormatError) -> DelimitedText.Row? {
        while position < bytes.count {
            let start = (position: position, line: line)
            if offset + position == 0, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
            let first = position
            rowPosition = first
            guard let fields = try fields() else {
                (position, line) = start
                return nil
            }
            if fields == [""] { continue }
            let end = position - (bytes[position - 1] == UInt8(ascii: "\n") ? 1 : 0)
            if end - first > longest { throw tooLong(line: start.line) }
            let row = DelimitedText.Row(line: start.line, fields: fields)
            let count = columnCount ?? fields.count
            guard fields.count == count else {
                let hint = self.hint(ofRow: bytes[first..<end], fields, expected: count)
                throw Self.error("expected \(count.counted("field")), found \(fields.count)\(hint)", line: row.line)
            }
            if firstRow == nil {
                // Separators in quotation marks are none.
                let isUnseparated = count == 1 && columnCount == nil && !hasQuotes
                let text = bytes[first..<end]
                firstRow =
                    isUnseparated && FormatHint.isShort(text)
                    ? .unseparated(String(decoding: text, as: UTF8.self)) : .other
            }
            (columnCount, rowOffset) = (count, offset + first)
            return row
        }
        return nil
    }

    /// The next row, with as many bytes read as that takes; `nil` after the last one.
    ///
    /// - Parameter read: Gives the bytes that come next, about as many as it is asked for, and none at the end.
    /// - Throws: As ``next()`` and `read` do. After an error there are no more rows.
    package mutating func next(reading read: (_ count: Int) throws -> [UInt8]) throws -> DelimitedText.Row? {
        do {
            while true {
                if let row = try next() { return row }
                if isComplete { return nil }
                let pending = bytes.count - position
                if pending > longest { throw tooLong(line: line) }
                // A row that goes on is parsed from its beginning, so each time there is twice as much of it, however
                // little comes at once.
                let goal = max(Self.blockSize, pending)
                var block = try read(goal)
                while !block.isEmpty, block.count < pending {
                    let more = try read(goal - block.count)
                    if more.isEmpty { break }
                    block += more
                }
                if block.isEmpty { finish() } else { append(block) }
            }
        } catch {
            (bytes, position, isComplete) = ([], 0, true)
            throw error
        }
    }

    /// What is said of a row with more or fewer fields.
    private func hint(ofRow bytes: ArraySlice<UInt8>, _ fields: [String], expected count: Int) -> String {
        guard FormatHint.isShort(bytes) else { return "" }
        let row = String(decoding: bytes, as: UTF8.self)
        return switch firstRow {
        // Separators in quotation marks are none.
        case nil: fields.count == 1 && !hasQuotes ? formatHint.separator(of: [row], count: count) : ""
        case .unseparated(let first): formatHint.separator(of: [first, row])
        case .other: ""
        }
    }

    /// The fields up to the end of a row, which the end of the text is, too.
    private mutating func fields() throws(FileFormatError) -> [String]? {
        var fields: [String] = []
        while true {
            let isQuoted = isQuoting && position < bytes.count && bytes[position] == UInt8(ascii: "\"")
            if isQuoted { hasQuotes = true }
            guard let field = isQuoted ? try quotedField() : try field() else { return nil }
            fields.append(field)
            if position == bytes.count { return isComplete ? fields : nil }
            let isEnd = bytes[position] == UInt8(ascii: "\n")
            position += 1
            if isEnd {
                line += 1
                return fields
            }
        }
    }

    /// What is said where a quotation mark is misplaced. Before the first separator nothing says yet that the table has
    /// the format.
    ///
    /// - Parameters:
    ///   - byte: What stands beside the mark, where a separator would be in its place.
    ///   - start: Where the field begins.
    private func hint(beside byte: UInt8, inFieldAt start: Int) -> String {
        firstRow == nil && start == rowPosition ? formatHint.separator(byte) : ""
    }

    /// What stands before the next separator or the end of the line.
    private mutating func field() throws(FileFormatError) -> String? {
        let start = position
        let quotationMark = isQuoting ? UInt8(ascii: "\"") : separator
        while position < bytes.count, bytes[position] != separator, bytes[position] != UInt8(ascii: "\n"),
            bytes[position] != quotationMark
        {
            position += 1
        }
        if isQuoting, position < bytes.count, bytes[position] == quotationMark {
            let hint = self.hint(beside: bytes[position - 1], inFieldAt: start)
            throw Self.error("a quotation mark inside a field that does not begin with one\(hint)", line: line)
        }
        // A character may go on in the next block.
        if position == bytes.count, !isComplete { return nil }
        let endsLine = position == bytes.count || bytes[position] == UInt8(ascii: "\n")
        let hasReturn = endsLine && position > start && bytes[position - 1] == UInt8(ascii: "\r")
        return try Self.text(bytes[start..<position - (hasReturn ? 1 : 0)], line: line)
    }

    private mutating func quotedField() throws(FileFormatError) -> String? {
        let (first, start) = (line, position)
        var content: [UInt8] = []
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte != UInt8(ascii: "\"") {
                if byte == UInt8(ascii: "\n") { line += 1 }
                content.append(byte)
            } else if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
                content.append(byte)
                position += 1
            } else {
                try skipToSeparator(ofFieldAt: start)
                // What comes may be another quotation mark, or what must not stand behind this one.
                if position == bytes.count, !isComplete { return nil }
                return try Self.text(content[...], line: first)
            }
        }
        if isComplete { throw Self.error("a quotation mark that is never closed", line: first) }
        return nil
    }

    private mutating func skipToSeparator(ofFieldAt start: Int) throws(FileFormatError) {
        if position < bytes.count, bytes[position] == UInt8(ascii: "\r") { position += 1 }
        guard position == bytes.count || bytes[position] == separator || bytes[position] == UInt8(ascii: "\n") else {
            let hint = self.hint(beside: bytes[position], inFieldAt: start)
            throw Self.error("text behind the closing quotation mark of a field\(hint)", line: line)
        }
    }

    // Static, since each call would copy the parser.
    private static func text(_ bytes: ArraySlice<UInt8>, line: Int) throws(FileFormatError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Self.error("it is not UTF-8 text", line: line)
        }
        return text
    }

    private func tooLong(line: Int) -> FileFormatError {
        Self.error("a row that is longer than \(longest.counted("byte"))", line: line)
    }

    private static func error(_ reason: String, line: Int) -> FileFormatError {
        FileFormatError(place: "line \(line)", reason: reason)
    }
}
