import Foundation

/// Why a file cannot be written. Reads as one line: `cannot write "out/": it is a directory`.
public struct OutputFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file, as it was asked for.
    public let path: String
    /// What stands in the way, in words.
    public let reason: String

    /// Makes an error of its parts.
    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    /// The error in one line.
    public var description: String { "cannot write \(path.quoted): \(reason)" }
}

/// Files that are written whole or not at all.
public enum OutputFile {
    /// Writes bytes beside the file that the path leads to and renames it into place, so that what was there is lost
    /// only for the whole of the new content; into what is no file, such as `/dev/stdout`, directly. Who may read and
    /// write it stays as it was.
    ///
    /// - Throws: An ``OutputFileError`` that says in one line why it cannot be written.
    public static func write(_ content: Data, to path: String) throws(OutputFileError) {
        let file = file(at: path)
        do {
            if let stream = ownStream(at: path) {
                // What was printed before comes before.
                fflush(nil)
                try stream.write(contentsOf: content)
            } else if isSpecial(file) {
                try FileHandle(forWritingTo: file).write(contentsOf: content)
            } else {
                let target = file.resolvingSymlinksInPath()
                try PartialFile(beside: target).become(target, with: content)
            }
        } catch {
            throw OutputFileError(path: path, reason: reason(error.localizedDescription, for: file))
        }
    }

    /// Writes a text in UTF-8, as ``write(_:to:)-(Data,_)`` writes bytes.
    public static func write(_ text: String, to path: String) throws(OutputFileError) {
        try write(Data(text.utf8), to: path)
    }

    /// Throws if a file cannot be written to the path, so that nothing is computed in vain. What permissions say is not
    /// all (a folder of the system's, a disk that can only be read), so a file is made beside it and removed.
    public static func checkWritable(_ path: String) throws(OutputFileError) {
        if ownStream(at: path) != nil { return }
        var isDirectory: ObjCBool = false
        let file = file(at: path)
        let exists = FileManager.default.fileExists(atPath: file.path, isDirectory: &isDirectory)
        let folder = file.resolvingSymlinksInPath().deletingLastPathComponent().path
        if exists && isDirectory.boolValue || path.hasSuffix("/") {
            throw OutputFileError(path: path, reason: "it is a directory")
        }
        if isSpecial(file)
            ? !FileManager.default.isWritableFile(atPath: file.path)
            : !canMakeFile(in: folder)
        {
            throw OutputFileError(path: path, reason: reason("no file can be made in that folder", for: file))
        }
    }

    /// A stream of the program itself, which goes on where it is, even in a file that it was redirected to.
    private static func ownStream(at path: String) -> FileHandle? {
        switch path {
        case "/dev/stdout": return .standardOutput
        case "/dev/stderr": return .standardError
        default:
            let folder = ["/dev/fd/", "/proc/self/fd/"].first { path.hasPrefix($0) }
            guard let folder, let descriptor = Int32(path.dropFirst(folder.count)) else { return nil }
            let mode = fcntl(descriptor, F_GETFL)
            guard mode >= 0, mode & O_ACCMODE != O_RDONLY else { return nil }
            return FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        }
    }

    /// Why a file cannot be written: for want of its folder, or for another reason.
    private static func reason(_ other: String, for file: URL) -> String {
        let folder = file.resolvingSymlinksInPath().deletingLastPathComponent().path
        return FileManager.default.fileExists(atPath: folder) ? other : "there is no such folder"
    }

    private static func canMakeFile(in folder: String) -> Bool {
        let path = folder + "/." + UUID().uuidString
        guard FileManager.default.createFile(atPath: path, contents: nil) else { return false }
        return (try? FileManager.default.removeItem(atPath: path)) != nil
    }

    /// The file at a path, in which a tilde is a tilde: what it stands for is the shell's to say.
    private static func file(at path: String) -> URL {
        URL(fileURLWithPath: path.hasPrefix("~") ? "./" + path : path)
    }

    /// Whether there is something that is neither a file nor a directory: a device or a pipe.
    private static func isSpecial(_ file: URL) -> Bool {
        var status = stat()
        guard stat(file.path, &status) == 0 else { return false }
        return ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
    }
}
