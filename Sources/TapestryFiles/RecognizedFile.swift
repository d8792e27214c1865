import Foundation

/// What is in a file, in whichever format it is: told by its first bytes, and by the end of its name only where those
/// say nothing.
package enum RecognizedFile: Sendable {
    case safetensors(Safetensors)
    case numPy(NumPyContent)
    case numPyArchive(NumPyArchive)
    case json(JSONValue)
    /// A table of rows that are still to be read.
    case table(DelimitedText.Format)

    /// Reads a file.
    ///
    /// - Throws: A ``FileFormatError`` or ``TextFileError`` that says in one line what is wrong with the file, or that
    ///   it is in none of the formats.
    package init(contentsOf path: String) throws {
        var head = Data()
        let tensors = try InputFile.read(path) { data throws(FileFormatError) in
            if data.isEmpty { throw FileFormatError(reason: "it is empty") }
            head = data.prefix(DelimitedText.firstLineLimit)
            return try RecognizedFile(tensors: data, name: path)
        }
        self = try tensors ?? RecognizedFile(textBeginning: String(decoding: head, as: UTF8.self), path: path)
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

    private init(textBeginning text: String, path: String) throws {
        if ForeignFormat.isMarkup(text) { throw FileFormatError(path: path, reason: ForeignFormat.markup) }
        let first = text.utf8.first { !"\u{FEFF} \t\r\n".utf8.contains($0) }
        if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") || path.hasSuffix(".json") {
            let text = try TextFile.read(path)
            do throws(FileFormatError) {
                self = .json(try JSONReader.value(of: Array(text.utf8)))
            } catch {
                throw error.inFile(path)
            }
            return
        }
        let format = DelimitedText.Format(recognizedIn: text, path: path)
        guard
            DelimitedText.firstLine(of: text).contains(format.separator) || path.hasSuffix(".tsv")
                || path.hasSuffix(".csv")
        else {
            // Of what is no text, that is said.
            _ = try TextFile.read(path)
            throw FileFormatError(
                path: path,
                reason: "it is neither safetensors, .npy, .npz nor JSON, and has no separators between fields")
        }
        self = .table(try format.withDecimalMark(ofFile: path))
    }
}
