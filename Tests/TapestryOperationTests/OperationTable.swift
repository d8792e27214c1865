import Foundation
import TapestryTestSupport

/// The tables of operations in `docs/Operations.md`.
enum OperationTable {
    /// One row, of which the columns with names of other libraries are left out.
    struct Row: Sendable, CustomStringConvertible {
        let operation: String
        /// The heading above the table.
        let section: String
        /// What the library calls it.
        let here: String
        /// How cotangents go back.
        let rule: String
        /// The work, and after "keeps" what is kept for the way back.
        let cost: String
        let cellCount: Int
        let isComplete: Bool

        var description: String { operation }
    }

    static let root = GoldenFile.folder.deletingLastPathComponent().deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    static let rows: [Row] = {
        var section = ""
        var rows: [Row] = []
        for line in try! text("docs/Operations.md").split(separator: "\n") {
            if line.hasPrefix("## ") { section = String(line.dropFirst(3)) }
            guard line.hasPrefix("| `") else { continue }
            let cells = line.replacing("\\|", with: "∣").split(separator: "|").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard cells.count > 3 else { continue }
            rows.append(
                Row(
                    operation: cells[0].trimmingCharacters(in: ["`"]), section: section,
                    here: cells[1].trimmingCharacters(in: ["`"]), rule: cells[cells.count - 2], cost: cells.last!,
                    cellCount: cells.count, isComplete: cells.allSatisfy { !$0.isEmpty }))
        }
        return rows
    }()
}
