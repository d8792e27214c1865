import Foundation

/// Files whose bytes are read when they are looked at.
package enum MappedFile {
    /// The bytes of a file.
    ///
    /// - Throws: A ``TextFileError`` if there is no such file, or it is a directory, a device or a pipe, or cannot
    ///   be read.
    package static func contents(of path: String) throws(TextFileError) -> Data {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw TextFileError(path: path, reason: errno == ENOENT ? .notFound : .ofLastSystemError)
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw TextFileError(path: path, reason: .directory)
        default:
            throw TextFileError(path: path, reason: .unreadable("it is a device or a pipe, not a file on a disk"))
        }
        do {
            return try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        } catch {
            throw TextFileError(path: path, reason: .unreadable(error.localizedDescription))
        }
    }
}
