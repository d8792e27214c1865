import Foundation

/// Files that are read as bytes.
enum InputFile {
    /// Maps a file into memory and reads it; what is wrong with it is said with its path.
    static func read<Content>(
        _ path: String, _ content: (Data) throws(FileFormatError) -> Content
    ) throws(FileFormatError) -> Content {
        let data: Data
        do throws(TextFileError) {
            data = try MappedFile.contents(of: path)
        } catch {
            throw FileFormatError(path: path, reason: error.reason.text)
        }
        if let reason = ForeignFormat.reason(data) { throw FileFormatError(path: path, reason: reason) }
        do throws(FileFormatError) {
            return try content(data)
        } catch {
            throw error.inFile(path)
        }
    }
}
