import TapestryAutograd

/// Rows of cells as the lines of a table, behind two spaces: each column is as wide as its widest cell. Texts lean left
/// and numbers right.
///
/// - Parameters:
///   - rows: At least one, perhaps of titles; cells that are missing at the end of the others are empty.
///   - textColumns: How many columns, from the first on, hold texts.
public func table(_ rows: [[String]], textColumns: Int = 1) -> String {
    let count = rows.map(\.count).max() ?? 0
    let titles = rows[0] + Array(repeating: "", count: count - rows[0].count)
    var table = TextTable(columns: titles.enumerated().map { $0 < textColumns ? .left($1) : .right($1) })
    for row in rows.dropFirst() { table.append(row) }
    return "\(table)".split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }.joined(separator: "\n")
}
