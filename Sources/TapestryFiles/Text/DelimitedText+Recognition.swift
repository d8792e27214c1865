import Foundation

// The format of a table that nobody names: files of figures that programs are given come with commas, tabs or semicolons.

extension DelimitedText {
    /// Reads a text whose format is told by its name, its first line, and the numbers in it.
    ///
    /// - Parameter format: what has been told of it already, all but the decimal mark; `nil` if nothing has.
    /// - Throws: A ``FileFormatError`` as ``init(_:format:hasHeader:columns:path:)`` does.
    package init(
        recognizing text: String, path: String, hasHeader: Bool = false, format: Format? = nil
    ) throws(FileFormatError) {
        let format = format ?? Format(recognizedIn: text, path: path)
        let table = try DelimitedText(text, format: format, hasHeader: hasHeader, path: path)
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

    private static let decimalCommas = Format(separator: ";", hasDecimalCommas: true)

    /// Whether a field is a number only if a comma is before its fraction.
    fileprivate static func isNumberWithDecimalComma(_ field: String) -> Bool {
        field.utf8.contains(UInt8(ascii: ","))
            && decimalCommas.number(field.trimmingCharacters(in: .whitespaces)) != nil
    }

    /// The same table, with decimal commas if there are numbers with them and none with a decimal point.
    fileprivate var withItsDecimalMark: DelimitedText {
        var hasCommas = false
        for field in rows.lazy.flatMap(\.fields) {
            if DelimitedText.isNumberWithDecimalComma(field) {
                hasCommas = true
            } else if field.utf8.contains(UInt8(ascii: ".")), Double(field.trimmingCharacters(in: .whitespaces)) != nil
            {
                return self
            }
        }
        let format = hasCommas ? DelimitedText.decimalCommas : format
        return DelimitedText(header: header, rows: rows, format: format, path: path)
    }
}

extension DelimitedText.Format {
    /// The format of a text: tabs if its name or its first line says so, semicolons if there are more of them than commas.
    init(recognizedIn text: String, path: String) {
        let line = text.prefix { !$0.isNewline }
        if path.hasSuffix(".tsv") || line.contains("\t") {
            self = .tabs
        } else {
            self = DelimitedText.Format.hasSemicolons(line) ? .semicolons : .commas
        }
    }

    /// Whether there are semicolons between the fields of a line, rather than commas: more of them, outside of quotation
    /// marks, commas inside of a number aside.
    private static func hasSemicolons(_ line: Substring) -> Bool {
        guard line.utf8.contains(UInt8(ascii: ";")) else { return false }
        // Every other part of a line is inside of quotation marks.
        let parts = line.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
        let fields = parts.filter { $0.offset % 2 == 0 }.map(\.element).joined(separator: " ").split(
            separator: ";", omittingEmptySubsequences: false)
        let commas = fields.filter { !DelimitedText.isNumberWithDecimalComma(String($0)) }.joined().count { $0 == "," }
        return fields.count - 1 > commas
    }
}
