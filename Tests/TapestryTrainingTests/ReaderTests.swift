import Foundation
import Tapestry
import Testing

/// A file of some bytes for the time of a test.
private func withFile<Result>(_ bytes: [UInt8], _ body: (String) throws -> Result) throws -> Result {
    let path = NSTemporaryDirectory() + "/reader-\(UUID().uuidString)"
    try OutputFile.write(Data(bytes), to: path)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

private func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
    try withFile(Array(text.utf8), body)
}

/// What a closure throws, in one line and without the file's path.
private func message(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "nothing"
    } catch let error as FileFormatError {
        return [error.place, error.reason].compactMap(\.self).joined(separator: ": ")
    } catch {
        return "\(error)"
    }
}

@Suite struct LineTests {
    private func lines(_ path: String, longest: Int = 1 << 20) throws -> [String] {
        var reader = try LineReader(path, longest: longest)
        var lines: [String] = []
        while let line = try reader.next() {
            #expect(line.number == lines.count + 1)
            lines.append(line.text)
        }
        #expect(try reader.next() == nil)
        return lines
    }

    @Test(
        arguments: [
            ("", []), ("a", ["a"]), ("a\n", ["a"]), ("a\r\nb", ["a", "b"]), ("\n\na\n", ["", "", "a"]),
            ("\u{FEFF}a\nb", ["a", "b"]),
            ("\r\r\n", ["\r"]), ("é\n日", ["é", "日"]), ("\n", [""]),
        ] as [(String, [String])]) func bothReadersSeeTheSameLines(text: String, expected: [String]) throws
    {
        try withFile(text) { path in
            #expect(try lines(path) == expected)
            let mapped = try TextLines(contentsOf: path)
            #expect(try (0..<mapped.count).map { try mapped.example(at: $0) } == expected)
        }
    }

    /// Lines that begin and end anywhere in a block of the file.
    @Test func linesGoOverBlocks() throws {
        let expected = RandomSource(seed: 4).integers(below: 3000, count: 200).map { String(repeating: "é", count: $0) }
        try withFile(expected.joined(separator: "\n")) { path in
            #expect(try lines(path) == expected)
            let mapped = try TextLines(contentsOf: path)
            #expect(try mapped.example(at: 150) == expected[150] && mapped.count == 200)
        }
    }

    @Test func whatIsNoTextIsFoundByItsLine() throws {
        try withFile([97, 10, 0xFF, 10]) { path in
            #expect(message { _ = try lines(path) } == "line 2: it is not UTF-8 text")
            let mapped = try TextLines(contentsOf: path)
            #expect(message { _ = try mapped.example(at: 1) } == "line 2: it is not UTF-8 text")
        }
        try withFile("ab\n" + String(repeating: "c", count: 300_000)) { path in
            #expect(message { _ = try lines(path, longest: 1000) } == "line 2: it is longer than 1000 bytes")
        }
        #expect(throws: TextFileError.self) { _ = try LineReader("/nowhere") }
        #expect(throws: TextFileError.self) { _ = try LineReader("/tmp") }
        #expect(throws: TextFileError.self) { try TextLines(contentsOf: "/nowhere") }
    }

    @Test func jsonLines() throws {
        struct Row: Decodable, Equatable {
            let text: String
            let label: Int
        }
        let text = "{\"text\": \"a\\nb\", \"label\": 1}\n\n{\"label\": 0, \"text\": \"é\"}\r\n"
        let rows = try withFile(text) { try JSONLines.read($0, as: Row.self) }
        #expect(rows == [Row(text: "a\nb", label: 1), Row(text: "é", label: 0)])
        let bad = [
            ("{\"text\": \"a\"}", "line 1: there is no label"),
            ("{\"text\": 1, \"label\": 1}", "line 1: expected String at text"),
            ("{\"text\": \"a\", \"label\": 1}\n{", "line 2: it is not a JSON value"),
            ("{\"text\": null, \"label\": 1}", "line 1: expected String, found null at text"),
        ]
        for (content, expected) in bad {
            try withFile(content) { path in #expect(message { _ = try JSONLines.read(path, as: Row.self) } == expected)
            }
        }
    }
}

