import Foundation

/// What the header of a NumPy file says: a Python dictionary with the type of the elements, their order and the shape.
///
///     {'descr': '<f4', 'fortran_order': False, 'shape': (64, 65), }
struct NumPyHeader: Equatable {
    var descriptor: NumPyDescriptor
    var isFortranOrder: Bool
    var shape: [Int]
}

extension NumPyHeader {
    /// The text of the dictionary, of a type without fields.
    var text: String {
        let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        let order = isFortranOrder ? "True" : "False"
        return "{'descr': '\(descriptor.text)', 'fortran_order': \(order), 'shape': (\(extents)), }"
    }

    /// Reads the text of a dictionary.
    ///
    /// - Parameter isUTF8: whether it is UTF-8, rather than Latin-1. That is for the names of fields to tell: of the
    ///   rest, all is ASCII.
    /// - Throws: A ``FileFormatError`` with the byte of the text.
    init(_ text: Data, isUTF8: Bool) throws(FileFormatError) {
        var parser = Parser(text, isUTF8: isUTF8)
        self = try parser.header()
    }
}

/// Reads the few of Python's literals that a header has: strings, `True` and `False`, tuples of whole numbers, lists of
/// fields.
private struct Parser {
    private let bytes: [UInt8]
    private let isUTF8: Bool
    private var position = 0

    /// The most records that may be inside of one another.
    private static let depthLimit = 16

    init(_ text: Data, isUTF8: Bool) { (bytes, self.isUTF8) = (Array(text), isUTF8) }

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
        var (descriptor, isFortranOrder, shape): (NumPyDescriptor?, Bool?, [Int]?)
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
            default: throw error("an unknown key, \(key.quotedBriefly)", at: start)
            }
            guard isNew else { throw error("the key \(key.quotedBriefly) stands there twice", at: start) }
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

    /// A type, inside of so many lists of fields.
    private mutating func type(depth: Int = 0) throws(FileFormatError) -> NumPyDescriptor {
        skipSpace()
        let start = position
        if take("[") {
            guard depth < Parser.depthLimit else {
                throw error("fields nested deeper than \(Parser.depthLimit) levels", at: start)
            }
            let size = try fieldsSize(depth: depth + 1)
            let list = bytes[start..<position]
            let latin = String(String.UnicodeScalarView(list.map { Unicode.Scalar($0) }))
            guard let text = isUTF8 ? String(validating: list, as: UTF8.self) : latin else {
                throw error("a string that is not UTF-8", at: start)
            }
            return NumPyDescriptor(fields: text, size: size)
        }
        let text = try string()
        guard let type = NumPyDescriptor(text) else {
            throw error("\(text.quotedBriefly) is no type of elements", at: start)
        }
        return type
    }

    /// The bytes of a record, whose fields are `('name', type)` or `('name', type, shape)`, behind the bracket that
    /// opens the list; `nil` if they are pickled.
    private mutating func fieldsSize(depth: Int) throws(FileFormatError) -> Int? {
        var total: Int? = 0
        while !take("]") {
            try expect("(")
            let start = position
            if take("(") {
                // A title and the name.
                try skipName()
                try expect(",")
                try skipName()
                try expect(")")
            } else {
                try skipName()
            }
            try expect(",")
            let type = try type(depth: depth)
            let shape = take(",") ? try numbers() : []
            try expect(")")
            let size = StoredArray.byteCount(bits: 8 * (type.size ?? 0), shape)
            guard let size, size <= NumPyDescriptor.sizeLimit - (total ?? 0) else {
                throw error("a field that is beyond counting", at: start)
            }
            total = type.size == nil ? nil : total.map { $0 + size }
            guard take(",") else {
                try expect("]")
                break
            }
        }
        return total
    }

    /// Passes over the name of a field, in which a backslash escapes what follows.
    private mutating func skipName() throws(FileFormatError) {
        skipSpace()
        let start = position
        guard let quote = next, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
            throw error("expected a string")
        }
        position += 1
        while let byte = next {
            position += byte == UInt8(ascii: "\\") ? 2 : 1
            if byte == quote { return }
        }
        throw error("a string without an end", at: start)
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
