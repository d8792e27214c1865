import TapestryFiles

/// The column of numbers in a file of comma-separated values with a header (or separated by tabs or semicolons) that a
/// program's `--column` names, or the last one.
public struct SeriesColumn: Sendable, CustomStringConvertible {
    /// The whole table.
    public let table: DelimitedText
    /// What the header calls the column.
    public let name: String
    /// What the header calls the column of labels; `nil` if there is none.
    public let labels: String?
    /// The numbers, one for each row.
    public let values: [Double]

    /// Reads a column.
    ///
    /// - Parameters:
    ///   - name: The column; empty for the last one that is not `labels`.
    ///   - labels: A column that is no series, but says what is known of it; empty for none.
    ///   - labelOption: The option that names that column, if the program has one.
    ///   - needsLabels: Whether a table without that column is refused.
    ///   - reason: Why the column is read, if the command line does not say so: it ends the errors about it.
    /// - Throws: What `DelimitedText` throws for the file, a missing column, `labels` included if they are needed, and
    ///   a field that is no number; and a `FileFormatError` for a last column that looks like labels beside other
    ///   numbers: it holds only 0 and 1, or its header says so.
    public init(
        contentsOf path: String, named name: String, labels: String = "", labelOption: String? = nil,
        needsLabels: Bool = true, because reason: String? = nil
    ) throws {
        table = try DelimitedText(recognizingContentsOf: path, hasHeader: true)
        if let header = table.header, header.allSatisfy({ Double($0) != nil }) {
            throw FileFormatError(
                path: path, place: "line 1", reason: "expected the names of the columns, found numbers alone")
        }
        // A mistyped name would leave the labels for the series.
        if !labels.isEmpty, needsLabels { _ = try table.texts(in: labels) }
        self.labels = labels.isEmpty || table.header?.contains(labels) == false ? nil : labels
        guard let column = name.isEmpty ? table.header?.last(where: { $0 != labels }) : name else {
            throw FileFormatError(path: path, reason: "it has no column beside \(labels.quoted)")
        }
        self.name = column
        values = try table.numbers(in: column, because: name.isEmpty ? "no --column names another one" : reason)
        let others = table.header?.filter { ![column, labels].contains($0) } ?? []
        guard name.isEmpty, table.looksLikeLabels(values, in: column), others.contains(where: table.hasNumbers(in:))
        else {
            return
        }
        let options = ["--column for the series", labelOption.map { "\($0) for labels" }].compactMap(\.self)
        throw FileFormatError(
            path: path, place: column,
            reason: "the last column looks like labels, beside other numbers: give \(options.joined(separator: ", "))")
    }

    /// Which column of which file: `column "Sunspots" of "monthly-sunspots.csv"`.
    public var description: String { "column \(name.quoted) of \(table.path?.quoted ?? "a text")" }
}

extension DelimitedText {
    /// Whether a column is called what columns of labels are, or has nothing but 0 and 1 in it.
    fileprivate func looksLikeLabels(_ values: [Double], in column: String) -> Bool {
        let names: Set = ["label", "labels", "anomaly", "anomalies", "outlier", "outliers"]
        let name = column.lowercased()
        return names.contains(name.hasPrefix("is_") ? String(name.dropFirst(3)) : name)
            || values.allSatisfy { $0 == 0 || $0 == 1 }
    }

    fileprivate func hasNumbers(in column: String) -> Bool { (try? numbers(in: column)) != nil }

    /// The fields of a column as numbers.
    ///
    /// - Parameter choice: Why the column is read, if the command line does not say so: a mistake says how to name
    ///   another.
    fileprivate func numbers(in column: String, because choice: String?) throws(FileFormatError) -> [Double] {
        do throws(FileFormatError) {
            return try numbers(in: column)
        } catch {
            guard let choice else { throw error }
            throw FileFormatError(path: error.path, place: error.place, reason: "\(error.reason) (\(choice))")
        }
    }
}
