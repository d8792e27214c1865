import Foundation
import TapestryCommand
import Testing

@Suite struct TextFileWritingTests {
    /// Gives `body` a new directory that is removed afterwards.
    private func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try body(directory.path(percentEncoded: false))
    }

    @Test func aNewFileAndOneThatWasThere() throws {
        try withDirectory { directory in
            let path = directory + "/report.txt"
            for text in ["first ∇\n", "second"] {
                try TextFile.checkWritable(path)
                try TextFile.write(text, to: path)
                #expect(try TextFile.read(path) == text)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["report.txt"])
        }
    }

    @Test func aLinkIsFollowed() throws {
        try withDirectory { directory in
            try TextFile.write("old", to: directory + "/target")
            try FileManager.default.createSymbolicLink(
                atPath: directory + "/link", withDestinationPath: directory + "/target")
            try TextFile.write("new", to: directory + "/link")
            #expect(try TextFile.read(directory + "/target") == "new")
        }
    }

    @Test func devicesAreWrittenToDirectly() throws {
        try TextFile.checkWritable("/dev/null")
        try TextFile.write("text", to: "/dev/null")
        var status = stat()
        #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
    }

    @Test func refusals() throws {
        try withDirectory { directory in
            let isDirectory = "cannot write \"\(directory)\": it is a directory"
            #expect(throws: CommandError(isDirectory)) { try TextFile.checkWritable(directory) }
            let slash = directory + "/new/"
            #expect(throws: CommandError("cannot write \"\(slash)\": it is a directory")) {
                try TextFile.checkWritable(slash)
            }
            let missing = directory + "/missing/report.txt"
            #expect(throws: CommandError("cannot write \"\(missing)\": no file can be made in that folder")) {
                try TextFile.checkWritable(missing)
            }
            let error = #expect(throws: CommandError.self) { try TextFile.write("text", to: missing) }
            #expect(error?.description.hasPrefix("cannot write \"\(missing)\": ") == true)
        }
    }
}
