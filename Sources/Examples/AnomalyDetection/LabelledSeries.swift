import Tapestry
import TapestryCommand

/// A series in three parts, perhaps with what is known of its anomalies.
struct LabelledSeries {
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

    /// The series of a file, or a made-up one. Throws a ``CommandError`` if it is too short for a window.
    static func read(_ settings: Settings) throws -> LabelledSeries {
        guard let path = settings.files.data else { return madeUp(seed: settings.files.seed) }
        let table = try DelimitedText(contentsOf: path, hasHeader: true)
        let header = table.header!
        let column = settings.column.isEmpty ? header.last { $0 != settings.label } : settings.column
        guard let column else { throw FileFormatError(path: path, reason: "it has no column beside the labels") }
        let series = LabelledSeries(
            values: try table.numbers(in: column),
            labels: settings.label.isEmpty ? nil : try labels(table, settings.label),
            names: table.rows.map { row in
                header[0] == column ? "line \(row.line)" : "\(row.fields[0]) (line \(row.line))"
            })
        if series.fitting.count <= settings.window || series.validation.isEmpty {
            throw CommandError(
                "--window: the series has \(series.values.count) values, of which the half is no window of "
                    + "\(settings.window) and one more")
        }
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
