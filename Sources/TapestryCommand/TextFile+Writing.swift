import Foundation

extension TextFile {
    /// Writes a text beside the file that the path leads to and renames it into place, so that what was there is lost
    /// only for the whole of the new text; into what is no file, such as `/dev/stdout`, directly.
    ///
    /// - Throws: A ``CommandError`` that says in one line why it cannot be written.
    public static func write(_ text: String, to path: String) throws(CommandError) {
        let file = file(at: path)
        do {
            if isSpecial(file) {
                try FileHandle(forWritingTo: file).write(contentsOf: Data(text.utf8))
            } else {
                try Data(text.utf8).write(to: file.resolvingSymlinksInPath(), options: .atomic)
            }
        } catch {
            throw CommandError("cannot write \(path.quoted): \(error.localizedDescription)")
        }
    }

    /// Throws if a file cannot be written to the path, so that nothing is computed in vain. What permissions say is not all
    /// (a folder of the system's, a disk that can only be read), so a file is made beside it and removed.
    public static func checkWritable(_ path: String) throws(CommandError) {
        var isDirectory: ObjCBool = false
        let file = file(at: path)
        let exists = FileManager.default.fileExists(atPath: file.path, isDirectory: &isDirectory)
        let folder = file.resolvingSymlinksInPath().deletingLastPathComponent().path
        if exists && isDirectory.boolValue || path.hasSuffix("/") {
            throw CommandError("cannot write \(path.quoted): it is a directory")
        }
        if isSpecial(file)
            ? !FileManager.default.isWritableFile(atPath: file.path)
            : !canMakeFile(in: folder)
        {
            throw CommandError("cannot write \(path.quoted): no file can be made in that folder")
        }
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
