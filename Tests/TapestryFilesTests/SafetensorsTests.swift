import Foundation
import Tapestry
import TapestryTestSupport
import Testing

@Suite struct SafetensorsTests {
    /// A file that the format's own library wrote (safetensors 0.5, from PyTorch tensors).
    private static let reference = Data(
        base64Encoded: """
            oAIAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJwdCIsIm5vdGUiOiLiiIcgXCJ4XCIifSwiYSI6eyJkdHlwZSI6Ikk2NCIsInNoYXBl
            IjpbM10sImRhdGFfb2Zmc2V0cyI6WzAsMjRdfSwicyI6eyJkdHlwZSI6IkY2NCIsInNoYXBlIjpbXSwiZGF0YV9vZmZzZXRzIjpbMjQsMzJdfSwi
            Yi53ZWlnaHQiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6WzIsM10sImRhdGFfb2Zmc2V0cyI6WzMyLDU2XX0sImUiOnsiZHR5cGUiOiJGMzIiLCJz
            aGFwZSI6WzAsM10sImRhdGFfb2Zmc2V0cyI6WzU2LDU2XX0sImkzMiI6eyJkdHlwZSI6IkkzMiIsInNoYXBlIjpbMV0sImRhdGFfb2Zmc2V0cyI6
            WzU2LDYwXX0sImciOnsiZHR5cGUiOiJCRjE2Iiwic2hhcGUiOlsxXSwiZGF0YV9vZmZzZXRzIjpbNjAsNjJdfSwiaCI6eyJkdHlwZSI6IkYxNiIs
            InNoYXBlIjpbMl0sImRhdGFfb2Zmc2V0cyI6WzYyLDY2XX0sImkxNiI6eyJkdHlwZSI6IkkxNiIsInNoYXBlIjpbMV0sImRhdGFfb2Zmc2V0cyI6
            WzY2LDY4XX0sImk4Ijp7ImR0eXBlIjoiSTgiLCJzaGFwZSI6WzFdLCJkYXRhX29mZnNldHMiOls2OCw2OV19LCJ1Ijp7ImR0eXBlIjoiVTgiLCJz
            aGFwZSI6WzFdLCJkYXRhX29mZnNldHMiOls2OSw3MF19LCJtIjp7ImR0eXBlIjoiQk9PTCIsInNoYXBlIjpbMl0sImRhdGFfb2Zmc2V0cyI6Wzcw
            LDcyXX19ICABAAAAAAAAAP7/////////LAEAAAAAAAAAAAAAAAAEQAAAwD8AAADAAACAPgAAQEAA4H9HAAAAgAcAAABJQAA+Zq4M/vvIAQA=
            """, options: .ignoreUnknownCharacters)!

    private func tensor<Scalar: TensorScalar>(
        _ name: String, in file: Safetensors, as type: Scalar.Type
    ) throws -> Tensor<Scalar> {
        try file[name].tensor()
    }

    @Test func aFileOfAnotherLibraryIsRead() throws {
        let file = try Safetensors(SafetensorsTests.reference)
        #expect(file.metadata == ["format": "pt", "note": "∇ \"x\""])
        #expect(file.arrays.keys.sorted() == ["a", "b.weight", "e", "g", "h", "i16", "i32", "i8", "m", "s", "u"])
        let weight = try tensor("b.weight", in: file, as: Float.self)
        #expect(weight == Tensor([[1.5, -2, 0.25], [3, 65504, 0]]) && weight.scalars[5].sign == .minus)
        #expect(try tensor("a", in: file, as: Int32.self) == Tensor([1, -2, 300]))
        #expect(try tensor("h", in: file, as: Double.self) == Tensor([1.5, -0.0999755859375]))
        #expect(try tensor("g", in: file, as: Float.self) == Tensor([3.140625]))
        #expect(try tensor("m", in: file, as: Bool.self) == Tensor([true, false]))
        #expect(try tensor("s", in: file, as: Double.self) == Tensor(2.5))
        #expect(try tensor("e", in: file, as: Float.self).shape == [0, 3])
        for (name, number) in ["u": 200, "i8": -5, "i16": -500, "i32": 7] as [String: Int32] {
            #expect(try tensor(name, in: file, as: Int32.self) == Tensor([number]))
            #expect(try tensor(name, in: file, as: Float.self) == Tensor([Float(number)]))
        }
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        let reference = try Safetensors(SafetensorsTests.reference)
        let again = try Safetensors(reference.data)
        #expect(again == reference)
        try withTemporaryDirectory { directory in
            let path = directory + "/a.safetensors"
            try reference.write(to: path)
            #expect(try Safetensors(contentsOf: path) == reference)
        }
        #expect(try Safetensors(Safetensors().data) == Safetensors())
        let name = "a \"name\"\n/ \u{1F9F6} \\"
        let odd = Safetensors([name: StoredArray(Tensor<Float>([1]))], metadata: [name: name])
        #expect(try Safetensors(odd.data) == odd)
    }

