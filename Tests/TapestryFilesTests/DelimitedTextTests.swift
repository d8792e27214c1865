import Tapestry
import TapestryTestSupport
import Testing

@Suite struct DelimitedTextTests {
    @Test func quotesLineBreaksAndEmptyLines() throws {
        let text = "\u{FEFF}name,\"a \"\"b\"\", c\"\r\nx,\r\n\r\n\"two\nlines\",3\n,\"\""
        let table = try DelimitedText(text, hasHeader: true)
        #expect(table.header == ["name", "a \"b\", c"])
        #expect(table.rows.map(\.fields) == [["x", ""], ["two\nlines", "3"], ["", ""]])
        #expect(table.rows.map(\.line) == [2, 4, 6])
        #expect(try table.texts(in: "name") == ["x", "two\nlines", ""])
    }

    @Test func tabsKnowNoQuotes() throws {
        let table = try DelimitedText("a \"quoted\" film\t1\n\"x\t0\n", format: .tabs)
        #expect(table.header == nil && table.rows.map(\.fields) == [["a \"quoted\" film", "1"], ["\"x", "0"]])
    }

    @Test func semicolonsAndDecimalCommas() throws {
        let text = "name;share\n\"a;b\"; 3,14\nc;-2,5e3\nd;7\n"
        let table = try DelimitedText(
            text, format: DelimitedText.Format(separator: ";", hasDecimalCommas: true), hasHeader: true)
        #expect(try table.texts(in: "name") == ["a;b", "c", "d"])
        #expect(try table.numbers(in: "share") == [3.14, -2500, 7])
        #expect(try table.optionalNumbers(in: "share") == [3.14, -2500, 7])
        let points = try DelimitedText(text, format: .semicolons, hasHeader: true)
        let error = #expect(throws: FileFormatError.self) { try points.numbers(in: "share") }
        let reason = #"line 2: share: expected a finite number, found " 3,14"; it has a decimal comma"#
        #expect(error?.description.hasPrefix("cannot read the data: " + reason) == true)
        let thousands = "x\n1.234\n-1.234,5\n12 345 678,25e1\n1\u{202F}234,5\n1\u{A0}000\n"
        let grouped = try DelimitedText(thousands, format: table.format, hasHeader: true)
        #expect(try grouped.numbers(in: "x") == [1234, -1234.5, 123_456_782.5, 1234.5, 1000])
        // Nothing else is between thousands, nor anything elsewhere: groups have three digits, and the first one to
        // three.
        for field in [
            "1.23", "1.2345", "0.123", "1234.567", ".123", "1.234 567", "1..234", "1.234.", "1,234,5", "1,234.5",
            "--1.234", "1.23e", "1'234,5", ",", ".", " . ", "192.168.1.1", "10.0.0.1", "1.2.3.4", "1.23.456",
            "1.234.56", "1234.567.890", "192.168.100.20", "01.02.2024", "1.2.3,5",
        ] {
            let table = try DelimitedText("x\n\(field)", format: table.format, hasHeader: true)
            let error = #expect(throws: FileFormatError.self) { try table.numbers(in: "x") }
            let reason = "x: expected a finite number with a decimal comma, found \"\(field)\""
            let hint = Double(field) == nil ? "" : "; it has a decimal point, not a decimal comma (format: .semicolons)"
            #expect(error?.reason == reason + hint, "\(field)")
        }
    }

