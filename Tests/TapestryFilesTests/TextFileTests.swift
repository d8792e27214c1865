import Foundation
import TapestryFiles
import TapestryTestSupport
import Testing

@Suite struct TextFileTests {
    /// Gives `body` the path of a file with these bytes, in a directory of its own that is removed afterwards.
    private func withFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/text.txt"
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            try body(path)
        }
    }

    private func expectError(_ cause: String, at path: String, limit: Int = 1 << 20) {
        let error = #expect(throws: TextFileError.self) { try TextFile.read(path, limit: limit) }
        #expect(error?.description == "cannot read \"\(path)\": \(cause)")
    }

    @Test func contentIsReadWhole() throws {
        let text = String(repeating: "Wool, ∇ and thread.\r\n", count: 20_000)
        try withFile(Array(text.utf8)) { path in
            let content = try TextFile.read(path)
            #expect(content == text)
        }
    }

    @Test func fileOfTheLimitsSizeIsRead() throws {
        try withFile(Array("weft".utf8)) { path in
            let content = try TextFile.read(path, limit: 4)
            #expect(content == "weft")
            expectError("it is larger than 3 bytes", at: path, limit: 3)
        }
    }

    @Test func endlessFileIsRefusedAtTheLimit() {
        expectError("it is larger than 100000 bytes", at: "/dev/zero", limit: 100_000)
    }

    @Test func missingFile() throws {
        try withFile([]) { path in
            expectError("there is no such file", at: path + ".missing")
        }
    }

    @Test func directory() {
        expectError("it is a directory", at: "/")
    }

    @Test func refusalOfTheSystemIsQuoted() throws {
        try withFile([1]) { path in
            expectError("Not a directory", at: path + "/inside")
        }
    }

    @Test func emptyFile() throws {
        try withFile([]) { path in
            expectError("it is empty", at: path)
        }
    }

    @Test(arguments: [
        ([UInt8]([0xFF]), 0),
        ([0x61, 0xC3, 0xA9, 0x80], 3),  // a continuation byte with nothing to continue
        ([0x61, 0xE2, 0x88], 1),  // a sequence cut off by the end
        ([0x61, 0x62, 0xC0, 0xAF], 2),  // an overlong slash
        ([0xED, 0xA0, 0x80], 0),  // a surrogate
    ])
    func invalidUTF8IsLocated(bytes: [UInt8], offset: Int) throws {
        try withFile(bytes) { path in
            expectError("it is not UTF-8 text (first invalid byte at offset \(offset))", at: path)
        }
    }

    @Test func pathIsEscapedToKeepTheMessageOneLine() {
        let error = #expect(throws: TextFileError.self) { try TextFile.read("/no\nwhere") }
        #expect(error?.description == #"cannot read "/no\nwhere": there is no such file"#)
    }
}
