import TapestryAutograd

/// A table of a report, whose rows have verdicts that show as colours.
struct VerdictTable {
    enum Column {
        case left(String)
        case right(String)
        /// On the left, and coloured by what the row is.
        case verdict(String)
    }

    private let columns: [Column]
    private var table: TextTable
    private var verdicts: [GradientVerdict?] = []

    init(columns: [Column]) {
        self.columns = columns
        table = TextTable(
            columns: columns.map {
                switch $0 {
                case .left(let title), .verdict(let title): .left(title)
                case .right(let title): .right(title)
                }
            })
    }

    /// Adds a row; missing texts at its end stay empty.
    mutating func append(_ row: [String], verdict: GradientVerdict? = nil) {
        table.append(row)
        verdicts.append(verdict)
    }

    /// The lines, the words of the verdict column in their colours on request.
    func text(colored: Bool) -> String {
        table.text { row, column, text in
            guard case .verdict = columns[column], let verdict = verdicts[row] else { return text }
            return verdict.colored(text, if: colored)
        }
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
        let head = HTMLPage.element("thead", nil, line(table.columns.map(\.title), "th", nil))
        let lines = zip(table.rows, verdicts).map { line($0, "td", $1) }
        let body = HTMLPage.element("tbody", nil, lines.joined(separator: "\n"))
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