    /// Other readers map the arrays and want each element at a multiple of its size.
    @Test func elementsAreAligned() throws {
        let file = Safetensors([
            "a": StoredArray(Tensor<Bool>([true, false, true])), "b": StoredArray(Tensor<Double>([1])),
            "c": StoredArray(Tensor<Float>([1]), as: .float16), "d": StoredArray(Tensor<Float>([1, 2, 3])),
        ])
        let data = file.data
        let header = data.withUnsafeBytes { Int(UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self))) }
        #expect(header % 8 == 0)
        let text = String(decoding: data[8..<8 + header], as: UTF8.self)
        #expect(text.contains(#""b":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}"#))
        #expect(text.contains(#""d":{"dtype":"F32","shape":[3],"data_offsets":[8,20]}"#))
        #expect(text.contains(#""c":{"dtype":"F16","shape":[1],"data_offsets":[20,22]}"#))
        #expect(text.contains(#""a":{"dtype":"BOOL","shape":[3],"data_offsets":[22,25]}"#))
    }

    /// A header and the bytes after it, as a file.
    private func file(_ header: String, length: UInt64? = nil, bytes: Int = 0) -> Data {
        withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) { Data($0) }
            + Data(header.utf8) + Data(repeating: 0, count: bytes)
    }

    private func entry(_ shape: String, _ offsets: String, type: String = "F32") -> String {
        #"{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#
    }

    @Test func hostileFilesAreRefused() {
        let hostile: [(Data, String)] = [
            (Data(), "it is not a safetensors file: it has 0 bytes, and not 8 or more"),
            (Data(repeating: 0, count: 7), "it is not a safetensors file: it has 7 bytes"),
            (
                file("{}", length: .max),
                "it is not a safetensors file, and begins with the bytes ff ff ff ff ff ff ff ff"
            ),
            (
                file("{}", length: 100_000_001),
                "it is not a safetensors file, and begins with the bytes 01 e1 f5 05 00 00 00 00"
            ),
            (file("{}", length: 3), "header: it should have 3 bytes, and the file ends after 2 of them"),
            (file("[]", length: 3), "it is not a safetensors file, and begins with the bytes 03 00"),
            (file(""), "header, byte 0: expected a value, found the end"),
            (file("[]"), "header: it is not a JSON object"),
            (file(#"{"a":1}"#), #"array "a": its entry is not an object"#),
            (file("{}", bytes: 3), "at its end there are 3 bytes of no array"),
            (file(#"{"a":\#(entry("[1]", "[0,4]"))}"#, bytes: 3), #"array "a": its data_offsets are [0, 4]"#),
            (file(#"{"a":\#(entry("[1]", "[4,0]"))}"#, bytes: 4), #"array "a": its data_offsets are [4, 0]"#),
            (file(#"{"a":\#(entry("[2]", "[0,4]"))}"#, bytes: 4), #"array "a": its shape is [2]"#),
            (file(#"{"a":\#(entry("[-1]", "[0,4]"))}"#, bytes: 4), #"array "a": it has no shape"#),
            (file(#"{"a":\#(entry("[1.0]", "[0,4]"))}"#, bytes: 4), #"array "a": it has no shape"#),
            (file(#"{"a":\#(entry("[99999999999999999999]", "[0,4]"))}"#, bytes: 4), #"array "a": it has no shape"#),
            (
                file(#"{"a":\#(entry("[4294967296,4294967297]", "[0,4]"))}"#, bytes: 4),
                #"array "a": its shape is [4294967296, 4294967297]"#
            ),
            (
                file(#"{"a":\#(entry("[4611686018427387904,4611686018427387904,0]", "[0,0]"))}"#),
                #"array "a": its shape is [4611686018427387904"#
            ),
            (file(#"{"a":\#(entry("[1]", "[0]"))}"#, bytes: 4), #"array "a": it has no two data_offsets"#),
            (file(#"{"a":\#(entry("[1]", "[0,4]", type: "F8"))}"#, bytes: 4), #"array "a": its dtype is "F8", which"#),
            (file(#"{"a":{"shape":[1],"data_offsets":[0,4]}}"#, bytes: 4), #"array "a": it has no dtype"#),
            (file(#"{"a":{"dtype":"F32","x":1}}"#), #"array "a": its entry has an unknown part, "x""#),
            (
                file(#"{"a":\#(entry("[1]", "[0,4]")),"b":\#(entry("[1]", "[2,6]"))}"#, bytes: 6),
                #"array "b": its bytes overlap with those of "a""#
            ),
            (
                file(#"{"a":\#(entry("[1]", "[0,4]")),"b":\#(entry("[1]", "[6,10]"))}"#, bytes: 10),
                #"array "b": before its own there are 2 bytes of no array"#
            ),
            (
                file(#"{"a":\#(entry("[1]", "[0,4]")),"a":\#(entry("[1]", "[4,8]"))}"#, bytes: 8),
                #"header, byte 54: the name "a" stands there twice"#
            ),
            (file(#"{"__metadata__":{"a":1}}"#), "header, __metadata__: it is not an object of strings"),
            (file(#"{"a":[[[[[]]]]]}"#), "header, byte 8: nested deeper than 4 levels"),
            (file(#"{"\ud800":1}"#), "header, byte 2: half of a surrogate pair"),
            (file("{} x"), "header, byte 3: there is more after the end of the value"),
        ]
        for (data, message) in hostile {
            let error = #expect(throws: FileFormatError.self) { try Safetensors(data) }
            let text = error?.description ?? ""
            #expect(text.hasPrefix("cannot read the data: " + message), "\(text), expected \(message)")
        }
        var notUTF8 = file("{\"a")
        notUTF8[0] = 6
        notUTF8 += [0xFF, 0x22, 0x7D]
        #expect(throws: FileFormatError(place: "header, byte 1", reason: "a string that is not UTF-8")) {
            try Safetensors(notUTF8)
        }
    }

    /// Whatever is cut off or changed: an error or a content, never a crash.
    @Test func everyBrokenFileIsReadOrRefused() {
        let data = SafetensorsTests.reference
        for count in 0..<data.count { #expect(throws: FileFormatError.self) { try Safetensors(data.prefix(count)) } }
        let source = RandomSource(seed: 3)
        for _ in 0..<2000 {
            var broken = data
            for _ in 0...source.integer(below: 3) {
                broken[source.integer(below: 688)] = UInt8(source.integer(below: 256))
            }
            guard let file = try? Safetensors(broken) else { continue }
            for array in file.arrays.values { _ = try? array.tensor(as: Float.self) }
        }
    }

    @Test func aMissingFileAndAMissingArray() throws {
        let error = #expect(throws: FileFormatError.self) { try Safetensors(contentsOf: "/no/such.safetensors") }
        #expect(error?.description == #"cannot read "/no/such.safetensors": there is no such file"#)
        #expect(throws: FileFormatError.self) { try Safetensors(contentsOf: "/") }
        let file = Safetensors(["b": StoredArray(Tensor<Float>([1])), "a": StoredArray(Tensor<Float>([1]))])
        let missing = #expect(throws: FileFormatError.self) { try file["c"] }
        #expect(missing?.reason == #"there is no array "c", only "a", "b""#)
    }
}