@Suite struct CorpusTests {
    @Test func sentencesWithAndWithoutAHeader() throws {
        let expected = [
            LabelledSentence(text: "a \"stirring\" film", label: 1), LabelledSentence(text: "dull", label: 0),
        ]
        let files = [
            "a \"stirring\" film\t1\ndull\t0\n", "sentence\tlabel\r\na \"stirring\" film\t1\r\ndull\t0",
            "index\tlabel\tsentence\n0\t1\ta \"stirring\" film\n1\t0\tdull\n",
        ]
        for file in files {
            let sentences = try withFile(file) { try LabelledSentence.read($0) }
            #expect(sentences == expected)
        }
        let bad = [
            ("a\t1\nb\n", "line 2: expected 2 fields, found 1"),
            ("a\t1\n\nb\tx\n", "line 3: expected a label, a number from 0, found \"x\""),
            ("a\tb\tc\n", "line 1: expected a sentence and its label, found 3 fields"),
            ("a\t-1\n", "line 1: expected a label, a number from 0, found \"-1\""),
        ]
        for (content, expected) in bad {
            try withFile(content) { path in #expect(message { _ = try LabelledSentence.read(path) } == expected) }
        }
    }

    @Test func treesOfTheTreebank() throws {
        let tree = try TreebankTree("(3 (2 It) (4 (2 's) (4 lovely)))")
        #expect(tree.labels == [3, 2, 4, 2, 4] && tree.parents == [nil, 0, 0, 2, 2])
        #expect(tree.words == [nil, "It", nil, "'s", "lovely"] && tree.sentence == ["It", "'s", "lovely"])
        let forNetwork = Tree(labels: tree.labels, parents: tree.parents)
        #expect(forNetwork.children[0] == [1, 2])
        let trees = try withFile("(1 a)\n\n(2 (1 -LRB-) (0 b))\n") { try TreebankTree.read($0) }
        #expect(trees.map(\.sentence) == [["a"], ["-LRB-", "b"]])
        // A chain is as deep as it likes.
        let depth = 100_000
        let deep = String(repeating: "(1 ", count: depth) + "a" + String(repeating: ")", count: depth)
        #expect(try TreebankTree(deep).labels.count == depth)
    }

    @Test(arguments: [
        ("", "byte 1: expected a tree"), ("(1", "byte 3: a parenthesis is never closed"),
        ("(1 a))", "byte 6: there is more after the end of the tree"),
        ("(1 a) b", "byte 7: there is more after the end of the tree"),
        (")", "byte 1: a parenthesis is closed that was not opened"),
        ("(x a)", "byte 3: expected a class, a number from 0, behind ("),
        ("(-1 a)", "byte 4: expected a class, a number from 0, behind ("),
        ("(1 ())", "byte 5: expected a class, a number from 0, behind ("),
        ("(1)", "byte 3: a phrase without words"), ("(1 a b)", "byte 6: expected ( or ), found a word"),
        ("(1 a (1 b))", "byte 6: a word has no children"), ("(1 (1 a) b)", "byte 10: expected ( or ), found a word"),
        ("a", "byte 1: expected ( or ), found a word"),
    ]) func whatIsNoTree(text: String, expected: String) {
        #expect(message { _ = try TreebankTree(text) } == expected)
    }

    @Test func columnsHaveTypes() throws {
        let table = try DelimitedText("n,x,flag,kind\n1,0.5,true,b\n -2 ,,No,a\n3,1e3,1,b\n", hasHeader: true)
        #expect(try table.integers(in: "n") == [1, -2, 3] && table.optionalNumbers(in: "x") == [0.5, nil, 1000])
        #expect(try table.truthValues(in: "flag") == [true, false, true])
        let kinds = try table.classes(in: "kind")
        #expect(kinds.names == ["a", "b"] && kinds.indices == [1, 0, 1])
        #expect(message { _ = try table.integers(in: "x") } == "line 2: x: expected a whole number, found \"0.5\"")
        #expect(message { _ = try table.truthValues(in: "n") } == "line 3: n: expected true or false, found \" -2 \"")
        let commas = DelimitedText.Format(separator: ";", hasDecimalCommas: true)
        try withFile(Array("x;y\n1,5;2\n".utf8)) { path in
            let rows = try DelimitedRows(contentsOf: path, format: commas, hasHeader: true)
            #expect(try rows.table(of: [rows.example(at: 0)]).numbers(in: "x") == [1.5])
            var reader = try DelimitedTextReader(path, format: commas, hasHeader: true)
            #expect(try reader.nextTable(rows: 9)?.numbers(in: "x") == [1.5])
        }
        let bad = try DelimitedText("x\n1\ninf\n", hasHeader: true)
        #expect(
            message { _ = try bad.optionalNumbers(in: "x") }
                == "line 3: x: expected a finite number or nothing, found \"inf\"")
    }
}

