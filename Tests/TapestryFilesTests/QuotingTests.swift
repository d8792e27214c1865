import TapestryFiles
import Testing

/// What comes from a file, or from a user, in messages and tables.
@Suite struct QuotingTests {
    /// Commands to the terminal (of the control characters above ASCII, too), marks of direction, ends of lines.
    @Test(arguments: [
        ("\u{1B}[2J", "\\u{1B}[2J"), ("\u{9B}2J", "\\u{9B}2J"), ("\u{7F}\u{85}", "\\u{7F}\\u{85}"),
        ("a\0b\t\r\n", "a\\0b\\t\\r\\n"),
        ("\u{202E}abc\u{2066}", "\\u{202E}abc\\u{2066}"), ("a\u{2028}b\u{2029}", "a\\u{2028}b\\u{2029}"),
        ("\u{FEFF}", "\\u{FEFF}"),
    ])
    func whatCouldSteerTheTerminal(text: String, escaped: String) {
        #expect(text.quoted == "\"\(escaped)\"" && text.oneLine == escaped && text.brief == text.quoted)
        let error = FileFormatError(place: text, reason: text)
        #expect("\(error)" == "cannot read the data: \(escaped): \(escaped)")
    }

    @Test func whatIsShownAsItIs() {
        for text in ["", "größe ∇ 数", "👨‍👩‍👧", "می‌خواهم", "don't"] {
            #expect(text.quoted == "\"\(text)\"" && text.oneLine == text && text.brief == text)
        }
        #expect("a \"b\" \\".quoted == #""a \"b\" \\""# && "a \"b\" \\".oneLine == "a \"b\" \\")
    }

    /// A name may be as long as a file is, in characters or in what is one of them.
    @Test func longNames() {
        #expect("abc".shortened(to: 3) == "abc" && "abcd".shortened(to: 3) == "ab…")
        let marks = "e" + String(repeating: "\u{301}", count: 1000)
        #expect(
            marks.count == 1 && marks.brief.unicodeScalars.count == 100
                && marks.quotedBriefly.unicodeScalars.count == 102)
        #expect((0..<9).map { "\($0)" }.briefList == #""0", "1", "2", "3", "4", "5", "6", "7", …"#)
        #expect([2, 3].brief == "[2, 3]" && [Int](repeating: 1, count: 33).brief.hasSuffix("1, 1, …]"))
    }

    @Test func counts() {
        #expect([0, 1, 2].map { $0.counted("field") } == ["0 fields", "1 field", "2 fields"])
        #expect(
            1.counted("entry", plural: "entries") == "1 entry" && 2.counted("entry", plural: "entries") == "2 entries")
    }
}
