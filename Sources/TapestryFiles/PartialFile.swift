import Foundation

/// A file that is to take the place of another one once it is whole.
struct PartialFile {
    private let path: String
    private let descriptor: Int32

    /// A file that nobody else writes, empty or with what was left in it. It is the same one each time: what a process
    /// leaves that is killed is written over by the next one, and does not lie there for ever.
    ///
    /// - Parameter lock: locks an open file, as `flock` does, without waiting for it.
    init(beside target: URL, lock: (_ descriptor: Int32) -> Bool = { flock($0, LOCK_EX | LOCK_NB) == 0 }) throws {
        let folder = target.deletingLastPathComponent()
        let usual = folder.appendingPathComponent(".\(target.lastPathComponent).partial").path
        if let descriptor = PartialFile.claim(usual, lock) {
            (path, self.descriptor) = (usual, descriptor)
            return
        }
        // Somebody else is writing the same file, or the name is not to be had.
        path = folder.appendingPathComponent(".\(UUID().uuidString).partial").path
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw PartialFile.lastError }
    }

    /// Opens a file and locks it, so that no other process or thread has it; `nil` if one has, or if it is more than
    /// what was left here: another file's name, or the file of another user, who could still write to it.
    private static func claim(_ path: String, _ lock: (Int32) -> Bool) -> Int32? {
        let flags = O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
        var descriptor = open(path, flags | O_CREAT | O_EXCL, 0o666)
        let isNew = descriptor >= 0
        if !isNew { descriptor = open(path, flags) }
        guard descriptor >= 0 else { return nil }
        guard lock(descriptor) else {
            // Where there are no locks, nobody will ever take it.
            if isNew, errno != EWOULDBLOCK { unlink(path) }
            close(descriptor)
            return nil
        }
        var (locked, present) = (stat(), stat())
        // Whoever had the lock before may have given the file its final name, under which it must stay as it is.
        guard fstat(descriptor, &locked) == 0, lstat(path, &present) == 0,
            locked.st_ino == present.st_ino, locked.st_dev == present.st_dev, locked.st_nlink == 1,
            locked.st_mode & S_IFMT == S_IFREG, locked.st_uid == geteuid()
        else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    /// Takes the place of the target, whole and on the disk.
    func become(_ target: URL, with content: Data) throws {
        defer { close(descriptor) }
        do {
            var before = stat()
            if stat(target.path, &before) == 0 { fchmod(descriptor, before.st_mode & 0o777) }
            guard ftruncate(descriptor, 0) == 0 else { throw PartialFile.lastError }
            try FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).write(contentsOf: content)
            guard fsync(descriptor) == 0, rename(path, target.path) == 0 else { throw PartialFile.lastError }
        } catch {
            unlink(path)
            throw error
        }
    }

    private static var lastError: any Error { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
}
