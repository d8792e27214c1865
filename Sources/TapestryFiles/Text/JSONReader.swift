/// A value of a JSON text. Unlike Foundation's reader it keeps the order of names, and refuses an object that has one
/// twice and a text that is nested too deep, so what is read means one thing to every program.
package enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    /// The digits as they stand.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([(name: String, value: JSONValue)])

    package static func == (a: JSONValue, b: JSONValue) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.number(let a), .number(let b)), (.string(let a), .string(let b)): a == b
        case (.array(let a), .array(let b)): a == b
        case (.object(let a), .object(let b)): a.elementsEqual(b) { $0.name == $1.name && $0.value == $1.value }
        default: false
        }
    }
}

/// Reads a JSON text (RFC 8259) strictly.
struct JSONReader {
    private let bytes: [UInt8]
    private var position = 0
    private let depthLimit: Int
    private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")

    /// The value that a whole text is, with nothing but white space around it.
    ///
    /// - Parameter depthLimit: How many arrays and objects may stand within each other.
    /// - Throws: A ``FileFormatError`` whose place is a byte of the text, counted from 0.
    static func value(
        of text: [UInt8], depthLimit: Int = 64
    ) throws(FileFormatError) -> JSONValue {
        var reader = JSONReader(bytes: text, depthLimit: depthLimit)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.position == text.count else { throw reader.error("there is more after the end of the value") }
        return value
    }

    private init(bytes: [UInt8], depthLimit: Int) {
        self.bytes = bytes
        self.depthLimit = depthLimit
    }

    private func error(_ reason: String, at position: Int? = nil) -> FileFormatError {
        FileFormatError(place: "byte \(position ?? self.position)", reason: reason)
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(FileFormatError) {
        skipSpace()
        guard take(character) else { throw error("expected \"\(character)\"\(found)") }
    }

    private var found: String {
        guard let next else { return ", found the end" }
        return 0x20..<0x7F ~= next ? ", found \(String(UnicodeScalar(next)).quoted)" : ", found byte \(next)"
    }

    private mutating func value(depth: Int) throws(FileFormatError) -> JSONValue {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case let byte? where byte == UInt8(ascii: "-") || JSONReader.digits.contains(byte): return .number(try number())
        default: throw error("expected a value\(found)")
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(FileFormatError) -> JSONValue {
        let start = position
        for offset in 0..<word.utf8CodeUnitCount {
            guard next == word.utf8Start[offset] else { throw error("expected \(word)", at: start) }
            position += 1
        }
        return value
    }

    private func checkDepth(_ depth: Int) throws(FileFormatError) {
        if depth > depthLimit { throw error("nested deeper than \(depthLimit) levels") }
    }

    private mutating func object(depth: Int) throws(FileFormatError) -> [(name: String, value: JSONValue)] {
        try checkDepth(depth)
        try expect("{")
        var members: [(name: String, value: JSONValue)] = []
        var names: Set<String> = []
        skipSpace()
        if take("}") { return members }
        repeat {
            skipSpace()
            let start = position
            guard next == UInt8(ascii: "\"") else { throw error("expected a name\(found)") }
            let name = try string()
            guard names.insert(name).inserted else {
                throw error("the name \(name.quotedBriefly) stands there twice", at: start)
            }
            try expect(":")
            members.append((name, try value(depth: depth)))
            skipSpace()
        } while take(",")
        try expect("}")
        return members
    }

    private mutating func array(depth: Int) throws(FileFormatError) -> [JSONValue] {
        try checkDepth(depth)
        try expect("[")
        var elements: [JSONValue] = []
        skipSpace()
        if take("]") { return elements }
        repeat {
            elements.append(try value(depth: depth))
            skipSpace()
        } while take(",")
        try expect("]")
        return elements
    }

    private mutating func number() throws(FileFormatError) -> String {
        let start = position
        func digits(_ reader: inout JSONReader) throws(FileFormatError) {
            let first = reader.position
            while let byte = reader.next, JSONReader.digits.contains(byte) { reader.position += 1 }
            if reader.position == first { throw reader.error("expected a digit\(reader.found)") }
        }
        _ = take("-")
        if !take("0") { try digits(&self) }
        if take(".") { try digits(&self) }
        if take("e") || take("E") {
            _ = take("+") || take("-")
            try digits(&self)
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func string() throws(FileFormatError) -> String {
        let start = position
        position += 1
        var content: [UInt8] = []
        while true {
            guard let byte = next else { throw error("a string without an end", at: start) }
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw error("a string that is not UTF-8", at: start)
                }
                return text
            case UInt8(ascii: "\\"): content += try escaped()
            case 0..<0x20: throw error("a control character in a string", at: position - 1)
            default: content.append(byte)
            }
        }
    }

    /// The UTF-8 of what stands after a backslash.
    private mutating func escaped() throws(FileFormatError) -> [UInt8] {
        let start = position - 1
        guard let byte = next else { throw error("a string without an end", at: start) }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            var units = [try hexadecimal()]
            if UTF16.isLeadSurrogate(units[0]) {
                guard take("\\"), take("u") else { throw error("half of a surrogate pair", at: start) }
                units.append(try hexadecimal())
            }
            guard let text = String(validating: units, as: UTF16.self) else {
                throw error("half of a surrogate pair", at: start)
            }
            return Array(text.utf8)
        default: throw error("an unknown escape", at: start)
        }
    }

    private mutating func hexadecimal() throws(FileFormatError) -> UInt16 {
        let start = position
        position = min(position + 4, bytes.count)
        let digits = bytes[start..<position]
        guard digits.count == 4, digits.allSatisfy({ UnicodeScalar($0).properties.isASCIIHexDigit }),
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw error("expected four hexadecimal digits", at: start) }
        return unit
    }
}
