import Foundation

/// Files that are read as bytes.
enum InputFile {
    /// Maps a file into memory and reads it; what is wrong with it is said with its path.
    static func read<Content>(
        _ path: String, _ content: (Data) throws(FileFormatError) -> Content
    ) throws(FileFormatError) -> Content {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        } catch {
            throw FileFormatError(path: path, reason: reasonOfSystem(error, path))
        }
        if let reason = ForeignFormat.reason(data) { throw FileFormatError(path: path, reason: reason) }
        do throws(FileFormatError) {
            return try content(data)
        } catch {
            throw error.inFile(path)
        }
    }

    /// What the system says about a file that can't be read, in one line.
    private static func reasonOfSystem(_ error: any Error, _ path: String) -> String {
        var isDirectory: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue {
            return "it is a directory"
        }
        if let error = error as? CocoaError, error.code == .fileReadNoSuchFile { return "there is no such file" }
        return error.localizedDescription
    }
}
