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

    private static func words(_ lines: some Sequence<some StringProtocol>) -> [String] {
        lines.flatMap { String($0).split { $0 == " " }.map(String.init) }.filter { $0 != "```" }
    }

    @Test(arguments: CatalogueCell.allCases.map(\.rawValue))
    func cell(_ name: String) throws {
        let cell = try #require(CatalogueCell(rawValue: name))
        let type = cell.accept(TypeName(), inputSize: 1, hiddenSize: 1)
        let code = try Self.text("Sources/TapestryRecurrent/Cells/\(type).swift").components(separatedBy: "\n")
        let declaration = try #require(code.firstIndex { $0.hasPrefix("public struct \(type)<") })
        let comment = code[..<declaration].reversed().prefix { $0.hasPrefix("///") }.reversed().map { $0.dropFirst(3) }

        let sections = try Self.text("docs/Cells.md").components(separatedBy: "\n## ")
        let section = try #require(sections.first { $0.hasPrefix("\(type) (") }, "no section of \(type)")
        let lines = section.components(separatedBy: "\n")
        #expect(lines[0].contains("`\(name)`"))
        #expect(Self.words(lines.dropFirst()) == Self.words(comment))
    }

    @Test func nothingElseIsThere() throws {
        let headings = try Self.text("docs/Cells.md").components(separatedBy: "\n## ").dropFirst()
        let types = Set(CatalogueCell.allCases.map { $0.accept(TypeName(), inputSize: 1, hiddenSize: 1) })
        #expect(Set(headings.map { String($0.prefix { $0 != " " }) }) == types)
    }
}
