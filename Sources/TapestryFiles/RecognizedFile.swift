import Foundation

/// What is in a file, in whichever format it is: told by its first bytes, and by the end of its name only where those say
/// nothing.
package enum RecognizedFile: Sendable {
    case safetensors(Safetensors)
    case numPy(NumPyContent)
    case numPyArchive(NumPyArchive)
    case json(JSONValue)
    case table(DelimitedText)

    /// Reads a file.
    ///
    /// - Throws: A ``FileFormatError`` or ``TextFileError`` that says in one line what is wrong with the file, or that it is in
    ///   none of the formats.
    package init(contentsOf path: String) throws {
        let tensors = try InputFile.read(path) { data throws(FileFormatError) in
            if data.isEmpty { throw FileFormatError(reason: "it is empty") }
            return try RecognizedFile(tensors: data, name: path)
        }
        self = try tensors ?? RecognizedFile(text: TextFile.read(path), path: path)
    }

    /// Arrays, or nothing if bytes are in none of their formats.
    private init?(tensors data: Data, name: String) throws(FileFormatError) {
        if data.starts(with: NumPyArray.magic) || name.hasSuffix(".npy") {
            self = .numPy(try NumPyContent(data))
        } else if ZipArchive.begins(data) || name.hasSuffix(".npz") {
            self = .numPyArchive(try NumPyArchive(data))
        } else if RecognizedFile.isSafetensors(data) || name.hasSuffix(".safetensors") {
            self = .safetensors(try Safetensors(data))
        } else {
            return nil
        }
    }

    /// Whether bytes begin with the length of a header that is not beyond all headers, and a brace.
    private static func isSafetensors(_ data: Data) -> Bool {
        data.count > 8 && data.prefix(8).suffix(4).allSatisfy { $0 == 0 }
            && data.dropFirst(8).first == UInt8(ascii: "{")
    }

    private init(text: String, path: String) throws {
        let first = text.utf8.first { !"\u{FEFF} \t\r\n".utf8.contains($0) }
        if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") || path.hasSuffix(".json") {
            do throws(FileFormatError) {
                self = .json(try JSONReader.value(of: Array(text.utf8)))
            } catch {
                throw error.inFile(path)
            }
            return
        }
        let line = text.prefix { !$0.isNewline }
        let isNamedTabs = path.hasSuffix(".tsv")
        let format: DelimitedText.Format =
            isNamedTabs || line.contains("\t") ? .tabs : RecognizedFile.hasSemicolons(line) ? .semicolons : .commas
        guard line.contains(format.separator) || isNamedTabs || path.hasSuffix(".csv") else {
            throw FileFormatError(
                path: path,
                reason: "it is neither safetensors, .npy, .npz nor JSON, and has no separators between fields")
        }
        do throws(FileFormatError) {
            let table = try DelimitedText(text, format: format, path: path)
            self = .table(format == .semicolons ? table.withItsDecimalMark : table)
        } catch {
            throw error.inFile(path)
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

extension DelimitedText {
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
