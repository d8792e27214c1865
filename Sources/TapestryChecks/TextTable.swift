import Foundation

/// Rows of text in aligned columns.
struct TextTable: CustomStringConvertible {
    /// A column's title, and the side that its texts are pushed to.
    enum Column {
        case left(String)
        case right(String)
        /// On the left, and coloured by what the row is.
        case verdict(String)

        var title: String {
            switch self {
            case .left(let title), .right(let title), .verdict(let title): title
            }
        }
    }

    private struct Row {
        let texts: [String]
        var verdict: GradientVerdict?
    }

    let columns: [Column]
    private var rows: [Row] = []

    init(columns: [Column]) { self.columns = columns }

    /// Adds a row; missing texts at its end stay empty.
    mutating func append(_ row: [String], verdict: GradientVerdict? = nil) {
        rows.append(Row(texts: row, verdict: verdict))
    }

    var description: String { text(colored: false) }

    /// The lines, the words of the verdict column in their colours on request.
    func text(colored: Bool) -> String {
        let rows = [Row(texts: columns.map(\.title))] + rows
        let widths = columns.indices.map { column in
            rows.map { column < $0.texts.count ? $0.texts[column].count : 0 }.max() ?? 0
        }
        let lines = rows.map { row in
            let cells = zip(columns.indices, row.texts).map { column, text in
                let padding = String(repeating: " ", count: max(widths[column] - text.count, 0))
                return switch columns[column] {
                case .left: text + padding
                case .right: padding + text
                case .verdict: (row.verdict.map { $0.colored(text, if: colored) } ?? text) + padding
                }
            }
            return cells.joined(separator: "  ").replacing(#/\ +$/#, with: "")
        }
        return lines.joined(separator: "\n")
    }

    /// The same as a table of HTML.
    var html: String {
        func line(_ texts: [String], _ tag: String, _ verdict: GradientVerdict?) -> String {
            let cells = zip(columns, texts).map { column, text in
                let kind: String? =
                    switch column {
                    case .left: nil
                    case .right: "number"
                    case .verdict: verdict?.rawValue
                    }
                return HTMLPage.element(tag, kind, HTMLPage.escaped(text))
            }
            return HTMLPage.element("tr", nil, cells.joined())
        }
        let head = HTMLPage.element("thead", nil, line(columns.map(\.title), "th", nil))
        let body = HTMLPage.element(
            "tbody", nil, rows.map { line($0.texts, "td", $0.verdict) }.joined(separator: "\n"))
        return HTMLPage.element("div", "wide", HTMLPage.element("table", nil, head + body))
    }
}

extension GradientVerdict {
    /// A word about this verdict for a terminal: green, red or yellow.
    func colored(_ word: String, if isColored: Bool) -> String {
        let color =
            switch self {
            case .correct: "32"
            case .wrong: "1;31"
            case .inconclusive: "33"
            }
        return isColored ? "\u{1B}[\(color)m\(word)\u{1B}[0m" : word
    }
}

/// Numbers in reports.
enum NumberText {
    /// Two significant digits, for sizes and errors.
    static func short(_ number: Double) -> String { text(number, "%.2g") }

    /// Seven significant digits, for values that are compared.
    static func long(_ number: Double) -> String { text(number, "%.7g") }

    /// Three decimals while that says something.
    static func ratio(_ number: Double) -> String {
        if number == 0 { return "0" }
        return number.magnitude > 1e-3 && number.magnitude < 1e4 ? text(number, "%.3f") : text(number, "%.2g")
    }

    private static func text(_ number: Double, _ format: String) -> String {
        number.isNaN ? "nan" : String(format: format, number)
    }
}
