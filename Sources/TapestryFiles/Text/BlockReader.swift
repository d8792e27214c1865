import Foundation

/// Reads a file, or anything else that can be read to an end, block by block.
struct BlockReader: ~Copyable {
    /// The file.
    let path: String
    private let handle: FileHandle
    private var isAtEnd = false

    /// Opens a file.
    ///
    /// - Throws: A ``TextFileError`` if there is no such file, or it is a directory or cannot be read.
    init(_ path: String) throws(TextFileError) {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw TextFileError(path: path, reason: .notFound)
        }
        if isDirectory.boolValue { throw TextFileError(path: path, reason: .directory) }
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw TextFileError(path: path, reason: .unreadable("it cannot be opened"))
        }
        (self.path, self.handle) = (path, handle)
    }

    deinit { try? handle.close() }

    /// So many bytes, or fewer; none at the end, from which on nothing is read.
    ///
    /// - Throws: A ``TextFileError`` if the file cannot be read on.
    mutating func next(_ count: Int = 1 << 16) throws(TextFileError) -> [UInt8] {
        if isAtEnd { return [] }
        do {
            let data = try handle.read(upToCount: count) ?? Data()
            isAtEnd = data.isEmpty
            return Array(data)
        } catch {
            throw TextFileError(path: path, reason: .unreadable(error.localizedDescription))
        }
    }

    /// Makes this the end.
    mutating func end() { isAtEnd = true }
}
