import Foundation
import Tapestry
import TapestryFiles
import TapestryTestSupport
import Testing

/// A table in another format than it is read with: the error says what is probably the matter and what to write
/// instead, and nothing of the kind where the table doesn't say so.
@Suite struct FormatHintTests {
    private typealias Format = DelimitedText.Format
    private static let decimalCommas = #"DelimitedText.Format(separator: ";", hasDecimalCommas: true)"#
    private static func seems(_ other: String, _ own: String, _ format: String) -> String {
        "; the table seems to have \(other) between fields, not \(own) (format: \(format))"
    }

    private func reason(_ body: () throws -> Void) -> String? {
        #expect(throws: FileFormatError.self, performing: body)?.reason
    }

    @Test(
        arguments: [
            // The number with a decimal comma is what gives the row another field.
            ("a;b\n1,5;2\n", .commas, "expected 1 field, found 2" + seems("semicolons", "commas", decimalCommas)),
            ("a;b\nx, y;2\n", .commas, "expected 1 field, found 2" + seems("semicolons", "commas", ".semicolons")),
            ("a\tb\nx, y\t2\n", .commas, "expected 1 field, found 2" + seems("tabs", "commas", ".tabs")),
            (
                "\u{FEFF}a,b\r\nx;y,2\r\n", .semicolons,
                "expected 1 field, found 2" + seems("commas", "semicolons", ".commas")
            ),
            ("a,b\nx\ty,2\n", .tabs, "expected 1 field, found 2" + seems("commas", "tabs", ".commas")),
            (
                "a;b\nx|y;2", Format(separator: "|"),
                "expected 1 field, found 2" + seems("semicolons", "\"|\"", ".semicolons")
            ),
            (
                "a\tb\n1,5\t2", .commas,
                "expected 1 field, found 2"
                    + seems(
                        "tabs", "commas",
                        #"DelimitedText.Format(separator: "\t", isQuoted: false, hasDecimalCommas: true)"#)
            ),
            (
                "a,b\n1.5;,2\n", Format(separator: ";", hasDecimalCommas: true),
                "expected 1 field, found 2" + seems("commas", "semicolons", ".commas")
            ),
            // Fields in quotation marks, in the first row of the other format.
            (
                "\"a\";\"b\"\n", .commas,
                "text behind the closing quotation mark of a field" + seems("semicolons", "commas", ".semicolons")
            ),
            (
                "a;\"b\"\n", .commas,
                "a quotation mark inside a field that does not begin with one"
                    + seems("semicolons", "commas", ".semicolons")
            ),
            (
                "\"a\"\t\"b\"\n", .commas,
                "text behind the closing quotation mark of a field"
                    + seems("tabs", "commas", #"DelimitedText.Format(separator: "\t")"#)
            ),
            // A header of the format, rows of it, and fields in quotation marks that have separators: no other format.
            ("a,b\n1;2\n", .commas, "expected 2 fields, found 1"),
            ("a;b\nx,y,z;2;3\n", .commas, "expected 1 field, found 3"),
            ("a;b\nx,y\n", .commas, "expected 1 field, found 2"), ("a b\nx,y\n", .commas, "expected 1 field, found 2"),
            ("\"a;b\"\nx;,y\n", .commas, "expected 1 field, found 2"),
            ("\"a\tb\"\nx\t,y\n", .commas, "expected 1 field, found 2"),
            ("x\na;\"b\"\n", .commas, "a quotation mark inside a field that does not begin with one"),
            ("x,a;\"b\"\n", .commas, "a quotation mark inside a field that does not begin with one"),
            ("\"x\",\"a\";\"b\"\n", .commas, "text behind the closing quotation mark of a field"),
            ("\"a\"b;c\n", .commas, "text behind the closing quotation mark of a field"),
            ("a\"b\n", .commas, "a quotation mark inside a field that does not begin with one"),
        ] as [(String, Format, String)])
    private func separators(text: String, format: Format, expected: String) throws {
        #expect(reason { _ = try DelimitedText(text, format: format) } == expected)
        // However large the file is.
        try withTemporaryDirectory { directory in
            let path = directory + "/table"
            try OutputFile.write(text, to: path)
            let streamed = reason {
                var reader = try DelimitedTextReader(path, format: format)
                while try reader.next() != nil {}
            }
            #expect(streamed == expected)
            #expect(reason { _ = try DelimitedRows(contentsOf: path, format: format) } == expected)
        }
    }

    @Test func separatorsWhereColumnsAreAsked() {
        let one = "expected 2 fields, found 1"
        #expect(
            reason { _ = try DelimitedText("a;b\n", columns: 2) } == one
                + Self.seems("semicolons", "commas", ".semicolons"))
        #expect(
            reason { _ = try DelimitedText("1,5;b\n", columns: 3) }
                == "expected 3 fields, found 2")
        #expect(reason { _ = try DelimitedText("a;b;c\n", columns: 2) } == one)
        #expect(reason { _ = try DelimitedText("a,b\na;b\n", columns: 2) } == one)
        #expect(reason { _ = try DelimitedText("a;b\na,b\n", columns: 1) } == "expected 1 field, found 2")
    }

