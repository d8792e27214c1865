import TapestryFiles

/// The column of numbers in a file of comma-separated values with a header (or separated by tabs or semicolons) that a
/// program's `--column` names, or the last one.
public struct SeriesColumn: Sendable, CustomStringConvertible {
    /// The whole table.
    public let table: DelimitedText
    /// What the header calls the column.
    public let name: String
    /// The numbers, one for each row.
    public let values: [Double]

    /// Reads a column.
    ///
    /// - Parameters:
    ///   - name: The column; empty for the last one that is not `other`.
    ///   - other: A column that is no series, such as that of labels.
    /// - Throws: What `DelimitedText` throws for the file, a missing column, and a field that is no number.
    public init(contentsOf path: String, named name: String, otherThan other: String = "") throws {
        table = try DelimitedText(recognizingContentsOf: path, hasHeader: true)
        if let header = table.header, header.allSatisfy({ Double($0) != nil }) {
            throw FileFormatError(
                path: path, place: "line 1", reason: "expected the names of the columns, found numbers alone")
        }
        guard let column = name.isEmpty ? table.header?.last(where: { $0 != other }) : name else {
            throw FileFormatError(path: path, reason: "it has no column beside \(other.quoted)")
        }
        self.name = column
        values = try table.numbers(in: column, asTheLast: name.isEmpty)
    }

    /// Which column of which file: `column "Sunspots" of "monthly-sunspots.csv"`.
    public var description: String { "column \(name.quoted) of \(table.path?.quoted ?? "a text")" }
}

extension DelimitedText {
    /// The fields of a column as numbers.
    ///
    /// - Parameter isLast: Whether the column was chosen for standing last, and a mistake says how to name another.
    fileprivate func numbers(in column: String, asTheLast isLast: Bool) throws(FileFormatError) -> [Double] {
        do throws(FileFormatError) {
            return try numbers(in: column)
        } catch {
            if !isLast { throw error }
            let reason = "\(error.reason) (no --column names another one)"
            throw FileFormatError(path: error.path, place: error.place, reason: reason)
        }
    }
}
