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

    /// What the column "here" names is declared in the sources: a function with its labels, and a property or a type
    /// without.
    @Test func everyNameIsDeclared() throws {
        let declared = try Self.declaredSignatures(in: ["TapestryAutograd", "TapestryLayers"])
        for row in OperationTable.rows {
            let here = row.here
            // An operator or a subscript stands for itself.
            if here.contains(" ") || here.hasPrefix("x[") || !(here.first?.isLetter ?? false) { continue }
            let name = here.replacing("Tensor(", with: "init(").split(separator: ".").last!
            #expect(declared.contains(String(name)), "\(here) is not declared")
        }
    }

    @Test func signaturesAreReadFromTheSources() {
        let source = """
            public func plain<S: A & B>(_ x: consuming Tensor<S>, by steps: [Int] = [1, 2], _ f: (A, B) -> C) {}
            @inlinable public static func none() -> Int { 0 }
                public init<T>(repeating scalar: T, shape: [Int]) where T: P {}
            public var name: Int
            func hidden(_ x: Int) {}
            """
        #expect(Self.signatures(in: source) == ["plain(_:by:_:)", "none()", "init(repeating:shape:)", "name"])
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

    /// All public functions and initialisers with their labels, `clamped(from:to:)`, and properties and types by name.
    private static func declaredSignatures(in folders: [String]) throws -> Set<String> {
        try Set(folders.flatMap(sources).flatMap { signatures(in: $0) })
    }

    private static func signatures(in source: String) -> Set<String> {
        let declaration =
            /public (?:static |consuming |mutating )*(?:(?:var|struct|typealias) (\w+)|(?:func )?([A-Za-z]\w*)\??(?=[<(]))/
        var signatures: Set<String> = []
        for match in source.matches(of: declaration) {
            if let name = match.1 { signatures.insert(String(name)) }
            if let name = match.2 { signatures.insert("\(name)(\(labels(after: source[match.range.upperBound...])))") }
        }
        return signatures
    }

    /// The labels of the parameters that a declaration goes on with, behind its generic ones: `from:to:`.
    private static func labels(after text: Substring) -> String {
        var (depth, parameters, isInside) = (0, [""], false)
        var previous: Character = " "
        for character in text {
            defer { previous = character }
            let closes = ")]}".contains(character) || character == ">" && previous != "-"
            if closes { depth -= 1 }
            if isInside, depth == 0 { break }
            if isInside, depth == 1, character == "," {
                parameters.append("")
            } else if isInside {
                parameters[parameters.count - 1].append(character)
            }
            if character == "(", depth == 0 { isInside = true }
            if "([{<".contains(character) { depth += 1 }
        }
        let labels = parameters.compactMap { $0.split { " :\n".contains($0) }.first }
        return labels.map { "\($0):" }.joined()
    }

    private static func sources(in folder: String) throws -> [String] {
        let url = OperationTable.root.appending(path: "Sources/\(folder)")
        return try FileManager.default.enumerator(at: url, includingPropertiesForKeys: nil)!
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
            .map { try String(contentsOf: $0, encoding: .utf8) }
    }

    /// The names of all public functions, properties and types in folders of the sources.
    private static func declaredNames(in folders: [String]) throws -> Set<String> {
        let declaration = /public (?:static |consuming |mutating )*(?:func|var|struct|init|typealias) ?([A-Za-z_]\w*)?/
        var names: Set<String> = []
        for folder in folders {
            for source in try sources(in: folder) {
                for match in source.matches(of: declaration) {
                    if match.0.contains("init") { names.insert("init") }
                    if let name = match.1, !name.hasPrefix("_") { names.insert(String(name)) }
                }
            }
        }
        return names
    }
}