    @Test func separatorsWhereNoRowTells() throws {
        let table = try DelimitedText("a;b\n1;2\n", hasHeader: true)
        let missing = #"there is no column "b", the header has "a;b""#
        #expect(
            reason { _ = try table.numbers(in: "b") } == missing + Self.seems("semicolons", "commas", ".semicolons"))
        #expect(reason { _ = try table.texts(in: "c") } == #"there is no column "c", the header has "a;b""#)
        let row = reason { _ = try table.numbers(in: "a;b") }
        #expect(
            row == #"a;b: expected a finite number, found "1;2""# + Self.seems("semicolons", "commas", ".semicolons"))
        // Not a number with a decimal comma.
        let commas = try DelimitedText("a,b\n1,2\n", format: .tabs, hasHeader: true)
        let number = reason { _ = try commas.optionalNumbers(in: "a,b") }
        #expect(
            number == #"a,b: expected a finite number or nothing, found "1,2""#
                + Self.seems("commas", "tabs", ".commas"))
    }

    @Test(
        arguments: [
            ("3,14", .semicolons, "; it has a decimal comma, not a decimal point (format: \(decimalCommas))"),
            (" -1.234,5 ", .semicolons, "; it has a decimal comma, not a decimal point (format: \(decimalCommas))"),
            (
                "\"3,14\"", .commas,
                "; it has a decimal comma, not a decimal point "
                    + #"(format: DelimitedText.Format(separator: ",", hasDecimalCommas: true))"#
            ),
            (
                "3,14", .tabs,
                "; it has a decimal comma, not a decimal point "
                    + #"(format: DelimitedText.Format(separator: "\t", isQuoted: false, hasDecimalCommas: true))"#
            ),
            (
                "3.14", Format(separator: ";", hasDecimalCommas: true),
                "; it has a decimal point, not a decimal comma (format: .semicolons)"
            ),
            // Marks between thousands, what is no number anywhere, or of no finite size.
            ("\"1,234\"", .commas, ""), ("\"1,234,567\"", .commas, ""), ("1.234.567", .semicolons, ""),
            ("192.168.100.200", .semicolons, ""), ("1,2,3", .semicolons, ""), ("3,14 m", .semicolons, ""),
            ("1,5e999", .semicolons, ""), ("", .semicolons, ""), (",", .semicolons, ""), ("nan", .semicolons, ""),
            ("1,234.5", Format(separator: ";", hasDecimalCommas: true), ""),
            ("192.168.1.1", Format(separator: ";", hasDecimalCommas: true), ""),
            ("1.5e999", Format(separator: ";", hasDecimalCommas: true), ""),
            // No comma can be told from a separator here.
            ("1;5", Format(separator: ",", isQuoted: false), ""),
        ] as [(String, Format, String)])
    private func decimalMarks(field: String, format: Format, hint: String) throws {
        let separator = String(format.separator)
        let table = try DelimitedText("x\(separator)y\n\(field)\(separator)1\n", format: format, hasHeader: true)
        let kind = "a finite number" + (format.hasDecimalCommas ? " with a decimal comma" : "")
        let found = "found \"\(table.rows[0].fields[0])\"\(hint)"
        #expect(reason { _ = try table.numbers(in: "x") } == "x: expected \(kind), \(found)")
        if !field.isEmpty {
            #expect(reason { _ = try table.optionalNumbers(in: "x") } == "x: expected \(kind) or nothing, \(found)")
        }
        #expect(reason { _ = try table.truthValues(in: "x") }?.contains("format:") == false)
    }

    @Test func tablesOfSomeRowsHaveThemToo() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/table.csv"
            try OutputFile.write("x;y\n3,14;2\n", to: path)
            let expected =
                "x: expected a finite number, found \"3,14\"; it has a decimal comma, not a decimal point "
                + "(format: \(Self.decimalCommas))"
            var reader = try DelimitedTextReader(path, format: .semicolons, hasHeader: true)
            let table = try #require(try reader.nextTable(rows: 2))
            #expect(reason { _ = try table.numbers(in: "x") } == expected)
            let rows = try DelimitedRows(contentsOf: path, format: .semicolons, hasHeader: true)
            #expect(reason { _ = try rows.table(of: [rows.example(at: 0)]).numbers(in: "x") } == expected)
        }
    }

    /// Who gives a program a table does not write its format.
    @Test func formatsThatWereRecognized() throws {
        let mixed = try DelimitedText(recognizing: "x;y\n1,5;2.5\n", path: "x.csv", hasHeader: true)
        let comma = "; it has a decimal comma, and the table is read with decimal points"
        #expect(
            reason { _ = try mixed.numbers(in: "x") } == #"x: expected a finite number, found "1,5""# + comma)
        let named = "; the table seems to have commas between fields, not tabs, which its name stands for"
        #expect(
            reason { _ = try DelimitedText(recognizing: "a,b\n1,2\t3\n", path: "x.tsv") } == "expected 1 field, found 2"
                + named
        )
        let table = try DelimitedText(recognizing: "a,b\n1,2\n", path: "x.tsv", hasHeader: true)
        let missing = #"there is no column "b", the header has "a,b""#
        #expect(reason { _ = try table.numbers(in: "b") } == missing + named)
        try withTemporaryDirectory { directory in
            let path = directory + "/table.csv"
            try OutputFile.write("a;\"b\",c,d\n", to: path)
            let seems = "; the table seems to have semicolons between fields, not commas"
            let error = "a quotation mark inside a field that does not begin with one" + seems
            #expect(reason { _ = try DelimitedText(recognizingContentsOf: path) } == error)
        }
    }

    /// Of files of one kind, which are in one format, nobody can name another.
    @Test func formatsOfKinds() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/table.txt"
            try OutputFile.write("a,b\n1,5\n", to: path)
            #expect(
                reason { _ = try DelimitedText(contentsOf: path, format: .tabs, origin: .kind, columns: 2) }
                    == "expected 2 fields, found 1; the table seems to have commas between fields, not tabs")
        }
    }

    /// A row or a field that is longer than a block of a file may be millions of fields in another format: it is not
    /// looked at.
    @Test func longRowsAreNotLookedAt() throws {
        for (length, isHinted) in [(1 << 16, true), ((1 << 16) + 1, false)] {
            let letters = String(repeating: "x", count: length - 3)
            let hint = isHinted ? Self.seems("semicolons", "commas", ".semicolons") : ""
            let two = "expected 1 field, found 2" + hint
            // The row that does not fit, the one before it, and one that does not have the columns that are asked for.
            #expect(reason { _ = try DelimitedText("a;b\n1;,\(letters)\n") } == two)
            #expect(reason { _ = try DelimitedText("a;b\r\n1;,\(letters)") } == two)
            #expect(reason { _ = try DelimitedText("aa;\(letters)\nx,y;2\n") } == two)
            #expect(
                reason { _ = try DelimitedText("aa;\(letters)", columns: 2) } == "expected 2 fields, found 1" + hint)
            // Fields and headers, of which an error shows the beginning.
            let header = try DelimitedText("aa;\(letters)\n1;2\n", hasHeader: true)
            #expect(reason { _ = try header.texts(in: "aa") }?.contains("; the table seems") == isHinted)
            let field = try DelimitedText("a;b\n11;\(letters)\n", hasHeader: true)
            #expect(reason { _ = try field.numbers(in: "a;b") }?.contains("; the table seems") == isHinted)
            let digits = String(repeating: "1", count: length - 2)
            let number = try DelimitedText("a\n0,\(digits)\n", format: .semicolons, hasHeader: true)
            #expect(reason { _ = try number.numbers(in: "a") }?.contains("; it has a decimal comma") == isHinted)
        }
    }

    /// Separators in quotation marks are none, in a header and in fields.
    @Test(arguments: ["\"a;b\"\n1;2\n", "a;b\n\"1;2\"\n", "\"a;b\"\r\n\"1;2\""])
    func separatorsInQuotationMarks(text: String) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/table"
            try OutputFile.write(text, to: path)
            var reader = try DelimitedTextReader(path, hasHeader: true)
            let part = try #require(try reader.nextTable(rows: 1))
            let rows = try DelimitedRows(contentsOf: path, hasHeader: true)
            let batch = try rows.table(of: [rows.example(at: 0)])
            for table in [try DelimitedText(text, hasHeader: true), part, batch] {
                let row = reason { _ = try table.numbers(in: "a;b") }
                #expect(row == #"a;b: expected a finite number, found "1;2""#)
                let missing = reason { _ = try table.texts(in: "b") }
                #expect(missing == #"there is no column "b", the header has "a;b""#)
            }
        }
        #expect(reason { _ = try DelimitedText("\"a\tb\"\n", columns: 2) } == "expected 2 fields, found 1")
    }

    /// How a table came to its format does not make it another one.
    @Test func equalTables() throws {
        let table = try DelimitedText("x,y\n1,2\n", path: "x.csv")
        #expect(try table == DelimitedText(recognizing: "x,y\n1,2\n", path: "x.csv"))
        #expect(try table != DelimitedText("x,y\n1,3\n", path: "x.csv"))
        #expect(try table != DelimitedText("x,y\n1,2\n", hasHeader: true, path: "x.csv"))
    }

    /// What a table says stays one line and cannot steer a terminal.
    @Test func nothingSteersTheTerminal() {
        let text = "\u{1B}[2J;b\nx,\u{9B}2J;2\n"
        for format in [Format.commas, Format(separator: "\u{1B}", isQuoted: false)] {
            for columns in [nil, 2, 3] {
                let error = #expect(throws: FileFormatError.self) {
                    let table = try DelimitedText(text, format: format, hasHeader: true, columns: columns)
                    _ = try table.numbers(in: "b")
                }
                #expect(error?.description.unicodeScalars.contains(where: \.isSteering) == false)
            }
        }
    }
}
