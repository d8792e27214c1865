import Foundation
import Tapestry
import TapestryFiles
import TapestryTestSupport
import Testing

/// Tables in memory, read row by row, and as data sets: they see the same rows and the same mistakes.
@Suite struct DelimitedTextReaderTests {
    private typealias Row = DelimitedText.Row

    /// What a reader makes of a file: its header and rows, or its error.
    private struct Reading: Equatable {
        var header: [String]?
        var rows: [Row] = []
        var error: String?

        init(_ read: (inout Reading) throws -> Void) {
            do { try read(&self) } catch { self.error = "\(error)" }
        }
    }

    private func whole(_ path: String, _ format: DelimitedText.Format, hasHeader: Bool) -> Reading {
        Reading {
            let table = try DelimitedText(contentsOf: path, format: format, hasHeader: hasHeader)
            ($0.header, $0.rows) = (table.header, table.rows)
        }
    }

    private func streamed(_ path: String, _ format: DelimitedText.Format, hasHeader: Bool) -> Reading {
        Reading {
            var reader = try DelimitedTextReader(path, format: format, hasHeader: hasHeader)
            $0.header = reader.header
            while let row = try reader.next() { $0.rows.append(row) }
            #expect(try reader.next() == nil)
        }
    }

    private func mapped(_ path: String, _ format: DelimitedText.Format, hasHeader: Bool) -> Reading {
        Reading {
            let rows = try DelimitedRows(contentsOf: path, format: format, hasHeader: hasHeader)
            $0.header = rows.header
            // Backwards, as none may depend on the one before.
            $0.rows = try (0..<rows.count).reversed().map { try rows.example(at: $0) }.reversed()
        }
    }

    private static let texts = [
        "\u{FEFF}name,\"a \"\"b\"\", c\"\r\nx,\r\n\r\n\"two\nlines\",3\n,\"\"", "a,b", "a,b\n", "a", "a,\n,b", "a,\n,",
        "\u{FEFF}a\n\u{FEFF}b\n", "\n\na,é\r\n\n\"日\"\r\n,\"\"\"\",\n", "a \"quoted\" film\t1\n\"x\t0\n", "x\r\r\ny\r",
        "\r\n\r\na",
        "\"\"\n\"\"", "\"a\"\r\n\"b\"",
        // Mistakes.
        "\n\n", "\u{FEFF}", "\u{FEFF}\n", "a,b\nc\n", "a\n\nb,c", "a\n\"b\nc", "a\n\"b\"c", "a\nb\"c",
        "a\n\"\n\n\"\n\"b\n",
        "a\n\"b\"\rc\n", "a\n\"b\"\r",
    ]

