import Foundation

/// Rows of fields: comma-separated values (RFC 4180), tab-separated values, semicolon-separated ones, and the like.
///
/// ```swift
/// let table = try DelimitedText(contentsOf: "passengers.csv", hasHeader: true)
/// let passengers: [Double] = try table.numbers(in: "Passengers")
/// ```
///
/// A ``DelimitedTextReader`` reads a file that is too large for that part by part. An error about a table that seems to
/// be in another format than it is read with says so, and what to write instead.
public struct DelimitedText: Sendable, Equatable {
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
    /// How fields are kept apart, and numbers are written.
    public let format: Format
    /// Who says that the table is in the format.
    private let origin: FormatOrigin
    /// Whether a field of the table is known to have been in quotation marks.
    let hasQuotes: Bool

    /// Reads a file. A byte-order mark is passed over; lines end with a line feed, with or without a carriage return.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - format: How fields are kept apart.
    ///   - hasHeader: Whether the first row names the columns.
    ///   - columns: How many fields each row has; `nil` for as many as the first one, which then all must have.
    /// - Throws: A ``TextFileError`` if it can't be read or is larger than 256 MiB, a ``FileFormatError`` with the line
    ///   of a row that has more or fewer fields, or of a quotation mark that is not closed or in the wrong place.
    public init(
        contentsOf path: String, format: Format = .commas, hasHeader: Bool = false, columns: Int? = nil
    ) throws {
        try self.init(contentsOf: path, format: format, origin: .caller, hasHeader: hasHeader, columns: columns)
    }

    package init(
        contentsOf path: String, format: Format, origin: FormatOrigin, hasHeader: Bool = false, columns: Int? = nil
    ) throws {
        do {
            try self.init(
                TextFile.read(path), format: format, origin: origin, hasHeader: hasHeader, columns: columns,
                path: path)
        } catch let error as FileFormatError {
            throw error.inFile(path)
        }
    }

    /// Reads a text, as ``init(contentsOf:format:hasHeader:columns:)`` reads a file.
    public init(
        _ text: String, format: Format = .commas, hasHeader: Bool = false, columns: Int? = nil, path: String? = nil
    ) throws(FileFormatError) {
        try self.init(
            text, format: format, origin: .caller, hasHeader: hasHeader, columns: columns, path: path)
    }

    init(
        _ text: String, format: Format, origin: FormatOrigin, hasHeader: Bool, columns: Int? = nil, path: String?
    ) throws(FileFormatError) {
        var parser = DelimitedTextParser(format, origin: origin, columns: columns)
        parser.append(Array(text.utf8))
        parser.finish()
        var rows: [Row] = []
        while let row = try parser.next() { rows.append(row) }
        guard !rows.isEmpty else { throw .noRows }
        header = hasHeader ? rows.removeFirst().fields : nil
        (self.rows, self.path, self.format, self.origin) = (rows, path, format, origin)
        hasQuotes = parser.hasQuotes
    }

    /// Some rows of a file, with its header.
    ///
    /// - Parameter hasQuotes: Whether a field of the file is known to be in quotation marks.
    package init(
        header: [String]?, rows: [Row], format: Format, origin: FormatOrigin = .caller, hasQuotes: Bool, path: String?
    ) {
        (self.header, self.rows, self.format, self.path) = (header, rows, format, path)
        (self.origin, self.hasQuotes) = (origin, hasQuotes)
    }

    /// Whether header, rows, format and path are the same.
    public static func == (left: DelimitedText, right: DelimitedText) -> Bool {
        left.header == right.header && left.rows == right.rows && left.format == right.format
            && left.path == right.path
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
            guard let number = format.number(text), number.isFinite else {
                let hint = numberHint(text)
                throw error(row, "\(column): expected \(format.numberName), found \(text.quotedBriefly)\(hint)")
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
        let columns = header?.briefList ?? "no names"
        let hint = onlyName.map { self.hint.separator(ofHeader: $0, with: column) } ?? ""
        throw FileFormatError(
            path: path, reason: "there is no column \(column.quoted), the header has \(columns)\(hint)")
    }

    private var hint: FormatHint { FormatHint(format: format, origin: origin) }
    /// The header, if it has one name which may be several in another format. It may not where there are quotation
    /// marks: separators between them are none, and where a row is one field in them, no other format has more fields.
    private var onlyName: String? { header?.count == 1 && !hasQuotes ? header![0] : nil }

    /// What is said of a field that is no number.
    func numberHint(_ field: String) -> String {
        // A row of another format can look like a number, too.
        let separator = onlyName.map { hint.separator(of: [$0, field]) } ?? ""
        return separator.isEmpty ? hint.decimalMark(of: field) : separator
    }
}
