import Testing

@testable import TapestryFiles

@Suite struct JSONReaderTests {
    private func value(_ text: String, depthLimit: Int = 64) throws -> JSONValue {
        try JSONReader.value(of: Array(text.utf8), depthLimit: depthLimit)
    }

    @Test func everyKindOfValue() throws {
        let text = #" { "a" : [ 1 , -2.5e+10 , 0, 0.25E-3 ] , "b" : { } , "c": [], "d":true,"e":false , "f":null} "#
        let expected = JSONValue.object([
            ("a", .array(["1", "-2.5e+10", "0", "0.25E-3"].map { .number($0) })), ("b", .object([])), ("c", .array([])),
            ("d", .bool(true)), ("e", .bool(false)), ("f", .null),
        ])
        #expect(try value(text) == expected)
        #expect(try value(#""\"\\\/\b\f\n\r\t\u00e9\uD83E\uddf6∇""#) == .string("\"\\/\u{8}\u{C}\n\r\té\u{1F9F6}∇"))
    }

    @Test(arguments: [
        ("", "byte 0: expected a value, found the end"), ("{", "byte 1: expected a name, found the end"),
        ("[1,]", #"byte 3: expected a value, found "]""#), (#"{"a" 1}"#, #"byte 5: expected ":", found "1""#),
        (#"{"a":1,}"#, #"byte 7: expected a name, found "}""#), ("[1 2]", #"byte 3: expected "]", found "2""#),
        ("01", "byte 1: there is more after the end of the value"), ("-", "byte 1: expected a digit, found the end"),
        ("1.", "byte 2: expected a digit, found the end"), ("1e", "byte 2: expected a digit, found the end"),
        (".5", #"byte 0: expected a value, found ".""#), ("+1", #"byte 0: expected a value, found "+""#),
        ("nul", "byte 0: expected null"), ("\"a", "byte 0: a string without an end"),
        ("\"a\nb\"", "byte 2: a control character in a string"), (#""\x""#, "byte 1: an unknown escape"),
        (#""\u12g4""#, "byte 3: expected four hexadecimal digits"),
        (#""\u12"#, "byte 3: expected four hexadecimal digits"),
        (#""\udc00""#, "byte 1: half of a surrogate pair"), (#""\ud800\u0041""#, "byte 1: half of a surrogate pair"),
        (#"{"a":1,"a":2}"#, #"byte 7: the name "a" stands there twice"#),
        ("\u{1}", "byte 0: expected a value, found byte 1"),
    ])
    func mistakesAreFoundAtTheirPlace(text: String, message: String) {
        let error = #expect(throws: FileFormatError.self) { try value(text) }
        #expect(error.map { "\($0.place ?? ""): \($0.reason)" } == message)
    }

    @Test func depthIsLimited() throws {
        let text = String(repeating: "[", count: 5) + String(repeating: "]", count: 5)
        _ = try value(text, depthLimit: 5)
        #expect(throws: FileFormatError(place: "byte 4", reason: "nested deeper than 4 levels")) {
            try value(text, depthLimit: 4)
        }
        #expect(throws: FileFormatError.self) { try value(String(repeating: "[", count: 1_000_000)) }
    }
}
