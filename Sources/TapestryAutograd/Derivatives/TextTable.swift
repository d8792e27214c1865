import Foundation

/// Rows of text in aligned columns.
package struct TextTable: CustomStringConvertible {
    /// A column's title, and the side that its texts are pushed to.
    package enum Column {
        case left(String)
        case right(String)

        var title: String {
            switch self {
            case .left(let title), .right(let title): title
            }
        }

        func padded(_ text: String, to width: Int) -> String {
            let padding = String(repeating: " ", count: max(width - text.count, 0))
            return switch self {
            case .left: text + padding
            case .right: padding + text
            }
        }
    }

    let columns: [Column]
    private var rows: [[String]] = []

    package init(columns: [Column]) { self.columns = columns }

    /// Adds a row; missing texts at its end stay empty.
    package mutating func append(_ row: [String]) { rows.append(row) }

    package var description: String {
        let rows = [columns.map(\.title)] + rows
        let widths = columns.indices.map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        let lines = rows.map { row in
            let line = zip(columns.indices, row).map { columns[$0].padded($1, to: widths[$0]) }
            return line.joined(separator: "  ").replacing(#/\ +$/#, with: "")
        }
        return lines.joined(separator: "\n")
    }
}
