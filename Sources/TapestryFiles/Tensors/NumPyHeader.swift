import Foundation

/// What the header of a NumPy file says: a Python dictionary with the type of the elements, their order and the shape.
///
///     {'descr': '<f4', 'fortran_order': False, 'shape': (64, 65), }
struct NumPyHeader: Equatable {
    /// The type as it stands there: the order of bytes (`<`, `>`, or `|` where there is none), a kind, the number of bytes.
    var descriptor: String
    var isFortranOrder: Bool
    var shape: [Int]
}

extension NumPyHeader {
    /// The text of the dictionary.
    var text: String {
        let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        let order = isFortranOrder ? "True" : "False"
        return "{'descr': '\(descriptor)', 'fortran_order': \(order), 'shape': (\(extents)), }"
    }

    /// Reads the text of a dictionary.
    ///
    /// - Throws: A ``FileFormatError`` with the byte of the text.
    init(_ text: Data) throws(FileFormatError) {
        var parser = Parser(text)
        self = try parser.header()
    }
}

/// Reads the few of Python's literals that a header has: strings, `True` and `False`, tuples of whole numbers.
private struct Parser {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: Data) { bytes = Array(text) }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func error(_ reason: String, at position: Int? = nil) -> FileFormatError {
        FileFormatError(place: "header, byte \(position ?? self.position)", reason: reason)
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || 0x09...0x0D ~= byte { position += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(FileFormatError) {
        guard take(character) else { throw error("expected \"\(character)\"") }
    }

    mutating func header() throws(FileFormatError) -> NumPyHeader {
        var (descriptor, isFortranOrder, shape): (String?, Bool?, [Int]?)
        try expect("{")
        while !take("}") {
            skipSpace()
            let start = position
            let key = try string()
            try expect(":")
            let isNew: Bool
            switch key {
            case "descr":
                isNew = descriptor == nil
                descriptor = try type()
            case "fortran_order":
                isNew = isFortranOrder == nil
                isFortranOrder = try truthValue()
            case "shape":
                isNew = shape == nil
                shape = try numbers()
            default: throw error("an unknown key, \(key.quoted)", at: start)
            }
            guard isNew else { throw error("the key \(key.quoted) stands there twice", at: start) }
            guard take(",") else {
                try expect("}")
                break
            }
        }
        skipSpace()
        guard position == bytes.count else { throw error("there is more after the end of the dictionary") }
        guard let descriptor, let isFortranOrder, let shape else {
            throw error("one of the keys \"descr\", \"fortran_order\" and \"shape\" is missing")
        }
        return NumPyHeader(descriptor: descriptor, isFortranOrder: isFortranOrder, shape: shape)
    }

    private mutating func type() throws(FileFormatError) -> String {
        skipSpace()
        if next == UInt8(ascii: "[") { throw error("elements of several fields are not supported") }
        return try string()
    }

    /// A string without escapes.
    private mutating func string() throws(FileFormatError) -> String {
        skipSpace()
        let start = position
        guard let quote = next, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
            throw error("expected a string")
        }
        guard let end = bytes[(position + 1)...].firstIndex(of: quote) else {
            throw error("a string without an end", at: start)
        }
        position = end + 1
        guard let text = String(validating: bytes[start + 1..<end], as: UTF8.self) else {
            throw error("a string that is not UTF-8", at: start)
        }
        return text
    }

    private mutating func truthValue() throws(FileFormatError) -> Bool {
        skipSpace()
        for (word, value) in [("True", true), ("False", false)] where bytes[position...].starts(with: word.utf8) {
            position += word.utf8.count
            return value
        }
        throw error("expected True or False")
    }

    /// A tuple of whole numbers that are not negative, with an `L` behind them where Python 2 wrote one.
    private mutating func numbers() throws(FileFormatError) -> [Int] {
        try expect("(")
        var numbers: [Int] = []
        while !take(")") {
            skipSpace()
            let start = position
            while let byte = next, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { position += 1 }
            guard let number = Int(String(decoding: bytes[start..<position], as: UTF8.self)) else {
                throw error("expected a whole number that is not negative and not beyond counting", at: start)
            }
            numbers.append(number)
            _ = take("L")
            guard take(",") else {
                try expect(")")
                break
            }
        }
        return numbers
    }
}
