import Foundation
import Tapestry
import TapestryTestSupport
import Testing

/// Against files that NumPy wrote (`Goldens/generate_numpy.py`).
@Suite struct NumPyTests {
    /// An archive of NumPy's.
    static func golden(_ name: String) throws -> NumPyArchive {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return try NumPyArchive(contentsOf: folder.appending(path: "Goldens/numpy/\(name).npz").path)
    }

    /// What the script writes, by the kind of the elements.
    private func expected(_ kind: Character, count: Int) -> [Double] {
        (0..<count).map { k in
            switch kind {
            case "f": 0.75 * Double(k) - 3
            case "i": Double(5 * k - 9)
            case "u": Double(5 * k + 1)
            default: k % 3 == 0 ? 1 : 0
            }
        }
    }

    private func numbers(_ array: StoredArray) throws -> [Double] {
        guard array.elementType == .bool else { return try array.tensor(as: Double.self).scalars }
        return try array.tensor(as: Bool.self).scalars.map { $0 ? 1 : 0 }
    }

    @Test(arguments: ["stored", "deflated"])
    func everyTypeOrderAndVersionIsRead(_ name: String) throws {
        let archive = try NumPyTests.golden(name)
        #expect(archive.arrays.count == 94)
        let types: [String: StoredElementType] = [
            "f8": .float64, "f4": .float32, "f2": .float16, "i8": .int64, "i4": .int32, "i2": .int16, "i1": .int8,
            "u8": .uint64, "u4": .uint32, "u2": .uint16, "u1": .uint8, "b1": .bool,
        ]
        for (name, array) in archive.arrays {
            #expect(array.elementType == types[String(name.prefix(2))], "\(name)")
            // f4 little C (2, 3, 4) 1
            let shape = name[name.firstIndex(of: "(")!...name.lastIndex(of: ")")!].dropFirst().dropLast()
                .split(separator: ",").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
            #expect(array.shape == shape, "\(name)")
            #expect(try numbers(array) == expected(name.first!, count: shape.reduce(1, *)), "\(name)")
        }
    }

    @Test func numbersBeyondNumbersAndNames() throws {
        let archive = try NumPyTests.golden("special")
        let special = try archive["special"].tensor(as: Double.self).scalars
        #expect(special[0].isNaN && special[1] == .infinity && special[2] == -.infinity)
        #expect(special[3].sign == .minus && special[3] == 0 && special[4] == .leastNonzeroMagnitude)
        #expect(try archive["∇ äöü"].tensor() == Tensor<Float>(1))
        let error = #expect(throws: FileFormatError.self) { try archive["x"] }
        #expect(error?.reason == #"there is no array "x", only "special", "∇ äöü""#)
    }

    @Test(arguments: [false, true]) func whatIsWrittenIsReadAgain(isCompressed: Bool) throws {
        let arrays = try NumPyTests.golden("stored").arrays
        let bfloat = StoredArray(Tensor<Float>([[1, -2.5], [3, 0]]), as: .bfloat16)
        let archive = NumPyArchive(arrays.merging(["b": bfloat, "a/∇ \u{1F9F6}": bfloat]) { $1 })
        let data = archive.data(isCompressed: isCompressed)
        #expect(try NumPyArchive(data) == archive)
        #expect(data == archive.data(isCompressed: isCompressed))
        try withTemporaryDirectory { directory in
            let path = directory + "/a.npz"
            try archive.write(to: path, isCompressed: isCompressed)
            #expect(try NumPyArchive(contentsOf: path) == archive)
        }
        #expect(try NumPyArchive(NumPyArchive().data(isCompressed: isCompressed)).arrays.isEmpty)
    }

