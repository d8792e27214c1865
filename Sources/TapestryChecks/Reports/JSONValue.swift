import Foundation

/// A value of JSON, written with sorted keys and indented; an object that holds nothing but numbers, texts and lists of
/// them is one line.
enum JSONValue {
    case null
    case bool(Bool)
    case integer(UInt64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    static func count(_ count: Int) -> JSONValue { .integer(UInt64(count)) }

    static func optional<Wrapped>(_ value: Wrapped?, _ transform: (Wrapped) -> JSONValue) -> JSONValue {
        value.map(transform) ?? .null
    }

    static func list<Element>(_ elements: [Element], _ transform: (Element) -> JSONValue) -> JSONValue {
        .array(elements.map(transform))
    }

    /// The whole text, with a line break at its end.
    var document: String {
        var text = ""
        write(to: &text, indent: 0)
        return text + "\n"
    }

    private func write(to text: inout String, indent: Int) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let number): text += "\(number)"
        case .number(let number): text += Self.text(number)
        case .string(let string): text += Self.quoted(string)
        case .array(let elements):
            write(elements.map { (key: nil, value: $0) }, between: ("[", "]"), to: &text, indent)
        case .object(let members):
            let sorted = members.sorted { $0.key < $1.key }
            write(sorted.map { (key: $0.key, value: $0.value) }, between: ("{", "}"), to: &text, indent)
        }
    }

    private func write(
        _ parts: [(key: String?, value: JSONValue)], between brackets: (String, String), to text: inout String,
        _ indent: Int
    ) {
        let isOneLine = parts.allSatisfy(\.value.isShort)
        let lineBreak = { (depth: Int) in "\n" + String(repeating: "  ", count: depth) }
        text += brackets.0
        for (number, part) in parts.enumerated() {
            text += isOneLine ? (number == 0 ? "" : ", ") : (number == 0 ? "" : ",") + lineBreak(indent + 1)
            if let key = part.key { text += Self.quoted(key) + ": " }
            part.value.write(to: &text, indent: indent + 1)
        }
        text += (isOneLine ? "" : lineBreak(indent)) + brackets.1
    }

    /// Whether it is no list or object, or a list of such.
    private var isShort: Bool {
        switch self {
        case .array(let elements): elements.allSatisfy(\.isScalar)
        case .object(let members): members.isEmpty
        default: true
        }
    }

    private var isScalar: Bool {
        switch self {
        case .array, .object: false
        default: true
        }
    }

    /// The shortest decimal that reads back as the same number. JSON has none for infinities and NaN.
    private static func text(_ number: Double) -> String {
        if number.isNaN { return quoted("NaN") }
        if number.isInfinite { return quoted(number < 0 ? "-Infinity" : "Infinity") }
        return "\(number)"
    }

    private static func quoted(_ string: String) -> String {
        var text = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"", "\\": text += "\\\(scalar)"
            case "\n": text += "\\n"
            case _ where scalar.value < 0x20: text += String(format: "\\u%04x", scalar.value)
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
