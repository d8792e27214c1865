import TapestryAutograd

/// Reads rows of fields one after the other, however large the file is: what is in memory are the row, or the rows that
/// are asked for together, and a block of the file.
///
/// ```swift
/// var reader = try DelimitedTextReader("clicks.csv", hasHeader: true)
/// while let table = try reader.nextTable(rows: 1000) {
///     let prices = try table.numbers(in: "price")
/// }
/// ```
///
/// The format, the types and the errors are those of ``DelimitedText``.
public struct DelimitedTextReader: ~Copyable {
    /// The names of the columns, if the first row has them.
    public let header: [String]?
    private let format: DelimitedText.Format
    private let origin: FormatOrigin
    private let source: RowSource

    /// The file.
    public var path: String { source.path }

    /// Opens a file, or anything else that can be read to an end, and reads its first row. A byte-order mark is passed
    /// over.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - format: How fields are kept apart.
    ///   - hasHeader: Whether the first row names the columns.
    ///   - columns: How many fields each row has; `nil` for as many as the first one, which then all must have.
    ///   - longest: The most bytes that a row may have, its line feed not counted. A field whose quotation marks are
    ///     not closed goes on to the end of the file, so this is what bounds the memory.
    /// - Throws: A ``TextFileError`` if there is no such file, or it is a directory, empty or cannot be read, a
    ///   ``FileFormatError`` if it has no rows, and for the first row what ``next()`` throws.
    public init(
        _ path: String, format: DelimitedText.Format = .commas, hasHeader: Bool = false, columns: Int? = nil,
        longest: Int = 16 << 20
    ) throws {
        try self.init(
            path, format: format, origin: .caller, hasHeader: hasHeader, columns: columns, longest: longest)
    }

    /// Opens a file whose format may have been told by what is in it and by its name.
    package init(
        _ path: String, format: DelimitedText.Format, origin: FormatOrigin, hasHeader: Bool = false,
        columns: Int? = nil,
        longest: Int
    ) throws {
        let parser = DelimitedTextParser(format, origin: origin, columns: columns, longest: longest)
        let source = try RowSource(BlockReader(path), parser)
        header = hasHeader ? try source.next()?.fields : nil
        (self.format, self.origin, self.source) = (format, origin, source)
    }

    /// The next row; `nil` after the last one, and after an error. Empty lines are passed over.
    ///
    /// - Throws: A ``TextFileError`` if the file cannot be read on, a ``FileFormatError`` with the line of a row that
    ///   has more or fewer fields, is too long or not UTF-8, or of a quotation mark that is not closed or in the wrong
    ///   place.
    public mutating func next() throws -> DelimitedText.Row? {
        try source.next()
    }

    /// The next rows as a table with the file's header, whose columns can be read as numbers, truth values and classes;
    /// `nil` after the last row.
    ///
    /// - Parameter count: How many rows the table has; the last one may have fewer. Traps unless it is positive.
    /// - Throws: As ``next()`` does.
    public mutating func nextTable(rows count: Int) throws -> DelimitedText? {
        if count < 1 { trap("DelimitedTextReader", "a table of \(count) rows, expected at least 1") }
        var rows: [DelimitedText.Row] = []
        while rows.count < count, let row = try next() { rows.append(row) }
        if rows.isEmpty { return nil }
        return DelimitedText(
            header: header, rows: rows, format: format, origin: origin, hasQuotes: source.hasQuotes, path: path)
    }
}

/// The rows of a file, of which the first one is read ahead, since it says that there are any.
private final class RowSource {
    let path: String
    private var blocks: BlockReader
    private var parser: DelimitedTextParser
    private var first: DelimitedText.Row?

    /// Whether there was a field in quotation marks so far.
    var hasQuotes: Bool { parser.hasQuotes }

    init(_ blocks: consuming BlockReader, _ parser: DelimitedTextParser) throws {
        path = blocks.path
        self.blocks = blocks
        self.parser = parser
        let block = try self.blocks.next()
        if block.isEmpty { throw TextFileError(path: path, reason: .empty) }
        self.parser.append(block)
        first = try nextOfFile()
        if first == nil { throw FileFormatError.noRows.inFile(path) }
    }

    func next() throws -> DelimitedText.Row? {
        if let row = first.take() { return row }
        return try nextOfFile()
    }

    private func nextOfFile() throws -> DelimitedText.Row? {
        do {
            return try parser.next { try blocks.next($0) }
        } catch let error as FileFormatError {
            throw error.inFile(path)
        }
    }
}

extension FileFormatError {
    /// Of a table without a row.
    package static var noRows: FileFormatError { FileFormatError(reason: "it has no rows") }
}
