import Foundation

/// Formats that are not read, but that people have files of: a reader of another format would say something about them
/// that helps nobody.
enum ForeignFormat {
    /// Why bytes cannot be read, and what to do about it; `nil` if they are in none of these formats.
    static func reason(_ data: Data) -> String? {
        if data.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]) {
            return "it is an HDF5 file, as Keras writes them; write the weights as safetensors"
        }
        // The first member of the archive has its name behind 30 bytes.
        if ZipArchive.begins(data), data.dropFirst(30).prefix(256).firstRange(of: Data("/data.pkl".utf8)) != nil {
            return "it is a file of torch.save, which holds Python's objects; write the state dictionary as safetensors"
        }
        if ZipArchive.begins(data), data.dropFirst(30).starts(with: Data("metadata.json".utf8)) {
            return "it is a .keras file, whose weights are in HDF5; write them as safetensors"
        }
        if data.starts(with: Data("version https://git-lfs.github.com/spec/".utf8)) {
            return "it is what Git LFS has in a file's place; `git lfs pull` fetches the file"
        }
        return nil
    }

    /// What is said of a text with tags where any of the formats would do.
    static let markup = "it is XML, SVG or HTML, which is none of the formats that are read"

    /// Whether a text begins as markup does, behind white space or a byte-order mark: with a declaration, a comment, a
    /// tag with an attribute, or the first one of a page or a picture. Other words in such brackets are in
    /// vocabularies, too.
    static func isMarkup(_ text: String) -> Bool {
        let scalars = text.unicodeScalars.drop { $0 == "\u{FEFF}" || $0.properties.isWhitespace }
        guard scalars.first == "<" else { return false }
        let tag = String(scalars.dropFirst().prefix(200))
        return tag.prefixMatch(of: /[?!][A-Za-z\[-]/) != nil
            || tag.prefixMatch(of: /(?i)(html|svg)[\s\/>]/) != nil
            || tag.prefixMatch(of: /[A-Za-z_][\w:.-]*\s+[A-Za-z_][\w:.-]*\s*=\s*["']/) != nil
    }

    /// What the bytes of a file look like that is not what it should be, as the end of a sentence.
    static func looks(_ data: Data) -> String {
        if data.isEmpty { return "but empty" }
        let beginnings: [(bytes: [UInt8], name: String)] = [
            (NumPyArray.magic, "a .npy file"), ([0x50, 0x4B, 3, 4], "a ZIP archive, as .npz files are"),
            ([0x1F, 0x8B], "compressed with gzip"), ([0x28, 0xB5, 0x2F, 0xFD], "compressed with zstd"),
            ([0x42, 0x5A, 0x68], "compressed with bzip2"), ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "compressed with xz"),
            (Array("GGUF".utf8), "a GGUF file"), (Array("%PDF".utf8), "a PDF file"),
            ([0x89, 0x50, 0x4E, 0x47], "a PNG file"),
        ]
        if let known = beginnings.first(where: { data.starts(with: $0.bytes) }) { return "but \(known.name)" }
        // Python's pickles begin with their version.
        if data.count > 2, data[data.startIndex] == 0x80, 2...5 ~= data[data.startIndex + 1] {
            return "but a pickle, which holds Python's objects"
        }
        let beginning = data.prefix(8)
        // The last character may be cut.
        if beginning.allSatisfy({ 0x20..<0x7F ~= $0 || 0x09...0x0D ~= $0 || $0 >= 0x80 }),
            let text = String(validating: data.prefix(64).prefix { $0 < 0x80 }, as: UTF8.self), !text.isEmpty
        {
            let word = text.trimmed.lowercased()
            if word.hasPrefix("<!doctype html") || word.hasPrefix("<html") { return "but a page of the web" }
            return "but a text that begins with \(text.shortened(to: 24).quoted)"
        }
        return
            "and begins with the bytes \(beginning.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " "))"
    }
}
