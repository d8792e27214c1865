#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Why a text file cannot be used. Reads as one line: `cannot read "notes.txt": it is empty`.
public struct TextFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong with a file.
    public enum Reason: Error, Equatable, Sendable {
        /// No file has this path.
        case notFound
        /// The path leads to a directory.
        case directory
        /// The system refused to open or to read the file, for this reason in the system's words.
        case unreadable(String)
        /// The file has no bytes.
        case empty
        /// The sequence of bytes that starts at this offset, counted from 0, is the first that is not UTF-8.
        case invalidUTF8(byteOffset: Int)
        /// The file has more bytes than this limit.
        case tooLarge(limit: Int)

        /// The reason in words.
        var text: String {
            switch self {
            case .notFound: "there is no such file"
            case .directory: "it is a directory"
            case .unreadable(let message): message
            case .empty: "it is empty"
            case .invalidUTF8(let offset): "it is not UTF-8 text (first invalid byte at offset \(offset))"
            case .tooLarge(let limit): "it is larger than \(limit.counted("byte"))"
            }
        }

        /// What the system said last, in its words.
        static var ofLastSystemError: Reason { .unreadable(String(cString: strerror(errno))) }
    }

    /// The file, as it was asked for.
    public let path: String
    /// What is wrong with it.
    public let reason: Reason

    package init(path: String, reason: Reason) { (self.path, self.reason) = (path, reason) }

    /// The error in one line.
    public var description: String { "cannot read \(path.quoted): \(reason.text)" }
}

/// Whole files of text, with an error of one line where a file cannot be used.
public enum TextFile {
    /// The content of a UTF-8 text file.
    ///
    /// - Parameters:
    ///   - path: A file, or anything else that can be read to an end, such as a named pipe.
    ///   - limit: The most bytes that are accepted; a larger file is refused before it is read.
    /// - Throws: A ``TextFileError`` if there is no such file, or it is a directory, cannot be read, is empty, is
    ///   larger than `limit`, or is not valid UTF-8.
    public static func read(_ path: String, limit: Int = 256 << 20) throws(TextFileError) -> String {
        do throws(TextFileError.Reason) {
            let bytes = try contents(of: path, limit: limit)
            guard !bytes.isEmpty else { throw .empty }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw .invalidUTF8(byteOffset: firstInvalidOffset(in: bytes))
            }
            return text
        } catch {
            throw TextFileError(path: path, reason: error)
        }
    }
}

private func contents(of path: String, limit: Int) throws(TextFileError.Reason) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw errno == ENOENT ? .notFound : .ofLastSystemError }
    defer { close(descriptor) }

    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .ofLastSystemError }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw .directory }
    guard Int(status.st_size) <= limit else { throw .tooLarge(limit: limit) }

    // A pipe states no size, and a file may grow while it is read: the end of the data decides.
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(status.st_size))
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count <= limit {
        let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        if count == 0 { return bytes }
        if count > 0 {
            bytes += chunk[..<count]
        } else if errno != EINTR {
            throw .ofLastSystemError
        }
    }
    throw .tooLarge(limit: limit)
}

/// Where the first sequence of bytes starts that is not UTF-8.
private func firstInvalidOffset(in bytes: [UInt8]) -> Int {
    var parser = UTF8.ForwardParser()
    var rest = bytes.makeIterator()
    var offset = 0
    while case .valid(let scalar) = parser.parseScalar(from: &rest) {
        offset += scalar.count
    }
    return offset
}
