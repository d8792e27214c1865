/// A table in HTML that needs no style sheet: notebooks that were not run by their reader drop those.
struct HTMLTable {
    /// A column's title, and what stands in it.
    enum Column {
        case text(String)
        case number(String)

        var title: String {
            switch self {
            case .text(let title), .number(let title): title
            }
        }

        var alignment: String {
            switch self {
            case .text: "left"
            case .number: "right"
            }
        }
    }

    let columns: [Column]
    private var lines: [String] = []

    init(columns: [Column]) { self.columns = columns }

    /// Adds a row.
    ///
    /// - Parameter colors: behind the texts, in CSS.
    mutating func append(_ texts: [String], colors: [String?] = []) {
        let cells = texts.indices.map { column in
            let color = column < colors.count ? colors[column].map { "; background-color: \($0)" } ?? "" : ""
            let style = "text-align: \(columns[column].alignment); white-space: nowrap\(color)"
            return "<td style=\"\(style)\">\(texts[column].escapedForHTML)</td>"
        }
        lines.append("<tr>\(cells.joined())</tr>")
    }

    /// The table, with a title above it.
    func html(title: String) -> String {
        let heads = columns.map { "<th style=\"text-align: \($0.alignment)\">\($0.title.escapedForHTML)</th>" }
        let head = columns.contains { !$0.title.isEmpty } ? "<thead><tr>\(heads.joined())</tr></thead>" : ""
        return """
            <div><code>\(title.escapedForHTML)</code></div>
            <table>\(head)<tbody>
            \(lines.joined(separator: "\n"))
            </tbody></table>
            """
    }
}

extension String {
    /// The text as it stands in elements and attributes of HTML and SVG.
    var escapedForHTML: String {
        replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
