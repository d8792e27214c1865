import Foundation
import Testing

/// What documents name exists: files, headings, programs with their options, scripts. Their Swift is run by
/// `Tests/documents.sh`.
@Suite struct DocumentTests {
    @Test(arguments: Document.all)
    func linksLeadSomewhere(_ document: Document) throws {
        for match in document.text.matches(of: /\]\(([^)\s]+)\)/) {
            let link = String(match.1)
            if link.contains("://") { continue }
            let parts = link.split(separator: "#", omittingEmptySubsequences: false).map(String.init)
            let target = parts[0].isEmpty ? document.url : document.folder.appending(path: parts[0])
            #expect(exists(target), "\(link) is no file")
            if parts.count > 1, target.pathExtension == "md" {
                #expect(try Document(target).anchors.contains(parts[1]), "\(link) is no heading")
            }
        }
    }

    /// Everything in code that begins with a folder of the repository, but for patterns.
    @Test(arguments: Document.all)
    func pathsExist(_ document: Document) {
        for match in document.text.matches(of: /(?:`| |\n)((?:Sources|Tests|docs|Notebooks|\.ci)\/[^`\s,;:)]*)/) {
            let path = String(match.1)
            if path.contains(/[*…]|NAME|\.venv/) { continue }
            #expect(exists(Document.root.appending(path: path)), "\(path) is no file")
        }
    }

    @Test(arguments: Document.all)
    func programsHaveTheirOptions(_ document: Document) throws {
        for match in document.text.matches(of: /swift run (?:-c release )?([A-Z]\w+)([^\n`#]*)/) {
            let program = String(match.1)
            let sources = try source(ofProgram: program)
            #expect(!sources.isEmpty, "\(program) is no program")
            for option in match.2.matches(of: /--[a-z][a-z-]*/) where option.0 != "--help" {
                #expect(sources.contains("\"\(option.0)\""), "\(program) has no \(option.0)")
            }
        }
    }

    @Test func everyDocumentIsInTheReadme() throws {
        let readme = try Document(Document.root.appending(path: "README.md")).text
        for document in Document.all where document.name.hasPrefix("docs/") {
            #expect(readme.contains("](\(document.name))"), "\(document.name) is not linked in the README")
        }
    }

    private func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }

    /// The sources of an executable and of what executables share for their options; empty if there is no such program.
    private func source(ofProgram name: String) throws -> String {
        let sources = Document.root.appending(path: "Sources")
        let own = [sources.appending(path: name), sources.appending(path: "Examples/\(name)")].filter(exists)
        if own.isEmpty { return "" }
        return try (own + [sources.appending(path: "TapestryCommand")])
            .compactMap { FileManager.default.enumerator(at: $0, includingPropertiesForKeys: nil) }
            .flatMap { files in files.compactMap { $0 as? URL } }.filter { $0.pathExtension == "swift" }
            .map { try String(contentsOf: $0, encoding: .utf8) }.joined()
    }
}

/// A document of the repository.
struct Document: Sendable, CustomTestStringConvertible {
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let all: [Document] = {
        let guides = try! FileManager.default.contentsOfDirectory(atPath: root.appending(path: "docs").path)
            .filter { $0.hasSuffix(".md") }.sorted().map { "docs/\($0)" }
        return try! (["README.md", "Notebooks/README.md", "Tests/README.md"] + guides)
            .map { try Document(root.appending(path: $0)) }
    }()

    let url: URL
    let text: String

    init(_ url: URL) throws {
        self.url = url
        text = try String(contentsOf: url, encoding: .utf8)
    }

    var folder: URL { url.deletingLastPathComponent() }
    /// The path from the repository's root.
    var name: String { String(url.path.dropFirst(Self.root.path.count + 1)) }
    var testDescription: String { name }

    /// The names by which links reach headings: lower case, without punctuation, with hyphens in the place of spaces.
    var anchors: [String] {
        text.matches(of: /(?m)^#+ (.*)$/).map { heading in
            heading.1.lowercased().filter { $0.isLetter || $0.isNumber || " -".contains($0) }.replacing(" ", with: "-")
        }
    }
}