    /// The bytes that `numpy.save` writes of the same array (NumPy 2.4).
    @Test func aFileIsTheOneThatNumPyWrites() throws {
        let array = NumPyArray(Tensor<Float>([[1, 2, 3], [4, 5, 6]]).transposed())
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }"
        var expected = Data([0x93]) + Data("NUMPY\u{1}\u{0}v\u{0}".utf8) + Data(header.utf8)
        expected += Data(repeating: 0x20, count: 127 - expected.count) + Data([0x0A])
        for number in [1, 4, 2, 5, 3, 6] as [Float] {
            withUnsafeBytes(of: number.bitPattern.littleEndian) { expected.append(contentsOf: $0) }
        }
        #expect(array.data == expected)
        try withTemporaryDirectory { directory in
            try array.write(to: directory + "/a.npy")
            let again: Tensor<Double> = try NumPyArray(contentsOf: directory + "/a.npy").tensor()
            #expect(again == Tensor([[1, 4], [2, 5], [3, 6]]))
        }
        let missing = #expect(throws: FileFormatError.self) { try NumPyArray(contentsOf: "/no/such.npy") }
        #expect(missing?.description == #"cannot read "/no/such.npy": there is no such file"#)
    }

    /// A header that is too long for version 1 has version 2, which has room for it.
    @Test func aLongHeaderIsWritten() throws {
        let shape = [Int](repeating: 1, count: 30_000)
        let array = NumPyArray(StoredArray(.uint8, shape: shape, bytes: Data([7])))
        #expect(array.data[6] == 2 && array.data.count % 64 == 1)
        #expect(try NumPyArray(array.data) == array)
    }

    @Test func aModelIsLoadedFromAnArchive() throws {
        let model = LSTMCell<Float>(inputSize: 2, hiddenSize: 3)
        try withTemporaryDirectory { directory in
            let path = directory + "/model.npz"
            try NumPyArchive(model.storedArrays()).write(to: path, isCompressed: true)
            var other = LSTMCell<Float>(inputSize: 2, hiddenSize: 3)
            try other.load(from: path)
            #expect(other.storedArrays() == model.storedArrays())
        }
    }

    /// A file of a header and bytes.
    private func file(_ header: String, version: [UInt8] = [1, 0], length: Int? = nil, bytes: Int = 0) -> Data {
        let count = length ?? header.utf8.count
        let length =
            version[0] == 1 ? [UInt8(count & 255), UInt8(count >> 8)] : (0..<4).map { UInt8(count >> ($0 * 8) & 255) }
        return Data([0x93]) + Data("NUMPY".utf8) + Data(version + length) + Data(header.utf8) + Data(count: bytes)
    }

    private func header(_ shape: String, _ type: String = "'<f4'", _ order: String = "False") -> String {
        "{'descr': \(type), 'fortran_order': \(order), 'shape': \(shape), }\n"
    }

    @Test func hostileFilesAreRefused() {
        let missing = #"header, byte 27: one of the keys "descr", "fortran_order" and "shape" is missing"#
        let hostile: [(Data, String)] = [
            (Data(), "it is not a .npy file, but empty"),
            (Data([0x93]) + Data("NUMPY".utf8), "header: the file ends in the middle of it"),
            (file("", version: [4, 0]), "header: its version is 4.0, which is not known"),
            (file("", version: [1, 1]), "header: its version is 1.1, which is not known"),
            (file("{}", length: 1000), "header: the file ends in the middle of it"),
            (file("{}", version: [2, 0], length: 0xFFFF_FFFF), "header: the file ends in the middle of it"),
            (file(""), #"header, byte 0: expected "{""#),
            (file(header("(1,)")), "its shape is [1], which its 0 bytes of <f4 don't fill"),
            (file(header("(1,)"), bytes: 5), "its shape is [1], which its 5 bytes of <f4 don't fill"),
            (
                file(header("(4294967296, 4294967297)"), bytes: 4),
                "its shape is [4294967296, 4294967297], which its 4 bytes"
            ),
            (file(header("(4611686018427387904, 4611686018427387904, 0)")), "its shape is [4611686018427387904"),
            (
                file(header("(9223372036854775807,)", "'<u4'"), bytes: 4),
                "its shape is [9223372036854775807], which its"
            ),
            (
                file(header("(99999999999999999999,)")),
                "header, byte 51: expected a whole number that is not negative and"
            ),
            (file(header("(-1,)")), "header, byte 51: expected a whole number that is not negative and not beyond"),
            (file(header("(1.0,)"), bytes: 4), #"header, byte 52: expected ")""#),
            (file(header("((1,),)"), bytes: 4), "header, byte 51: expected a whole number"),
            (file(header("(1,)", "'<c8'"), bytes: 8), "header: its elements are of type <c8, which is not read"),
            (file(header("(1,)", "[('a', '<f4')]"), bytes: 4), "header: its elements are of type [('a', '<f4')]"),
            (file(header("(1,)", "'<f4'", "false")), "header, byte 34: expected True or False"),
            (file("{'descr': '<f4', 'descr': '<f4'}"), #"header, byte 17: the key "descr" stands there twice"#),
            (file("{'x': 1}"), #"header, byte 1: an unknown key, "x""#),
            (file("{'fortran_order': True, }\n "), missing),
            (file("{'descr"), "header, byte 1: a string without an end"),
            (file("{'descr': '<f4', } x"), "header, byte 19: there is more after the end of the dictionary"),
        ]
        for (data, message) in hostile {
            let error = #expect(throws: FileFormatError.self) { try NumPyArray(data) }
            let text = error?.description ?? ""
            #expect(text.hasPrefix("cannot read the data: " + message), "\(text), expected \(message)")
        }
        var notUTF8 = file("{'d': 1}")
        notUTF8[12] = 0xFF
        #expect(throws: FileFormatError(place: "header, byte 1", reason: "a string that is not UTF-8")) {
            try NumPyArray(notUTF8)
        }
    }

    /// Whatever is cut off or changed: an error or a content, never a crash.
    @Test func everyBrokenFileIsReadOrRefused() throws {
        let array = NumPyArray(Tensor<Float>([[1, 2, 3], [4, 5, 6]])).data
        for count in 0..<array.count { #expect(throws: FileFormatError.self) { try NumPyArray(array.prefix(count)) } }
        let source = RandomSource(seed: 4)
        for _ in 0..<2000 {
            var broken = array
            for _ in 0...source.integer(below: 3) {
                broken[source.integer(below: 128)] = UInt8(source.integer(below: 128))
            }
            guard let file = try? NumPyArray(broken) else { continue }
            _ = try? file.tensor(as: Float.self)
        }
        let small = NumPyArchive(["a": StoredArray(Tensor<Float>([1, 2])), "b": StoredArray(Tensor<Float>(3))])
        for isCompressed in [false, true] {
            let archive = small.data(isCompressed: isCompressed)
            for count in 0..<archive.count {
                #expect(throws: FileFormatError.self) { try NumPyArchive(archive.prefix(count)) }
            }
            for place in archive.indices {
                var broken = archive
                broken[place] ^= 1 << UInt8(place % 8)
                // What is not looked at (dates, versions, attributes) may change; arrays may not.
                if let read = try? NumPyArchive(broken) { #expect(Array(read.arrays.values).count == 2) }
            }
        }
    }
}
