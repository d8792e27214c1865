import Tapestry
import TapestryCommand

/// A series in three parts, perhaps with what is known of its anomalies.
struct LabelledSeries {
    /// Where it comes from.
    let source: String
    let values: [Double]
    /// Whether each value is an anomaly, if that is known.
    private(set) var labels: [Bool]?
    /// What each value is called: a date, or a line.
    let names: [String]
    /// The columns of values and labels, if it comes from a file.
    var column: String?
    var label: String?
    /// Why there are no labels, where those of a loaded model's training are looked for.
    private(set) var missingLabels = MissingLabels.noColumn

    /// Why a file has no labels in a column.
    enum MissingLabels {
        case noColumn, emptyColumn
        /// What is in the column is no labels, or none that anything can be told from.
        case mistake(FileFormatError)
    }

    /// What is learned from.
    var fitting: Range<Int> { 0..<values.count / 2 }
    /// What says which errors are usual.
    var validation: Range<Int> { values.count / 2..<values.count * 7 / 10 }
    /// What is searched for anomalies.
    var test: Range<Int> { values.count * 7 / 10..<values.count }

    /// The series of a file, or a made-up one. Throws if one of its parts is too short for what is asked.
    static func read(_ settings: Settings) throws -> LabelledSeries {
        let series = try settings.files.data.map { try read($0, settings) } ?? madeUp(seed: settings.files.seed)
        // The first half has to be longer than a window that is learned from.
        let least = settings.files.load == nil ? 2 * settings.window + 2 : 1
        if series.values.count < least {
            let reason = "expected at least \(least) values for a window of \(settings.window), found"
            throw settings.files.dataError("\(reason) \(series.values.count)", withoutFile: "--window")
        }
        return series
    }

    private static func read(_ path: String, _ settings: Settings) throws -> LabelledSeries {
        // What is not given was saved with the model: its column is needed, but labels may be unknown now.
        let (givesColumn, givesLabel) = (settings.files.isGiven("--column"), settings.files.isGiven("--label"))
        if !settings.label.isEmpty, settings.label == settings.column {
            let other = givesColumn ? "the column of --column as well" : "the column that the model was trained on"
            throw CommandError("--label: \(settings.label.debugDescription) is \(other)")
        }
        let column = try SeriesColumn(
            contentsOf: path, named: settings.column, labels: settings.label, labelOption: "--label",
            needsLabels: givesLabel,
            because: givesColumn ? nil : "the model was trained on it, and no --column names another one")
        let header = column.table.header!
        var series = LabelledSeries(
            source: column.description, values: column.values, labels: nil,
            names: column.table.rows.map { row in
                header[0] == column.name ? "line \(row.line)" : "\(row.fields[0]) (line \(row.line))"
            }, column: column.name)
        guard let label = column.labels else { return series }
        do throws(FileFormatError) {
            let texts = try column.table.texts(in: label)
            // They may not be known yet.
            if !givesLabel, texts.allSatisfy({ $0.allSatisfy(\.isWhitespace) }) {
                series.missingLabels = .emptyColumn
                return series
            }
            series.labels = try labels(texts, of: column.table, in: label, searched: series.test)
            series.label = label
        } catch {
            if givesLabel { throw error }
            series.missingLabels = .mistake(error)
        }
        return series
    }

    private static func labels(
        _ texts: [String], of table: DelimitedText, in column: String, searched: Range<Int>
    ) throws(FileFormatError) -> [Bool] {
        var labels: [Bool] = []
        for (row, text) in zip(table.rows, texts) {
            guard let label = ["0": false, "1": true][text] else {
                throw table.error(row, "\(column): expected 0 or 1, found \(text.debugDescription)")
            }
            labels.append(label)
        }
        if Set(labels[searched]).count == 1 {
            let label = labels[searched].contains(true) ? 1 : 0
            let reason = "expected labels 0 and 1 in the last 3 of 10 rows, which are searched, found only \(label)"
            throw FileFormatError(path: table.path, place: column, reason: reason)
        }
        return labels
    }
}
