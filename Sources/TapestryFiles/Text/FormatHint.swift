/// Who says in which format a table is, which decides what an error about it can advise.
package enum FormatOrigin: Sendable {
    /// Whoever reads it, and can name another.
    case caller
    /// The table itself and its name.
    case table
    /// The kind of file, which is in this format always.
    case kind
}

/// The end of an error about a table that seems to be in another format than it is read with: what is probably the
/// matter, and what to write instead. It is empty where nothing in the table says so.
struct FormatHint {
    /// What the table is read with.
    let format: DelimitedText.Format
    let origin: FormatOrigin

    /// The most bytes of a row or of a field that is looked at: a longer one would be read in up to three formats, in
    /// one of which it may be millions of fields.
    private static let limit = DelimitedTextParser.blockSize

    /// Whether a row or a field is short enough to be looked at.
    static func isShort(_ text: some Collection<UInt8>) -> Bool { text.count <= limit }

    /// Of rows that do not fit, the first of which has no separator of the format.
    ///
    /// - Parameters:
    ///   - rows: The rows as they stand in the table. In the other format all must have the same number of fields.
    ///   - count: How many these are; `nil` for any number but one.
    func separator(of rows: [String], count: Int? = nil) -> String {
        guard rows.allSatisfy({ Self.isShort($0.utf8) }) else { return "" }
        for other in DelimitedText.Format.usual where other.separator != format.separator {
            let rows = rows.map(other.fields)
            let count = count ?? rows[0].count
            guard count > 1, rows.allSatisfy({ $0.count == count }) else { continue }
            var search = DecimalMarkSearch()
            rows.forEach { search.note($0) }
            return text(other.withDecimalCommas(search.hasDecimalCommas))
        }
        return ""
    }

    /// Of a header that is one name in the format, and in the other has a name that is looked for.
    func separator(ofHeader header: String, with name: String) -> String {
        guard Self.isShort(header.utf8) else { return "" }
        for other in DelimitedText.Format.usual where other.separator != format.separator {
            let names = other.fields(header)
            if names.count > 1, names.contains(name) { return text(other) }
        }
        return ""
    }

    /// Of what stands beside a field in quotation marks, where the format has its separator.
    func separator(_ byte: UInt8) -> String {
        let others = DelimitedText.Format.usual.filter { $0.separator != format.separator }
        guard let other = others.first(where: { $0.separator.asciiValue == byte }) else { return "" }
        return text(DelimitedText.Format(separator: other.separator))
    }

    /// Of a field that is no number in the format, but is one with the other decimal mark, and with that only: `1,234`
    /// may have its comma between thousands.
    func decimalMark(of field: String) -> String {
        guard Self.isShort(field.utf8) else { return "" }
        // Without quotation marks there can be no comma in a field that ends with one.
        if !format.isQuoted, format.separator == "," { return "" }
        let other = format.withDecimalCommas(!format.hasDecimalCommas)
        let (mark, marks): (Character, _) = other.hasDecimalCommas ? (",", NumberMarks.points) : (".", .commas)
        guard field.contains(mark), other.number(field)?.isFinite == true, marks.number(field.trimmed) == nil else {
            return ""
        }
        let names = other.hasDecimalCommas ? ("comma", "point") : ("point", "comma")
        return origin == .caller
            ? "; it has a decimal \(names.0), not a decimal \(names.1) (format: \(other.expression))"
            : "; it has a decimal \(names.0), and the table is read with decimal \(names.1)s"
    }

    private func text(_ other: DelimitedText.Format) -> String {
        let end =
            switch origin {
            case .caller: " (format: \(other.expression))"
            // A name's word is taken for tabs alone.
            case .table: format == .tabs ? ", which its name stands for" : ""
            case .kind: ""
            }
        return "; the table seems to have \(other.separatorName) between fields, not \(format.separatorName)\(end)"
    }
}

extension DelimitedText.Format {
    /// The formats that files without further words are in, in the order in which they are looked for.
    fileprivate static let usual = [tabs, semicolons, commas]

    fileprivate func withDecimalCommas(_ hasDecimalCommas: Bool) -> DelimitedText.Format {
        DelimitedText.Format(separator: separator, isQuoted: isQuoted, hasDecimalCommas: hasDecimalCommas)
    }

    /// The fields of a row; none if it has a mistake.
    fileprivate func fields(_ row: String) -> [String] {
        var parser = DelimitedTextParser(self, columns: nil)
        parser.append(Array(row.utf8))
        parser.finish()
        return (try? parser.next()?.fields) ?? []
    }

    /// What stands between fields, in words.
    fileprivate var separatorName: String {
        switch separator {
        case ",": "commas"
        case "\t": "tabs"
        case ";": "semicolons"
        default: String(separator).quoted
        }
    }

    /// The format in Swift.
    fileprivate var expression: String {
        switch self {
        case .commas: return ".commas"
        case .tabs: return ".tabs"
        case .semicolons: return ".semicolons"
        default:
            let quoting = isQuoted ? "" : ", isQuoted: false"
            let commas = hasDecimalCommas ? ", hasDecimalCommas: true" : ""
            return "DelimitedText.Format(separator: \(String(separator).quoted)\(quoting)\(commas))"
        }
    }
}
