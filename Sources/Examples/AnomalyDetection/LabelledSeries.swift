import Tapestry
import TapestryCommand

/// A series in three parts, perhaps with what is known of its anomalies.
struct LabelledSeries {
    /// Where it comes from.
    let source: String
    let values: [Double]
    /// Whether each value is an anomaly, if that is known.
    let labels: [Bool]?
    /// What each value is called: a date, or a line.
    let names: [String]

    /// What is learned from.
    var fitting: Range<Int> { 0..<values.count / 2 }
    /// What says which errors are usual.
    var validation: Range<Int> { values.count / 2..<values.count * 7 / 10 }
    /// What is searched for anomalies.
    var test: Range<Int> { values.count * 7 / 10..<values.count }

    /// The series of a file, or a made-up one.
    static func read(_ settings: Settings) throws -> LabelledSeries {
        guard let path = settings.files.data else { return madeUp(seed: settings.files.seed) }
        let column = try SeriesColumn(contentsOf: path, named: settings.column, otherThan: settings.label)
        let header = column.table.header!
        let series = LabelledSeries(
            source: column.description, values: column.values,
            labels: settings.label.isEmpty ? nil : try labels(column.table, settings.label),
            names: column.table.rows.map { row in
                header[0] == column.name ? "line \(row.line)" : "\(row.fields[0]) (line \(row.line))"
            })
        if series.test.isEmpty { throw FileFormatError(path: path, reason: "there are no values to search") }
        return series
    }

    private static func labels(_ table: DelimitedText, _ column: String) throws -> [Bool] {
        let texts = try table.texts(in: column)
        return try zip(table.rows, texts).map { row, text in
            guard let label = ["0": false, "1": true][text] else {
                throw table.error(row, "\(column): expected 0 or 1, found \(text.debugDescription)")
            }
            return label
        }
    }
}
