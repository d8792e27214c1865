import Foundation
import TapestryFiles

/// The rows of a table in a file as a data set, in any order and as often as is wanted. The file is mapped, not read:
/// what is in memory are the places of its rows, sixteen bytes each, and what the system keeps of the file.
///
/// ```swift
/// let rows = try DelimitedRows(contentsOf: "clicks.csv", hasHeader: true)
/// let loader = DataLoader(rows, batchSize: 256, order: .shuffled(seed: 1)) { batch in
///     try Tensor<Float>(rows.table(of: batch).numbers(in: "price").map { Float($0) })
/// }
/// ```
///
/// The format, the types and the errors are those of `DelimitedText`. A `DelimitedTextReader` goes over the rows once,
/// and over what is no file on disk.
public struct DelimitedRows: Dataset, Sendable {
    /// The file.
    public let path: String
    /// The names of the columns, if the first row has them.
    public let header: [String]?
    private let format: DelimitedText.Format
    private let data: Data
    private let places: [Place]
    private let columnCount: Int?
    private let hasQuotes: Bool

    private struct Place {
        let offset: Int
        let line: Int
    }

    /// Maps a file, goes through it, and finds its rows.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - format: How fields are kept apart.
    ///   - hasHeader: Whether the first row names the columns.
    ///   - columns: How many fields each row has; `nil` for as many as the first one, which then all must have.
    ///   - longest: The most bytes that a row may have, its line feed not counted.
    /// - Throws: A ``TextFileError`` if it can't be read, a ``FileFormatError`` if it has no rows, with the line of a
    ///   row that has more or fewer fields, is too long or not UTF-8, or of a quotation mark that is not closed or in
    ///   the wrong place.
    public init(
        contentsOf path: String, format: DelimitedText.Format = .commas, hasHeader: Bool = false, columns: Int? = nil,
        longest: Int = 16 << 20
    ) throws {
        let data = try MappedFile.contents(of: path)
        if data.isEmpty { throw TextFileError(path: path, reason: .empty) }
        var parser = DelimitedTextParser(format, columns: columns, longest: longest)
        var position = 0
        var header: [String]?
        var places: [Place] = []
        var columnCount = columns
        do {
            while let row = try parser.next(reading: { count in
                let block = data[position..<min(position + count, data.count)]
                position = block.endIndex
                return Array(block)
            }) {
                columnCount = row.fields.count
                if hasHeader, header == nil {
                    header = row.fields
                } else {
                    places.append(Place(offset: parser.rowOffset, line: row.line))
                }
            }
            if places.isEmpty, header == nil { throw FileFormatError.noRows }
        } catch let error as FileFormatError {
            throw error.inFile(path)
        }
        (self.path, self.format, self.data) = (path, format, data)
        (self.header, self.places, self.columnCount) = (header, places, columnCount)
        hasQuotes = parser.hasQuotes
    }

    /// The number of rows, without the header and without empty lines.
    public var count: Int { places.count }

    /// A row. A file that has become shorter in the meantime ends the program, as every mapped one does.
    ///
    /// - Throws: A ``FileFormatError`` if the file was written to and the row is no longer there, or no longer a row of
    ///   as many fields.
    public func example(at index: Int) throws(FileFormatError) -> DelimitedText.Row {
        let place = places[index]
        let end = index + 1 < places.count ? places[index + 1].offset : data.count
        var parser = DelimitedTextParser(format, columns: columnCount, offset: place.offset, line: place.line)
        parser.append(Array(data[place.offset..<end]))
        parser.finish()
        do throws(FileFormatError) {
            if let row = try parser.next() { return row }
        } catch {
            throw error.inFile(path)
        }
        throw FileFormatError(path: path, place: "line \(place.line)", reason: "the row is no longer there")
    }

    /// Rows, those of a batch say, as a table with the file's header, whose columns can be read as numbers, truth
    /// values and classes.
    public func table(of rows: [DelimitedText.Row]) -> DelimitedText {
        DelimitedText(header: header, rows: rows, format: format, hasQuotes: hasQuotes, path: path)
    }
}
