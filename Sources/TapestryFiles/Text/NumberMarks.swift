/// How numbers are written in a country: the mark before the fraction, and those that may stand between thousands.
struct NumberMarks {
    /// `1,234.5`, as in English.
    static let points = NumberMarks(fraction: ".", thousands: [","])
    /// `1.234,5` as in German, and `1 234,5` as in French, where the space is one without a break.
    static let commas = NumberMarks(fraction: ",", thousands: [".", " ", "\u{A0}", "\u{202F}"])

    private let fraction: Character
    private let thousands: Set<Character>

    /// The number that a text is, if it is one: without marks between thousands, or with one of them between all.
    func number(_ text: String) -> Double? {
        let mark = fraction.asciiValue!
        let (point, comma) = (UInt8(ascii: "."), UInt8(ascii: ","))
        // Most texts have none, which is seen without a look at their characters.
        if text.utf8.allSatisfy({ 0x21...0x7E ~= $0 && ($0 == mark || $0 != point && $0 != comma) }) {
            return mark == point
                ? Double(text) : Double(String(decoding: text.utf8.map { $0 == mark ? point : $0 }, as: UTF8.self))
        }
        let parts = text.split(separator: fraction, maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = ungrouped(parts[0]) else { return nil }
        return Double(([whole] + parts.dropFirst()).joined(separator: "."))
    }

    /// A whole number without the marks between its groups, of which the first has one to three digits, and the others
    /// three.
    private func ungrouped(_ text: Substring) -> Substring? {
        guard let mark = text.first(where: thousands.contains) else { return nil }
        let sign = text.first == "-" || text.first == "+" ? text.prefix(1) : ""
        let groups = text.dropFirst(sign.count).split(separator: mark, omittingEmptySubsequences: false)
        guard (1...3).contains(groups[0].count), groups[0].first != "0",
            groups.dropFirst().allSatisfy({ $0.count == 3 }),
            groups.joined().allSatisfy({ $0.isASCII && $0.isNumber })
        else { return nil }
        return sign + groups.joined()
    }
}
