import Foundation

/// Files whose bytes are read when they are looked at.
package enum MappedFile {
    /// The bytes of a file.
    ///
    /// - Throws: A ``TextFileError`` if there is no such file, or it is a directory or cannot be read.
    package static func contents(of path: String) throws(TextFileError) -> Data {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw TextFileError(path: path, reason: .notFound)
        }
        if isDirectory.boolValue { throw TextFileError(path: path, reason: .directory) }
        do {
            return try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        } catch {
            throw TextFileError(path: path, reason: .unreadable(error.localizedDescription))
        }
    }
}
