/// How wide a text will be. Which font a reader has is unknown, so widths are those of the common sans-serif fonts with
/// room for a wide one.
enum TextMetrics {
    /// Thousandths of the font's size.
    private static let widths: [Character: Double] = {
        let groups: [(String, Double)] = [
            ("ijl'|", 235), (" !,./:;I[]\\ft", 290), ("()r-\"`{}*°", 350), ("Jcksvxyz", 510),
            ("0123456789abdeghnopqu#$?_L", 565), ("+<=>~−×÷±", 595), ("ABEKPSVXYFTZ&", 670), ("CDHNRUw", 730),
            ("GOQ", 785), ("mM", 850), ("%W—", 950), ("@…", 1020), ("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", 380), ("·", 300),
        ]
        return Dictionary(groups.flatMap { group in group.0.map { ($0, group.1) } }) { first, _ in first }
    }()

    /// The width in pixels of a text in a font of a size.
    static func width(_ text: String, size: Double) -> Double {
        1.1 * size / 1000
            * text.reduce(0) { sum, character in
                sum + (widths[character] ?? (character.isWide ? 1000 : 620))
            }
    }

    /// The text, or as much of its beginning and its end as fits into a width: names of parameters differ at both.
    static func shortened(_ text: String, to limit: Double, size: Double) -> String {
        if width(text, size: size) <= limit { return text }
        for kept in stride(from: text.count - 1, to: 0, by: -1) {
            let short = text.prefix((kept + 1) / 2) + "…" + text.suffix(kept / 2)
            if width(String(short), size: size) <= limit { return String(short) }
        }
        return "…"
    }
}

extension Character {
    /// Whether it takes the width of two Latin letters: East Asian scripts and pictures.
    fileprivate var isWide: Bool {
        unicodeScalars.first.map { $0.value >= 0x1100 && !(0x1E00...0x2E7F ~= $0.value) } ?? false
    }
}
