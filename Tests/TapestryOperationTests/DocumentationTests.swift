import Foundation
import struct TapestryOperations.Operation
import TapestryTestSupport
import Testing

/// The tables of operations in the documents against the enumeration and the library's sources.
@Suite struct DocumentationTests {
    @Test func everyOperationHasItsRow() {
        #expect(OperationTable.rows.map(\.operation).sorted() == Operation<Double>.all.map(\.name).sorted())
    }

    @Test func everyRowIsComplete() {
        for row in OperationTable.rows { #expect(row.cellCount == 7 && row.isComplete, "\(row)") }
    }

    /// What the column "here" names is declared in the sources.
    @Test func everyNameIsDeclared() throws {
        let declared = try Self.declaredNames(in: ["TapestryAutograd", "TapestryLayers"])
        for row in OperationTable.rows {
            let here = row.here
            // An operator or a subscript stands for itself.
            if here.contains(" ") || here.hasPrefix("x[") || !(here.first?.isLetter ?? false) { continue }
            let name = here.split(separator: "(")[0].split(separator: ".").last!
            #expect(declared.contains(name == "Tensor" ? "init" : String(name)), "\(here) is not declared")
        }
    }

    /// No public function of tensors is left out of the document.
    @Test func everyPublicFunctionIsDocumented() throws {
        let text = try OperationTable.text("docs/Operations.md")
        let words = text.split { !$0.isLetter && !$0.isNumber }.map(String.init)
        let missing = try Self.declaredNames(in: ["TapestryAutograd/Tensor"]).subtracting(words + ["init"])
        #expect(missing.sorted() == [])
    }

    @Test func theFormatNamesEveryOperation() throws {
        let document = try OperationTable.text("Tests/README.md")
        for operation in Operation<Double>.byName.keys where !operation.contains(".") {
            #expect(document.contains("`\(operation)`"), "\(operation) is not in Tests/README.md")
        }
    }

    /// The names of all public functions, properties and types in folders of the sources.
    private static func declaredNames(in folders: [String]) throws -> Set<String> {
        let declaration = /public (?:static |consuming |mutating )*(?:func|var|struct|init|typealias) ?([A-Za-z_]\w*)?/
        var names: Set<String> = []
        for folder in folders {
            let url = OperationTable.root.appending(path: "Sources/\(folder)")
            for case let file as URL in FileManager.default.enumerator(at: url, includingPropertiesForKeys: nil)!
            where file.pathExtension == "swift" {
                for match in try String(contentsOf: file, encoding: .utf8).matches(of: declaration) {
                    if match.0.contains("init") { names.insert("init") }
                    if let name = match.1, !name.hasPrefix("_") { names.insert(String(name)) }
                }
            }
        }
        return names
    }
}