    @Test(arguments: [
        ("a;b\n1,5;2\n", ";", true), ("a;b\n1.5;2\n", ";", false), ("a;b\n1.5;2,5\n", ";", false),
        ("1,5;2,5\n", ";", true), ("last, first;age\nA, B;3\n", ",", false), ("\"a;b;c\",d\n1,2\n", ",", false),
        ("a\tb;c;d\n1\t2,5\n", "\t", false), ("a,b\n1,5\n", ",", false),
        // Thousands, in the first line, too.
        ("1.234,5;2.345,6\n", ";", true), ("1 234,5;2\u{202F}345,6;a\n", ";", true), ("1,234.5;2,345.6\n", ";", false),
        ("a;b\n1.234.567;2,5\n", ";", true), ("a;b\n1,234,567;2\n", ";", false), ("a;b\n1.234;2,5\n", ";", true),
        ("a;b\n1,234;2.5\n", ";", false), ("a;b\n01.02.2024;2,5\n", ";", true), ("1,234;x;y, z, a\n", ",", false),
        // What could be either.
        ("a;b\n1,234;2,345\n", ";", true), ("a;b\n1.234;2.345\n", ";", false), ("1,234;1.234\n", ";", true),
        // Addresses, versions or numbers: points between groups alone are no decimal commas.
        ("a;b\n192.168.100.200;2\n", ";", false), ("a;b\n1.234.567;2\n", ";", false),
        ("a;b\n192.168.100.200;2.5\n", ";", false), ("a;b\n192.168.1.1;2,5\n", ";", true),
    ])
    func formatsAreRecognized(text: String, separator: Character, hasDecimalCommas: Bool) throws {
        let format = try DelimitedText(recognizing: text, path: "table").format
        #expect(format.separator == separator && format.hasDecimalCommas == hasDecimalCommas)
    }

    @Test func separatorsOfOnesOwn() async throws {
        let format = DelimitedText.Format(separator: "|", isQuoted: false)
        #expect(try DelimitedText("a|\"b\n", format: format).rows.map(\.fields) == [["a", "\"b"]])
        #expect(DelimitedText.Format(separator: ",") == .commas && format != .commas)
        await #expect(processExitsWith: .failure) { _ = DelimitedText.Format(separator: "·") }
        await #expect(processExitsWith: .failure) { _ = DelimitedText.Format(separator: "\"") }
        await #expect(processExitsWith: .failure) { _ = DelimitedText.Format(separator: "\r\n") }
        await #expect(processExitsWith: .failure) {
            _ = DelimitedText.Format(separator: ",", isQuoted: false, hasDecimalCommas: true)
        }
    }

    @Test func numbers() throws {
        let table = try DelimitedText("\"n\",m\n 1.5 ,x\n-2e3,y\n", hasHeader: true)
        #expect(try table.numbers(in: "n") == [1.5, -2000])
        let error = #expect(throws: FileFormatError.self) { try table.numbers(in: "m") }
        #expect(error?.description == #"cannot read the data: line 2: m: expected a finite number, found "x""#)
        let missing = #expect(throws: FileFormatError.self) { try table.numbers(in: "o") }
        #expect(missing?.reason == #"there is no column "o", the header has "n", "m""#)
        #expect(throws: FileFormatError.self) { try DelimitedText("1\ninf", hasHeader: true).numbers(in: "1") }
    }

    @Test(arguments: [
        ("", "it has no rows"), ("\n\n", "it has no rows"), ("a,b\nc\n", "line 2: expected 2 fields, found 1"),
        ("a\n\nb,c", "line 3: expected 1 field, found 2"),
        ("a\n\"b\nc", "line 2: a quotation mark that is never closed"),
        ("a\n\"b\"c", "line 2: text behind the closing quotation mark of a field"),
        ("a\nb\"c", "line 2: a quotation mark inside a field that does not begin with one"),
    ])
    func mistakesAreFoundAtTheirLine(text: String, message: String) {
        let error = #expect(throws: FileFormatError.self) { try DelimitedText(text) }
        #expect(error?.description == "cannot read the data: " + message)
    }

    @Test func columnsCanBeAsked() {
        #expect(throws: FileFormatError(place: "line 1", reason: "expected 3 fields, found 2")) {
            try DelimitedText("a,b", columns: 3)
        }
    }

    @Test func theFileIsNamed() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/table.csv"
            try OutputFile.write("a,b\n1\n", to: path)
            let error = #expect(throws: FileFormatError.self) { try DelimitedText(contentsOf: path) }
            #expect(error?.description == "cannot read \"\(path)\": line 2: expected 2 fields, found 1")
            #expect(throws: TextFileError.self) { try DelimitedText(contentsOf: path + ".missing") }
        }
    }
}
