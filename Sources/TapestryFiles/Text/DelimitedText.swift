import Foundation

/// Rows of fields: comma-separated values (RFC 4180), tab-separated values, and the like.
///
/// ```swift
/// let table = try DelimitedText(contentsOf: "passengers.csv", hasHeader: true)
/// let passengers: [Double] = try table.numbers(in: "Passengers")
/// ```
public struct DelimitedText: Sendable, Equatable {
    /// How fields are kept apart.
    public enum Format: Sendable {
        /// Commas between fields; a field in quotation marks may have commas, line breaks and (doubled) quotation marks.
        case commas
        /// Tabs between fields, and no quoting: a quotation mark is one.
        case tabs
    }

    /// One row.
    public struct Row: Sendable, Equatable {
        /// The number of the line that it begins on, from 1.
        public let line: Int
        /// What stands between the separators, without the quotation marks around a field.
        public let fields: [String]
    }

    /// The file that it was read from, for messages.
    public let path: String?
    /// The names of the columns, if the first row has them.
    public let header: [String]?
    /// The rows, without the header and without empty lines.
    public let rows: [Row]

    /// Reads a file. A byte-order mark is passed over; lines end with a line feed, with or without a carriage return.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - format: How fields are kept apart.
    ///   - hasHeader: Whether the first row names the columns.
    ///   - columns: How many fields each row has; `nil` for as many as the first one, which then all must have.
    /// - Throws: A ``TextFileError`` if it can't be read, a ``FileFormatError`` with the line of a row that has more or
    ///   fewer fields, or of a quotation mark that is not closed or in the wrong place.
    public init(
        contentsOf path: String, format: Format = .commas, hasHeader: Bool = false, columns: Int? = nil
    ) throws {
        do {
            try self.init(
                TextFile.read(path), format: format, hasHeader: hasHeader, columns: columns, path: path)
        } catch let error as FileFormatError {
            throw error.inFile(path)
        }
    }

    /// Reads a text, as ``init(contentsOf:format:hasHeader:columns:)`` reads a file.
    public init(
        _ text: String, format: Format = .commas, hasHeader: Bool = false, columns: Int? = nil, path: String? = nil
    ) throws(FileFormatError) {
        var parser = DelimitedTextParser(text, format)
        var rows = try parser.rows()
        guard let first = rows.first else { throw FileFormatError(reason: "it has no rows") }
        let count = columns ?? first.fields.count
        if let row = rows.first(where: { $0.fields.count != count }) {
            throw FileFormatError(
                place: "line \(row.line)", reason: "expected \(count) fields, found \(row.fields.count)")
        }
        header = hasHeader ? rows.removeFirst().fields : nil
        self.rows = rows
        self.path = path
    }

    /// The fields of a column.
    ///
    /// - Throws: A ``FileFormatError`` if the header does not have the name.
    public func texts(in column: String) throws(FileFormatError) -> [String] {
        let index = try index(of: column)
        return rows.map { $0.fields[index] }
    }

    /// The fields of a column as finite numbers, white space around them aside.
    ///
    /// - Throws: A ``FileFormatError`` with the line of a field that is none, or if the header does not have the name.
    public func numbers(in column: String) throws(FileFormatError) -> [Double] {
        let index = try index(of: column)
        var numbers: [Double] = []
        for row in rows {
            let text = row.fields[index]
            guard let number = Double(text.trimmingCharacters(in: .whitespaces)), number.isFinite else {
                throw error(row, "\(column): expected a finite number, found \(text.quoted)")
            }
            numbers.append(number)
        }
        return numbers
    }

    /// An error with the line of a row, for what a reader of the rows finds wrong.
    public func error(_ row: Row, _ reason: String) -> FileFormatError {
        FileFormatError(path: path, place: "line \(row.line)", reason: reason)
    }

    private func index(of column: String) throws(FileFormatError) -> Int {
        if let index = header?.firstIndex(of: column) { return index }
        let columns = header.map { $0.map(\.quoted).joined(separator: ", ") } ?? "no names"
        throw FileFormatError(path: path, reason: "there is no column \(column.quoted), the header has \(columns)")
    }
}

/// Goes through the bytes of a text: separators and quotation marks are single bytes in UTF-8.
private struct DelimitedTextParser {
    private let bytes: [UInt8]
    private let separator: UInt8
    private let isQuoting: Bool
    private var position = 0
    private var line = 1

    init(_ text: String, _ format: DelimitedText.Format) {
        let content = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        bytes = Array(content.utf8)
        separator = UInt8(ascii: format == .commas ? "," : "\t")
        isQuoting = format == .commas
    }

    mutating func rows() throws(FileFormatError) -> [DelimitedText.Row] {
        var rows: [DelimitedText.Row] = []
        while position < bytes.count {
            let row = try row()
            if row.fields != [""] { rows.append(row) }
        }
        return rows
    }

    private mutating func row() throws(FileFormatError) -> DelimitedText.Row {
        let first = line
        var fields: [String] = []
        while true {
            let isQuoted = isQuoting && position < bytes.count && bytes[position] == UInt8(ascii: "\"")
            fields.append(isQuoted ? try quotedField() : try field())
            guard position < bytes.count else { break }
            let isEnd = bytes[position] == UInt8(ascii: "\n")
            position += 1
            if isEnd {
                line += 1
                break
            }
        }
        return DelimitedText.Row(line: first, fields: fields)
    }

    /// What stands before the next separator or the end of the line.
    private mutating func field() throws(FileFormatError) -> String {
        let start = position
        while position < bytes.count, bytes[position] != separator, bytes[position] != UInt8(ascii: "\n") {
            if isQuoting, bytes[position] == UInt8(ascii: "\"") {
                throw error("a quotation mark inside a field that does not begin with one")
            }
            position += 1
        }
        return text(start, endsLine: position == bytes.count || bytes[position] == UInt8(ascii: "\n"))
    }

    private func text(_ start: Int, endsLine: Bool) -> String {
        let hasReturn = endsLine && position > start && bytes[position - 1] == UInt8(ascii: "\r")
        return String(decoding: bytes[start..<position - (hasReturn ? 1 : 0)], as: UTF8.self)
    }

    private mutating func quotedField() throws(FileFormatError) -> String {
        let first = line
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
                try skipToSeparator()
                return String(decoding: content, as: UTF8.self)
            }
        }
        throw FileFormatError(place: "line \(first)", reason: "a quotation mark that is never closed")
    }

    private mutating func skipToSeparator() throws(FileFormatError) {
        if position < bytes.count, bytes[position] == UInt8(ascii: "\r") { position += 1 }
        guard position == bytes.count || bytes[position] == separator || bytes[position] == UInt8(ascii: "\n") else {
            throw error("text behind the closing quotation mark of a field")
        }
    }

    private func error(_ reason: String) -> FileFormatError { FileFormatError(place: "line \(line)", reason: reason) }
}
