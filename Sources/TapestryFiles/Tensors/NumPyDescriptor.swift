/// The type of the elements of a NumPy file, as its header says it.
struct NumPyDescriptor: Equatable {
    /// What stands there: the order of bytes (`<`, `>`, or `|` where there is none), a kind and a number, or a list of
    /// fields.
    let text: String
    /// Bytes of one element; `nil` if there are Python's objects in it, which are pickled.
    let size: Int?

    /// The most bytes that an element has in NumPy.
    static let sizeLimit = Int(Int32.max)

    /// A list of fields.
    init(fields text: String, size: Int?) { (self.text, self.size) = (text, size) }

    /// A type without fields; `nil` if it is none that NumPy writes.
    init?(_ text: String) {
        self.text = text
        if let elements = NumPyElements(text) {
            size = elements.size
            return
        }
        guard let order = text.first, let kind = text.dropFirst().first else { return nil }
        let hasOrder = order == "<" || order == ">"
        let rest = text.dropFirst(2)
        switch (kind, rest) {
        case ("O", ""), ("O", "4"), ("O", "8"):
            if order != "|" { return nil }
            size = nil
        case ("S", _):
            guard order == "|", let count = NumPyDescriptor.count(rest) else { return nil }
            size = count
        case ("V", _):
            // Bytes without a meaning, and the numbers of other libraries, which have an order.
            guard hasOrder || order == "|", let count = NumPyDescriptor.count(rest) else { return nil }
            size = count
        case ("U", _):
            // Characters of 32 bits.
            guard hasOrder, let count = NumPyDescriptor.count(rest), 4 * count <= NumPyDescriptor.sizeLimit else {
                return nil
            }
            size = 4 * count
        case ("M", _), ("m", _):
            guard hasOrder, rest.first == "8", NumPyDescriptor.isTimeUnit(rest.dropFirst()) else { return nil }
            size = 8
        // Numbers of C's `long double`, one or two, complex ones, and the short ones of other libraries.
        case ("f", "1"), ("f", "12"), ("f", "16"), ("c", "8"), ("c", "16"), ("c", "24"), ("c", "32"), ("W", "4"):
            guard hasOrder, let count = NumPyDescriptor.count(rest) else { return nil }
            size = count
        default: return nil
        }
    }

    /// A number in decimal digits alone.
    private static func count(_ digits: Substring) -> Int? {
        guard digits.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }), let count = Int(digits),
            count <= sizeLimit
        else { return nil }
        return count
    }

    /// Whether this is a unit of time, `[ns]` or `[25us]`, or nothing.
    private static func isTimeUnit(_ text: Substring) -> Bool {
        if text.isEmpty { return true }
        guard text.first == "[", text.last == "]" else { return false }
        let content = text.dropFirst().dropLast()
        let unit = content.drop { "0"..."9" ~= $0 }
        return ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"].contains(unit)
            && (unit.count == content.count || count(content.dropLast(unit.count)) != nil)
    }
}
