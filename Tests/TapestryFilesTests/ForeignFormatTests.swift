import Foundation
import TapestryFiles
import TapestryTestSupport
import Testing

/// Files of formats that are not read are called by their names.
@Suite struct ForeignFormatTests {
    private func reason(_ bytes: [UInt8]) throws -> String? {
        var reason: String?
        try withTemporaryDirectory { directory in
            let path = directory + "/weights.safetensors"
            try Data(bytes).write(to: URL(filePath: path))
            reason = #expect(throws: FileFormatError.self) { _ = try Safetensors(contentsOf: path) }?.reason
        }
        return reason
    }

    @Test func ofKeras() throws {
        let bytes: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0]
        #expect(try reason(bytes) == "it is an HDF5 file, as Keras writes them; write the weights as safetensors")
    }

    @Test func ofPyTorch() throws {
        let bytes = [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 26) + Array("archive/data.pkl".utf8)
        let expected =
            "it is a file of torch.save, which holds Python's objects; write the state dictionary as safetensors"
        #expect(try reason(bytes) == expected)
    }

    @Test func ofText() throws {
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
        #expect(
            try reason(Array(pointer.utf8))
                == "it is what Git LFS has in a file's place; `git lfs pull` fetches the file")
    }

    /// Where any format would do, markup is called so, and not a table with mistakes.
    @Test(arguments: [
        ("x.svg", "<svg viewBox=\"0,0,1,1\" width=\"1\">"), ("x", "<?xml version=\"1.0\"?>\n<a,b>"),
        ("x.csv", "\u{FEFF} \r\n\t<!DOCTYPE html>\n<p>a,b"), ("x.csv", "<HTML>\n"), ("x.json", "<!-- a, b -->"),
        ("x.tsv", "<svg:svg\n  width = '1'>\ta"), ("x.csv", "<svg/>,1"), ("x", "<![CDATA[,"),
    ])
    func ofMarkup(name: String, text: String) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/" + name
            try OutputFile.write(text, to: path)
            let expected = FileFormatError(
                path: path, reason: "it is XML, SVG or HTML, which is none of the formats that are read")
            #expect(throws: expected) { _ = try RecognizedFile(contentsOf: path) }
            #expect(throws: expected) { _ = try DelimitedText(recognizingContentsOf: path) }
        }
    }

    /// Vocabularies have such words, too.
    @Test(arguments: ["<unk>,1\n<s>,2\n", "<s>\t<pad>\n", "<a>,<b>\n", "< 3,1\n", "<svgs>,1\n", "<a b>,c=1\n", "<,>"])
    func wordsInBracketsAreNoMarkup(text: String) throws {
        _ = try DelimitedText(recognizing: text, path: "words.csv")
    }

    /// What else has the name of a safetensors file, and what is none without looking like anything.
    @Test(
        arguments: [
            (
                Array("First Citizen: Before we proceed".utf8),
                #"but a text that begins with "First Citizen: Before w…""#
            ),
            (Array("{\"epoch\": 3}".utf8), #"but a text that begins with "{\"epoch\": 3}""#),
            (Array("gr\u{FC}n und \u{1B}[2J".utf8), #"but a text that begins with "gr""#),
            (Array(" <!DOCTYPE html><html>".utf8), "but a page of the web"),
            ([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3], "but compressed with gzip"),
            ([0x80, 4, 0x95, 9, 9, 9, 9, 9, 9], "but a pickle, which holds Python's objects"),
            ([0x93] + Array("NUMPY".utf8) + [1, 0], "but a .npy file"),
            ([255, 0, 10, 3, 1, 2, 0, 200, 7], "and begins with the bytes ff 00 0a 03 01 02 00 c8"),
        ] as [([UInt8], String)])
    func whatIsNone(bytes: [UInt8], looks: String) throws {
        #expect(try reason(bytes) == "it is not a safetensors file, " + looks)
    }
}
