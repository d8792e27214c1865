import Foundation
import TapestryTestSupport
import Testing

@testable import TapestryFiles

@Suite struct OutputFileTests {
    @Test func aNewFileAndOneThatWasThere() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/report.txt"
            for text in ["first ∇\n", "second"] {
                try OutputFile.checkWritable(path)
                try OutputFile.write(text, to: path)
                #expect(try TextFile.read(path) == text)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["report.txt"])
        }
    }

    /// Whoever is reading the old text reads it to its end: it is replaced, not written over.
    @Test func theOldTextStaysWholeUntilTheNewOneIs() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/report.txt"
            try OutputFile.write("the old text", to: path)
            let reader = try #require(FileHandle(forReadingAtPath: path))
            try OutputFile.write("new", to: path)
            #expect(try reader.readToEnd() == Data("the old text".utf8))
        }
    }

    /// What a killed process leaves is not left for ever, and what another process is writing is left alone.
    @Test func whatWasNotFinished() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/run.bin", partial = directory + "/.run.bin.partial"
            try Data("half of something longer".utf8).write(to: URL(fileURLWithPath: partial))
            try OutputFile.write("whole", to: path)
            #expect(try TextFile.read(path) == "whole")
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["run.bin"])

            let other = open(partial, O_WRONLY | O_CREAT, 0o600)
            defer { close(other) }
            #expect(flock(other, LOCK_EX) == 0 && write(other, "others", 6) == 6)
            try OutputFile.write("mine", to: path)
            #expect(try TextFile.read(path) == "mine" && TextFile.read(partial) == "others")
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory).count == 2)
        }
    }

    /// Another writer may give the file its final name, and a third one begin a new one, before it is locked here.
    @Test func aFileThatWasReplacedBeforeItWasLocked() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/run.bin", partial = directory + "/.run.bin.partial"
            let target = URL(fileURLWithPath: path)
            let file = try PartialFile(beside: target) { descriptor in
                #expect(write(descriptor, "whole", 5) == 5 && rename(partial, path) == 0)
                #expect(FileManager.default.createFile(atPath: partial, contents: Data("third".utf8)))
                return flock(descriptor, LOCK_EX | LOCK_NB) == 0
            }
            let reader = try #require(FileHandle(forReadingAtPath: path))
            try file.become(target, with: Data("mine".utf8))
            #expect(try reader.readToEnd() == Data("whole".utf8))
            #expect(try TextFile.read(path) == "mine" && TextFile.read(partial) == "third")
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory).count == 2)
        }
    }

    /// Some file systems have no locks. What was there before is not removed.
    @Test(arguments: [false, true]) func withoutLocks(isThere: Bool) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/run.bin", partial = directory + "/.run.bin.partial"
            if isThere { try OutputFile.write("another's", to: partial) }
            let file = try PartialFile(beside: URL(fileURLWithPath: path)) { _ in
                errno = ENOTSUP
                return false
            }
            try file.become(URL(fileURLWithPath: path), with: Data("mine".utf8))
            #expect(try TextFile.read(path) == "mine")
            #expect(
                try Set(FileManager.default.contentsOfDirectory(atPath: directory))
                    == (isThere ? ["run.bin", ".run.bin.partial"] : ["run.bin"]))
        }
    }

    /// What only has the name of something unfinished is not written to.
    @Test func whatIsMoreThanUnfinished() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/run.bin", partial = directory + "/.run.bin.partial", other = directory + "/other"
            let files = FileManager.default
            let makers: [() throws -> Void] = [
                { try files.linkItem(atPath: other, toPath: partial) },
                { try files.createSymbolicLink(atPath: partial, withDestinationPath: other) },
                { try files.createDirectory(atPath: partial, withIntermediateDirectories: false) },
            ]
            for make in makers {
                try OutputFile.write("other", to: other)
                try make()
                try OutputFile.write("mine", to: path)
                #expect(try TextFile.read(path) == "mine" && TextFile.read(other) == "other")
                #expect(try files.contentsOfDirectory(atPath: directory).count == 3)
                try files.removeItem(atPath: partial)
            }
            // Only the system's administrator can give a file to somebody else.
            guard geteuid() == 0 else { return }
            try Data("theirs".utf8).write(to: URL(fileURLWithPath: partial))
            #expect(chown(partial, 1, 1) == 0)
            try OutputFile.write("own", to: path)
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_uid == 0)
            #expect(try TextFile.read(partial) == "theirs")
        }
    }

    @Test func nothingIsLeftOfWhatFails() throws {
        try withTemporaryDirectory { directory in
            let folder = directory + "/folder"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            #expect(throws: OutputFileError.self) { try OutputFile.write("text", to: folder) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["folder"])
        }
    }

    @Test func whoMayReadItStaysSo() throws {
        try withTemporaryDirectory { directory in
            func permissions(_ path: String) throws -> Int? {
                try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            }
            let (path, plain) = (directory + "/a", directory + "/b")
            try OutputFile.write("a", to: path)
            try Data().write(to: URL(fileURLWithPath: plain))
            #expect(try permissions(path) == permissions(plain))
            for mode in [0o600, 0o664] {
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
                try OutputFile.write("b", to: path)
                #expect(try permissions(path) == mode)
            }
        }
    }

    @Test func manyAtOnce() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let directory = NSTemporaryDirectory() + "/" + UUID().uuidString
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            let path = directory + "/run.bin"
            for writer in 0..<8 {
                group.addTask {
                    let text = String(repeating: "\(writer)", count: 10_000 + writer)
                    for _ in 0..<50 {
                        try OutputFile.write(text, to: path)
                        let read = try TextFile.read(path)
                        #expect(Set(read).count == 1 && read.count == 10_000 + (read.first?.wholeNumberValue ?? -1))
                    }
                }
            }
            try await group.waitForAll()
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["run.bin"])
            try FileManager.default.removeItem(atPath: directory)
        }
    }

    @Test func aLinkIsFollowed() throws {
        try withTemporaryDirectory { directory in
            try OutputFile.write("old", to: directory + "/target")
            try FileManager.default.createSymbolicLink(
                atPath: directory + "/link", withDestinationPath: directory + "/target")
            try OutputFile.write("new", to: directory + "/link")
            #expect(try TextFile.read(directory + "/target") == "new")
        }
    }

    /// A pipe stays one. (Not a device of the system's, which a mistake would replace by a file.)
    @Test func pipesAreWrittenToDirectly() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/pipe"
            #expect(mkfifo(path, 0o600) == 0)
            // Both ends, so that neither waits for the other.
            let descriptor = open(path, O_RDWR | O_NONBLOCK)
            defer { close(descriptor) }
            try OutputFile.checkWritable(path)
            try OutputFile.write("text", to: path)
            var bytes = [UInt8](repeating: 0, count: 10)
            let count = read(descriptor, &bytes, bytes.count)
            #expect(count == 4 && String(decoding: bytes.prefix(4), as: UTF8.self) == "text")
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
        }
    }

    /// What a program writes to its own output stands between what it prints, also in a file that the output goes to.
    @Test func standardOutputThatIsAFile() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        await #expect(processExitsWith: .success) { [path = file.path as String] in
            let descriptor = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0o600)
            dup2(descriptor, STDOUT_FILENO)
            print("before")
            try OutputFile.checkWritable("/dev/stdout")
            try OutputFile.write("text\n", to: "/dev/stdout")
            print("after")
        }
        // The process of the test adds something of its own.
        #expect(try Data(contentsOf: file).starts(with: Data("before\ntext\nafter\n".utf8)))
    }

    /// So does what it writes to another stream that it has open, by either name.
    @Test(arguments: ["/dev/fd/", "/proc/self/fd/"]) func anOpenStreamThatIsAFile(folder: String) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/log"
            let descriptor = open(path, O_CREAT | O_WRONLY | O_APPEND, 0o600)
            defer { close(descriptor) }
            for text in ["first\n", "second\n"] {
                try OutputFile.checkWritable("\(folder)\(descriptor)")
                try OutputFile.write(text, to: "\(folder)\(descriptor)")
            }
            #expect(try TextFile.read(path) == "first\nsecond\n")
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["log"])
        }
    }

    @Test func refusals() throws {
        try withTemporaryDirectory { directory in
            func refusal(_ path: String, _ reason: String) -> OutputFileError {
                OutputFileError(path: path, reason: reason)
            }
            #expect(throws: refusal(directory, "it is a directory")) { try OutputFile.checkWritable(directory) }
            let slash = directory + "/new/"
            #expect(throws: refusal(slash, "it is a directory")) { try OutputFile.checkWritable(slash) }
            let missing = directory + "/missing/report.txt"
            let noFolder = refusal(missing, "there is no such folder")
            #expect(throws: noFolder) { try OutputFile.checkWritable(missing) }
            #expect(throws: noFolder) { try OutputFile.write("text", to: missing) }
            #expect("\(noFolder)" == "cannot write \"\(missing)\": there is no such folder")
            // A file in the place of the folder.
            let inside = directory + "/file/report.txt"
            try OutputFile.write("text", to: directory + "/file")
            #expect(throws: refusal(inside, "no file can be made in that folder")) {
                try OutputFile.checkWritable(inside)
            }
        }
    }
}
