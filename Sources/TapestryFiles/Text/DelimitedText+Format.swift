import TapestryArrays

extension DelimitedText {
    /// How fields are kept apart, and how numbers are written.
    public struct Format: Sendable, Hashable {
        /// What stands between two fields.
        public let separator: Character
        /// Whether a field in quotation marks may have separators, line breaks and (doubled) quotation marks in it; if
        /// not, a quotation mark is one.
        public let isQuoted: Bool
        /// Whether numbers have a comma before their fraction, `3,14`. Between thousands they may have what
        /// spreadsheets write beside such commas, a point or a space: `1.234,5` is 1234.5, and `1.234` is 1234. Numbers
        /// with a decimal point have nothing between thousands.
        public let hasDecimalCommas: Bool

        /// Makes a format. Traps if the separator is not one character of ASCII, if it is a quotation mark or ends a
        /// line, or if it is the comma where numbers have decimal ones that no quotation marks tell from it.
        public init(separator: Character, isQuoted: Bool = true, hasDecimalCommas: Bool = false) {
            let isUsed = separator == "\"" || separator.isNewline
            if separator.asciiValue == nil || isUsed || hasDecimalCommas && separator == "," && !isQuoted {
                trap("DelimitedText.Format", "fields cannot be separated by \(String(separator).quoted)")
            }
            (self.separator, self.isQuoted, self.hasDecimalCommas) = (separator, isQuoted, hasDecimalCommas)
        }

        /// Commas between fields, and quoting.
        public static let commas = Format(separator: ",")
        /// Tabs between fields, and no quoting.
        public static let tabs = Format(separator: "\t", isQuoted: false)
        /// Semicolons between fields, and quoting, as spreadsheets write where the comma is the decimal one. Whether it
        /// is in this file too is for `hasDecimalCommas` to say: `Format(separator: ";", hasDecimalCommas: true)`.
        public static let semicolons = Format(separator: ";")

        /// What numbers are, for messages.
        var numberName: String { hasDecimalCommas ? "a finite number with a decimal comma" : "a finite number" }

        /// The number that a field is, white space around it aside, if it is one.
        package func number(_ field: String) -> Double? {
            hasDecimalCommas ? NumberMarks.commas.number(field.trimmed) : Double(field.trimmed)
        }
    }
}
