import Foundation

/// Rows of text in aligned columns.
package struct TextTable: CustomStringConvertible {
    /// A column's title, and the side that its texts are pushed to.
    package enum Column {
        case left(String)
        case right(String)

        package var title: String {
            switch self {
            case .left(let title), .right(let title): title
            }
        }

        func padded(_ text: String, to width: Int, _ style: (String) -> String) -> String {
            let padding = String(repeating: " ", count: max(width - text.count, 0))
            return switch self {
            case .left: style(text) + padding
            case .right: padding + style(text)
            }
        }
    }

    package let columns: [Column]
    package private(set) var rows: [[String]] = []

    package init(columns: [Column]) { self.columns = columns }

    /// Adds a row; missing texts at its end stay empty.
    package mutating func append(_ row: [String]) { rows.append(row) }

    package var description: String { text { _, _, text in text } }

    /// The lines.
    ///
    /// - Parameter style: may put what takes no width around the text of a row and a column: colours, on a terminal.
    package func text(style: (_ row: Int, _ column: Int, _ text: String) -> String) -> String {
        let widths = columns.indices.map { column in
            ([columns[column].title] + rows.map { column < $0.count ? $0[column] : "" }).map(\.count).max()!
        }
        func line(_ texts: [String], _ style: (Int, String) -> String) -> String {
            let cells = zip(columns.indices, texts).map { column, text in
                columns[column].padded(text, to: widths[column]) { style(column, $0) }
            }
            return cells.joined(separator: "  ").replacing(#/\ +$/#, with: "")
        }
        let lines = rows.enumerated().map { row, texts in line(texts) { style(row, $0, $1) } }
        return ([line(columns.map(\.title)) { $1 }] + lines).joined(separator: "\n")
    }
}
