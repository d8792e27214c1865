import Foundation

// The format of a table that nobody names: files of figures that programs are given come with commas, tabs or
// semicolons.

extension DelimitedText {
    /// Reads a text whose format is told by its name, its first line, and the numbers in it.
    ///
    /// - Parameter format: what has been told of it already, all but the decimal mark; `nil` if nothing has.
    /// - Throws: A ``FileFormatError`` as ``init(_:format:hasHeader:columns:path:)`` does.
    package init(
        recognizing text: String, path: String, hasHeader: Bool = false, format: Format? = nil
    ) throws(FileFormatError) {
        if format == nil, ForeignFormat.isMarkup(text) { throw FileFormatError(reason: ForeignFormat.markup) }
        let format = format ?? Format(recognizedIn: text, path: path)
        let table = try DelimitedText(text, format: format, origin: .table, hasHeader: hasHeader, path: path)
        self = format == .semicolons ? table.withItsDecimalMark : table
    }

    /// Reads a file whose format is told by its name, its first line, and the numbers in it.
    ///
    /// - Throws: A ``TextFileError`` or a ``FileFormatError`` as ``init(contentsOf:format:hasHeader:columns:)`` does.
    package init(recognizingContentsOf path: String, hasHeader: Bool = false) throws {
        do {
            try self.init(recognizing: TextFile.read(path), path: path, hasHeader: hasHeader)
        } catch let error as FileFormatError {
            throw error.inFile(path)
        }
    }

    /// The same table, with decimal commas if its numbers have them.
    fileprivate var withItsDecimalMark: DelimitedText {
        var search = DecimalMarkSearch()
        for row in rows where !search.isDone { search.note(row.fields) }
        return DelimitedText(
            header: header, rows: rows, format: search.format, origin: .table, hasQuotes: hasQuotes, path: path)
    }

    /// The most bytes of a row of a file that is read row by row, as of a text that is read at once.
    package static let longestRow = 256 << 20
    /// The most bytes of the first line that are looked at.
    static let firstLineLimit = 1 << 16

    /// The first line of a text, or the beginning of a long one.
    static func firstLine(of text: String) -> String {
        let line = text.utf8.prefix(firstLineLimit).prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        return String(decoding: line, as: UTF8.self)
    }
}

/// Tells from fields whether numbers have decimal commas: if there are some that have one, and none that have a decimal
/// point. So `1,234` alone has a decimal comma, and `1.234` alone a decimal point. Points between groups of digits say
/// nothing, since addresses such as `192.168.100.200` have them, too.
struct DecimalMarkSearch {
    private var hasCommas = false
    private var hasPoints = false
    /// So many fields that begin like numbers and have a mark in them tell it.
    private var rest = 10_000

    /// Whether other fields do not matter.
    var isDone: Bool { hasPoints || rest <= 0 }

    /// What is told by the fields so far.
    var hasDecimalCommas: Bool { hasCommas && !hasPoints }

    /// Semicolons between fields, with these numbers in them.
    var format: DelimitedText.Format { DelimitedText.Format(separator: ";", hasDecimalCommas: hasDecimalCommas) }

    mutating func note(_ fields: [String]) {
        for number in fields.lazy.compactMap(\.markedNumber) {
            if NumberMarks.commas.number(number) != nil {
                hasCommas = hasCommas || number.utf8.contains(UInt8(ascii: ","))
            } else if NumberMarks.points.number(number) != nil {
                hasPoints = true
            }
            rest -= 1
        }
    }
}

extension String {
    /// The text without white space around it, if it has a point or a comma and begins like a number.
    fileprivate var markedNumber: String? {
        let marks = [UInt8(ascii: "."), UInt8(ascii: ",")]
        guard utf8.contains(where: marks.contains) else { return nil }
        let text = trimmed
        guard let first = text.utf8.first, 0x2B...0x39 ~= first else { return nil }  // Signs, marks, / and digits.
        return text
    }
}

extension DelimitedText.Format {
    /// The format of a file's table, in which semicolons have been found, with decimal commas if its numbers have them.
    ///
    /// - Throws: As ``DelimitedTextReader/next()`` does.
    func withDecimalMark(ofFile path: String) throws -> DelimitedText.Format {
        guard self == .semicolons else { return self }
        var search = DecimalMarkSearch()
        var reader = try DelimitedTextReader(
            path, format: self, origin: .table, longest: DelimitedText.longestRow)
        while !search.isDone, let row = try reader.next() { search.note(row.fields) }
        return search.format
    }

    /// The format of a text: tabs if its name or its first line says so, semicolons if there are more of them than
    /// commas.
    init(recognizedIn text: String, path: String) {
        let line = DelimitedText.firstLine(of: text)
        if path.hasSuffix(".tsv") || line.contains("\t") {
            self = .tabs
        } else {
            self = DelimitedText.Format.hasSemicolons(line) ? .semicolons : .commas
        }
    }

    /// Whether there are semicolons between the fields of a line, rather than commas: more of them, outside of
    /// quotation marks, commas inside of a number aside.
    private static func hasSemicolons(_ line: String) -> Bool {
        guard line.utf8.contains(UInt8(ascii: ";")) else { return false }
        // Every other part of a line is inside of quotation marks.
        let parts = line.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
        let fields = parts.filter { $0.offset % 2 == 0 }.map(\.element).joined(separator: " ").split(
            separator: ";", omittingEmptySubsequences: false)
        let commas = fields.filter { field in
            guard let number = String(field).markedNumber else { return true }
            return NumberMarks.commas.number(number) == nil && NumberMarks.points.number(number) == nil
        }.joined().count { $0 == "," }
        return fields.count - 1 > commas
    }
}