    @Test(arguments: texts, [DelimitedText.Format.commas, .tabs, .semicolons])
    func allSeeTheSame(text: String, format: DelimitedText.Format) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/table"
            try OutputFile.write(text, to: path)
            for hasHeader in [false, true] {
                let expected = whole(path, format, hasHeader: hasHeader)
                for reading in [
                    streamed(path, format, hasHeader: hasHeader), mapped(path, format, hasHeader: hasHeader),
                ] {
                    #expect(reading.error == expected.error && (expected.error != nil || reading == expected))
                }
            }
        }
    }

    /// Blocks that end anywhere: in a character, between two quotation marks, before a line feed.
    @Test(arguments: texts, [DelimitedText.Format.commas, .tabs, .semicolons])
    func blocksOfAnySize(text: String, format: DelimitedText.Format) {
        func rows(inBlocksOf size: Int) -> Reading {
            Reading {
                var parser = DelimitedTextParser(format, columns: nil)
                var bytes = Array(text.utf8)[...]
                while let row = try parser.next(reading: { _ in
                    defer { bytes = bytes.dropFirst(size) }
                    return Array(bytes.prefix(size))
                }) {
                    $0.rows.append(row)
                }
                #expect(try parser.next { _ in [] } == nil)
            }
        }
        let expected = rows(inBlocksOf: text.utf8.count + 1)
        for size in 1...max(text.utf8.count, 1) { #expect(rows(inBlocksOf: size) == expected, "blocks of \(size)") }
    }

    /// More than a block of a file, with fields of all kinds and one row of several blocks.
    @Test func largeFiles() throws {
        let source = RandomSource(seed: 9)
        let lengths = source.integers(below: 40, count: 24_000)
        let text = (0..<8000).map { row in
            let fields = (0..<3).map { column in
                let length = row == 4000 && column == 1 ? 300_000 : lengths[3 * row + column]
                let content = String(repeating: ["a", "é", "日 ", "x\n", "\"\","][length % 5], count: length)
                return length % 5 < 3 ? content : "\"\(content.replacing("\"", with: "\"\""))\""
            }
            return fields.joined(separator: ",") + (row % 3 == 0 ? "\r\n" : "\n")
        }.joined()
        try withTemporaryDirectory { directory in
            let path = directory + "/table.csv"
            try OutputFile.write(text, to: path)
            let expected = whole(path, .commas, hasHeader: true)
            #expect(expected.error == nil && expected.rows.count == 7999 && text.utf8.count > 1 << 20)
            // Comparisons of so many rows are not written out where they fail.
            let (isStreamed, isMapped) = (
                streamed(path, .commas, hasHeader: true) == expected, mapped(path, .commas, hasHeader: true) == expected
            )
            #expect(isStreamed && isMapped)
        }
    }

    @Test func tablesOfSomeRowsHaveTypesAndLines() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/table.csv"
            try OutputFile.write("n,m\n" + (1...7).map { "\($0),\($0 == 6 ? "x" : "1")\n" }.joined(), to: path)
            var reader = try DelimitedTextReader(path, hasHeader: true)
            var tables: [DelimitedText] = []
            while let table = try reader.nextTable(rows: 3) { tables.append(table) }
            #expect(try tables.map { try $0.integers(in: "n") } == [[1, 2, 3], [4, 5, 6], [7]])
            let error = #expect(throws: FileFormatError.self) { try tables[1].numbers(in: "m") }
            let wrong = "cannot read \"\(path)\": line 7: m: expected a finite number, found \"x\""
            #expect(error?.description == wrong)

            let rows = try DelimitedRows(contentsOf: path, hasHeader: true)
            let loader = DataLoader(rows, batchSize: 4, order: .shuffled(seed: 3), prefetching: 1) { batch in
                try rows.table(of: batch).integers(in: "n")
            }
            let epoch = try loader.epoch(0).map { try $0.get() }
            #expect(epoch.map(\.count) == [4, 3] && epoch.joined().sorted() == Array(1...7))
            #expect(Array(epoch.joined()) != Array(1...7))
            let numbers = DataLoader(rows, batchSize: 7) { try rows.table(of: $0).numbers(in: "m") }
            #expect(throws: error!) { for batch in numbers.epoch() { _ = try batch.get() } }
        }
    }

    @Test func mistakesHaveFileLineAndReason() throws {
        func message(_ body: () throws -> Void) -> String {
            do { try body() } catch { return "\(error)" }
            return "nothing"
        }
        try withTemporaryDirectory { directory in
            let path = directory + "/table.csv"
            func readAll(_ bytes: [UInt8], columns: Int? = nil, longest: Int = 1 << 20) throws -> [String] {
                try OutputFile.write(Data(bytes), to: path)
                let streamed = message {
                    var reader = try DelimitedTextReader(path, columns: columns, longest: longest)
                    do {
                        while try reader.next() != nil {}
                    } catch {
                        #expect(try reader.next() == nil)
                        throw error
                    }
                }
                let mapped = message { _ = try DelimitedRows(contentsOf: path, columns: columns, longest: longest) }
                return [streamed, mapped]
            }
            func both(_ reason: String) -> [String] { Array(repeating: "cannot read \"\(path)\": \(reason)", count: 2) }
            #expect(try readAll([]) == both("it is empty"))
            #expect(try readAll([97, 10, 0xFF, 10]) == both("line 2: it is not UTF-8 text"))
            #expect(try readAll(Array("a\n\"b".utf8) + [0xC3, 34]) == both("line 2: it is not UTF-8 text"))
            #expect(try readAll(Array("a,b".utf8), columns: 3) == both("line 1: expected 3 fields, found 2"))
            let open = Array("a\n\"".utf8) + [UInt8](repeating: 98, count: 300_000)
            #expect(try readAll(open) == both("line 2: a quotation mark that is never closed"))
            let long = "line 2: a row that is longer than 100000 bytes"
            #expect(try readAll(open, longest: 100_000) == both(long))
            // The limit does not depend on where blocks end, and a line feed does not count.
            #expect(try readAll(Array("a\nbbbb\n".utf8), longest: 4) == ["nothing", "nothing"])
            let longer = both("line 2: a row that is longer than 4 bytes")
            #expect(try readAll(Array("a\nbbbbb\n".utf8), longest: 4) == longer)
            #expect(try readAll(Array("a\nbbbbb".utf8), longest: 5) == ["nothing", "nothing"])

            let missing = directory + "/missing"
            #expect(throws: TextFileError(path: missing, reason: .notFound)) { _ = try DelimitedTextReader(missing) }
            #expect(throws: TextFileError(path: missing, reason: .notFound)) { try DelimitedRows(contentsOf: missing) }
            #expect(throws: TextFileError(path: "/", reason: .directory)) { _ = try DelimitedTextReader("/") }

            // Files that are written to while their rows are read, and large enough to be mapped.
            func expect(_ reason: String, after change: String) throws {
                try OutputFile.write(String(repeating: "a,b\nc,d\n", count: 100_000), to: path)
                let rows = try DelimitedRows(contentsOf: path)
                let writer = try #require(FileHandle(forWritingAtPath: path))
                try writer.write(contentsOf: Data(change.utf8))
                try writer.close()
                #expect(throws: FileFormatError(path: path, place: "line 1", reason: reason)) {
                    try rows.example(at: 0)
                }
            }
            try expect("expected 2 fields, found 1", after: "aab")
            try expect("the row is no longer there", after: "\n\n\n\n\"")
        }
    }

    /// Of two mistakes in a row, the one that is named does not depend on where blocks end.
    @Test(arguments: 1...9) func twoMistakesInOneField(size: Int) {
        var bytes: ArraySlice<UInt8> = [97, 10, 34, 98, 0xFA, 34, 99, 10]
        var parser = DelimitedTextParser(.commas, columns: nil)
        let error = #expect(throws: FileFormatError.self) {
            while try parser.next(reading: { _ in
                defer { bytes = bytes.dropFirst(size) }
                return Array(bytes.prefix(size))
            }) != nil {}
        }
        #expect(error?.description == "cannot read the data: line 2: text behind the closing quotation mark of a field")
    }

    /// A row that comes in small pieces, as through a pipe, is not parsed again for each of them.
    @Test func piecesOfALongRow() throws {
        var rest = ArraySlice(Array("a\n\"".utf8) + [UInt8](repeating: 98, count: 1 << 20) + Array("\"\n".utf8))
        var parser = DelimitedTextParser(.commas, columns: nil)
        var requests: [Int] = []
        var rows: [[String]] = []
        while let row = try parser.next(reading: { count in
            requests.append(count)
            defer { rest = rest.dropFirst(1000) }
            return Array(rest.prefix(1000))
        }) { rows.append(row.fields) }
        #expect(rows.map { $0[0].utf8.count } == [1, 1 << 20])
        // Each time the row has grown to twice its length, a new goal is set.
        let goals = zip(requests, requests.dropFirst()).filter { $1 >= $0 }.count
        #expect(goals < 100)
    }

    @Test func tablesWithoutRowsTrap() async {
        await #expect(processExitsWith: .failure) {
            var reader = try DelimitedTextReader(#filePath, format: .tabs)
            _ = try reader.nextTable(rows: 0)
        }
        await #expect(processExitsWith: .success) {
            var reader = try DelimitedTextReader(#filePath, format: .tabs)
            _ = try reader.nextTable(rows: 1)
        }
    }
}