@Suite struct IDXTests {
    private func header(_ type: UInt8, _ extents: [UInt32]) -> [UInt8] {
        [0, 0, type, UInt8(extents.count)]
            + extents.flatMap { extent in (0..<4).map { UInt8(extent >> (24 - 8 * $0) & 255) } }
    }

    @Test func picturesAndLabels() throws {
        try withFile(header(8, [3, 2, 2]) + (0..<12).map { UInt8($0 * 20) }) { path in
            let file = try IDXFile(contentsOf: path)
            #expect(file.shape == [3, 2, 2] && file.count == 3 && file.elementType == .uint8)
            #expect(file.tensor(as: Float.self).scalars == (0..<12).map { Float($0 * 20) })
            #expect(file.tensor(1..<2) == Tensor<Double>(shape: [1, 2, 2], scalars: [80, 100, 120, 140]))
            #expect(file.indices(2..<3).scalars == [160, 180, 200, 220])
        }
    }

    /// The bytes of each type, from the format's description; those of the floating-point numbers are IEEE 754's.
    @Test(
        arguments: [
            (0x09, [0xFF, 0x02], [-1.0, 2]), (0x0B, [0xFF, 0xFE, 0x01, 0x00], [-2, 256]),
            (0x0C, [0, 1, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF], [65536, -1]),
            (0x0D, [0x3F, 0xC0, 0, 0, 0xC0, 0, 0, 0], [1.5, -2]),
            (0x0E, [0x3F, 0xF8, 0, 0, 0, 0, 0, 0, 0x40, 0x08, 0, 0, 0, 0, 0, 0], [1.5, 3]),
        ] as [(UInt8, [UInt8], [Double])]) func elementTypes(type: UInt8, bytes: [UInt8], expected: [Double]) throws
    {
        let file = try IDXFile(Data(header(type, [2]) + bytes))
        #expect(file.tensor(as: Double.self).scalars == expected)
    }

    @Test func hostileHeaders() {
        let cases: [([UInt8], String)] = [
            ([], "header: it does not begin as an IDX file does"),
            ([0x1F, 0x8B, 8, 0], "header: it is compressed with gzip; decompress it first"),
            ([0, 1, 8, 1, 0, 0, 0, 0], "header: it does not begin as an IDX file does"),
            ([0, 0, 7, 1, 0, 0, 0, 0], "header: there is no element type 7"),
            ([0, 0, 8, 255], "header: it has 255 axes, expected at most 8"),
            ([0, 0, 8, 2, 0, 0, 0, 1], "header: it ends before the extents of its 2 axes"),
            (header(8, [4]) + [1, 2, 3], "header: [4] takes 4 bytes, and the file has 3"),
            (header(8, [1]) + [1, 2], "header: [1] takes 1 byte, and the file has 2"),
            (header(14, [.max, .max, 2]), "header: [4294967295, 4294967295, 2] is more than memory can hold"),
            (header(8, [.max]), "header: [4294967295] takes 4294967295 bytes, and the file has 0"),
        ]
        for (bytes, expected) in cases { #expect(message { _ = try IDXFile(Data(bytes)) } == expected) }
        #expect(throws: TextFileError.self) { try IDXFile(contentsOf: "/nowhere") }
    }

    @Test func mistakesTrap() async {
        await #expect(processExitsWith: .failure) {
            _ = try IDXFile(Data([0, 0, 8, 1, 0, 0, 0, 1, 5])).tensor(0..<2, as: Float.self)
        }
        await #expect(processExitsWith: .failure) {
            _ = try IDXFile(Data([0, 0, 0x0D, 1, 0, 0, 0, 1, 0x7F, 0xC0, 0, 0])).indices()
        }
    }
}
