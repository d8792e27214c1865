import Foundation
import Tapestry
import TapestryCellEquations
import Testing

/// `docs/Cells.md` says of every cell of the library what stands above its code.
@Suite struct CellDocumentTests {
    private static let root = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// The name of a cell's type, without its scalars.
    private struct TypeName: CellVisitor {
        func visit<Cell: StructuredRecurrentCell<Double>, Single: StructuredRecurrentCell<Float>>(
            _ entry: CatalogueEntry<Cell, Single>
        ) -> String { String("\(type(of: entry.cell))".prefix { $0 != "<" }) }
    }

    /// What the table of all cells says of one beside its cost: its parameters at 64 inputs and 128 hidden units, and what it
    /// is to drivers and conversions.
    private struct TableRow: CellVisitor {
        let name: String

        func visit<Cell: StructuredRecurrentCell<Double>, Single: StructuredRecurrentCell<Float>>(
            _ entry: CatalogueEntry<Cell, Single>
        ) -> String {
            func mark(_ holds: Bool) -> String { holds ? "yes" : "" }
            let cells = [
                "`\(name)`", "\(entry.cell.parameterCount)", mark(entry.cell is any RecurrentCell),
                mark(entry.cell is any SizedRecurrentCell), mark(entry.cell is any ScannableRecurrentCell),
                mark(entry.cell is any PortableCell),
            ]
            return "| " + cells.joined(separator: " | ") + " |"
        }
    }

    private static func words(_ lines: some Sequence<some StringProtocol>) -> [String] {
        lines.flatMap { String($0).split { $0 == " " }.map(String.init) }.filter { $0 != "```" }
    }

    /// Cells of trees, which are none over time, and so not in the catalogue.
    private static let treeCells = ["ChildSumTreeLSTMCell", "BinaryTreeLSTMCell"]

    @Test(arguments: CatalogueCell.allCases.map(\.rawValue))
    func cell(_ name: String) throws {
        let cell = try #require(CatalogueCell(rawValue: name))
        let type = cell.accept(TypeName(), inputSize: 1, hiddenSize: 1)
        let heading = try Self.heading(ofSectionLikeCodeOf: type)
        #expect(heading.hasPrefix("\(type) (") && heading.contains("`\(name)`"))
    }

    /// Each row ends with a cost, which `cell_costs.py` measures.
    @Test func table() throws {
        let lines = try Self.text("docs/Cells.md").components(separatedBy: "\n")
        let rows = lines.filter { $0.contains(/^\| `[a-z0-9-]+` \|/) }
        let expected = CatalogueCell.allCases.map {
            $0.accept(TableRow(name: $0.rawValue), inputSize: 64, hiddenSize: 128)
        }
        #expect(rows.map { $0.replacing(/[^|]*\|$/, with: "") } == expected)
        for row in rows { #expect(row.contains(/\| [0-9.]+ \|$/), "\(row)") }
    }

    @Test(arguments: treeCells)
    func treeCell(_ type: String) throws {
        #expect(try Self.heading(ofSectionLikeCodeOf: type) == type)
    }

    /// The heading of the section of a type, which must say what stands above its code.
    private static func heading(ofSectionLikeCodeOf type: String) throws -> String {
        let code = try Self.text("Sources/TapestryRecurrent/Cells/\(type).swift").components(separatedBy: "\n")
        let declaration = try #require(code.firstIndex { $0.hasPrefix("public struct \(type)<") })
        let comment = code[..<declaration].reversed().prefix { $0.hasPrefix("///") }.reversed().map { $0.dropFirst(3) }

        let sections = try Self.text("docs/Cells.md").components(separatedBy: "\n## ")
        let section = try #require(
            sections.first { $0.prefix { $0 != " " && $0 != "\n" } == type }, "no section of \(type)")
        let lines = section.components(separatedBy: "\n")
        #expect(Self.words(lines.dropFirst()) == Self.words(comment))
        return lines[0]
    }

    @Test func nothingElseIsThere() throws {
        let headings = try Self.text("docs/Cells.md").components(separatedBy: "\n## ").dropFirst()
        let types = Set(CatalogueCell.allCases.map { $0.accept(TypeName(), inputSize: 1, hiddenSize: 1) })
        #expect(Set(headings.map { String($0.prefix { $0 != " " && $0 != "\n" }) }) == types.union(Self.treeCells))
    }
}
