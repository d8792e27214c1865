import Foundation
import Tapestry
import TapestryTestSupport
import Testing

@testable import TapestryFiles

/// Arrays of types that are not read stay in their files, and the others are read.
@Suite struct UnsupportedArrayTests {
    /// A safetensors file of a header and bytes 0, 1, 2, ….
    private func file(_ entries: [(name: String, type: String, shape: [Int], bytes: Int)]) -> Data {
        var end = 0
        let members = entries.map { entry in
            let begin = end
            end += entry.bytes
            let value = #"{"dtype":"\#(entry.type)","shape":\#(entry.shape),"data_offsets":[\#(begin),\#(end)]}"#
            return "\"\(entry.name)\":\(value)"
        }
        let header = Data("{\(members.joined(separator: ","))}".utf8)
        return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) } + header
            + Data((0..<end).map { UInt8($0 % 256) })
    }

    /// A `.npy` file of version 1.
    private func numPy(_ type: String, _ shape: String = "(1,)", order: String = "False", bytes: Data) -> Data {
        let header = Data("{'descr': \(type), 'fortran_order': \(order), 'shape': \(shape), }\n".utf8)
        return Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0, UInt8(header.count), 0]) + header + bytes
    }

    // MARK: - safetensors

    @Test(arguments: [
        ("F4", 3), ("F6_E2M3", 5), ("F6_E3M2", 5), ("F8_E4M3", 6), ("F8_E4M3FNUZ", 6), ("F8_E5M2", 6),
        ("F8_E5M2FNUZ", 6), ("F8_E8M0", 6), ("C64", 48),
    ]) func aTypeOfSafetensors(type: String, bytes: Int) throws {
        // Of six bits, only a multiple of four elements ends with a byte.
        let shape = type.hasPrefix("F6") ? [4, 1] : [2, 3]
        let count = type.hasPrefix("F6") ? 3 : bytes
        let data = file([("w", "F32", [1], 4), ("odd", type, shape, count), ("last", "U8", [1], 1)])
        let content = try Safetensors(data)
        #expect(content.arrays.keys.sorted() == ["last", "w"])
        let odd = try #require(content.unsupported["odd"])
        #expect(odd.typeName == type && odd.shape == shape)
        #expect(odd.bytes == Data((4..<4 + count).map { UInt8($0) }))
        #expect(
            throws: FileFormatError(
                place: #"array "odd""#, reason: "its elements are of type \(type), which is not read")
        ) { try content["odd"] }
        let missing = #expect(throws: FileFormatError.self) { try content["even"] }
        #expect(missing?.reason == #"there is no array "even", only "last", "odd", "w""#)
        let again = try Safetensors(content.data)
        #expect(again == content && again.data == content.data)
        // One byte more or fewer does not fill the shape.
        for wrong in [count - 1, count + 1] {
            let error = #expect(throws: FileFormatError.self) { try Safetensors(file([("odd", type, shape, wrong)])) }
            #expect(error?.reason == "its shape is \(shape), which its \(wrong) bytes of \(type) don't fill")
        }
        // Neither does a shape that is beyond counting, or half of a byte.
        for shape in [[1 << 62, 1 << 62, 0], [.max, 8], [1, .max]] {
            #expect(throws: FileFormatError.self) { try Safetensors(file([("odd", type, shape, 0)])) }
        }
        let single = try? Safetensors(file([("odd", type, [1], 1)]))
        #expect((single != nil) == type.hasPrefix("F8"))
    }

    @Test func elementsAreWrittenByTheirWidth() throws {
        let content = try Safetensors(
            file([("a", "F4", [2], 1), ("b", "F8_E5M2", [1], 1), ("c", "F16", [1], 2), ("d", "C64", [1], 8)]))
        let header = String(decoding: content.data.dropFirst(8), as: UTF8.self)
        #expect(header.contains(#""d":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}"#))
        #expect(header.contains(#""c":{"dtype":"F16","shape":[1],"data_offsets":[8,10]}"#))
        #expect(header.contains(#""b":{"dtype":"F8_E5M2","shape":[1],"data_offsets":[10,11]}"#))
        #expect(header.contains(#""a":{"dtype":"F4","shape":[2],"data_offsets":[11,12]}"#))
    }

    @Test(arguments: ["F8", "f8_e4m3", "C128", "U128", "F4 ", ""]) func aTypeThatTheFormatLacks(type: String) {
        let error = #expect(throws: FileFormatError.self) { try Safetensors(file([("odd", type, [1], 1)])) }
        #expect(error?.reason == "its dtype is \"\(type)\", which the format does not have")
    }

    @Test func bytesOverlapWithThoseOfNoArray() {
        let header = Data(
            #"{"a":{"dtype":"C64","shape":[1],"data_offsets":[0,8]},"b":{"dtype":"F4","shape":[2],"data_offsets":[7,8]}}"#
                .utf8)
        let data = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) } + header + Data(count: 8)
        #expect(
            throws: FileFormatError(place: #"array "b""#, reason: #"its bytes overlap with those of "a""#)
        ) { try Safetensors(data) }
    }

    @Test func unsignedNumbersKeepTheirType() throws {
        let content = try Safetensors(file([("a", "U64", [1], 8), ("b", "U32", [2], 8), ("c", "U16", [1], 2)]))
        #expect(content.unsupported.isEmpty)
        #expect(content.arrays.mapValues(\.elementType) == ["a": .uint64, "b": .uint32, "c": .uint16])
        #expect(try content["c"].tensor() == Tensor<Int32>([0x1110]))
        #expect(try Safetensors(content.data) == content)
    }

    // MARK: - NumPy

    @Test func anArchiveOfNumPy() throws {
        let content = try NumPyTests.golden("unsupported")
        #expect(content.arrays.keys.sorted() == ["weights"])
        #expect(try content["weights"].tensor() == Tensor<Double>([0, 1, 2]))
        let types = [
            "texts": "<U10", "bytes": "|S2", "complex": "<c8", "objects": "|O", "dates": "<M8[D]", "spans": ">m8[25us]",
            "record": #"[(('a title', "α'"), '<f4', (2,)), ("n\\'", [('x', '<i2'), ('y', '>f8')])]"#,
            "latin": "[('é', '|i1'), ('', '|V3'), ('z', '<f4')]", "pickled": "[('x', '|O'), ('y', '<f4')]",
            "nothing": "[]",
        ]
        #expect(content.unsupported.mapValues(\.typeName) == types)
        #expect(content.unsupported["complex"]?.shape == [3, 2] && content.unsupported["complex"]?.bytes.count == 48)
        #expect(content.unsupported["texts"]?.bytes.count == 80 && content.unsupported["record"]?.bytes.count == 36)
        let error = #expect(throws: FileFormatError.self) { try content["pickled"] }
        #expect(
            error?.description == """
                cannot read the data: array "pickled": its elements are of type [('x', '|O'), ('y', '<f4')], which is not read
                """)
        for isCompressed in [false, true] {
            #expect(try NumPyArchive(content.data(isCompressed: isCompressed)) == content)
        }
    }

    @Test(arguments: [
        ("'|S0'", 0), ("'>U2'", 8), ("'<f16'", 16), ("'>c16'", 16), ("'<c32'", 32), ("'<f1'", 1), ("'<V1'", 1),
        ("'<M8'", 8), ("'>m8[as]'", 8), ("'|V3'", 3), ("[('a', '<f4', (2, 3)), (\"b'\", '|S1')]", 25),
        ("[('\\\\', '|b1'), ('\\'', '|b1'),]", 2), ("[('a', [('b', [('c', '<f8', (0,))], (5,))])]", 0),
    ]) func aTypeOfNumPy(type: String, bytes: Int) throws {
        func archive(_ content: Data) -> Data {
            ZipArchive(members: [ZipArchive.member("w.npy", content, isDeflated: false)]).data
        }
        let data = numPy(type, "(1, 1)", order: "True", bytes: Data(count: bytes))
        let read = try NumPyArchive(archive(data))
        let array = try #require(read.unsupported["w"])
        #expect(array.bytes == Data(count: bytes) && array.shape == [1, 1])
        #expect(array.typeName == (type.hasPrefix("[") ? type : String(type.dropFirst().dropLast())))
        #expect(read.data() == archive(data))
        let refused = #expect(throws: FileFormatError.self) { try NumPyArray(data) }
        #expect(refused?.place == "header" && refused?.reason.contains("which is not read") == true)
        for wrong in [bytes - 1, bytes + 1] where wrong >= 0 {
            let error = #expect(throws: FileFormatError.self) {
                try NumPyArchive(archive(numPy(type, "(1, 1)", bytes: Data(count: wrong))))
            }
            #expect(error?.reason.contains("don't fill") == true)
        }
        #expect(throws: FileFormatError.self) {
            try NumPyArray(numPy(type, "(4611686018427387904, 4611686018427387904, 0)", bytes: Data()))
        }
    }

    @Test(arguments: [
        ("'<q8'", "header, byte 10: \"<q8\" is no type of elements"),
        ("'|f4'", "header, byte 10: \"|f4\" is no type of elements"),
        ("'<O'", "header, byte 10: \"<O\" is no type of elements"), ("'|U1'", "header, byte 10: \"|U1\" is no"),
        ("'<U-1'", "header, byte 10: \"<U-1\" is no"), ("'<U+1'", "header, byte 10: \"<U+1\" is no"),
        ("'<U536870912'", "header, byte 10: \"<U536870912\" is no"), ("'|S2147483648'", "header, byte 10: \"|S21"),
        ("'|S99999999999999999999'", "header, byte 10: \"|S99"), ("'<M8[xs]'", "header, byte 10: \"<M8[xs]\" is no"),
        ("'<M8[s'", "header, byte 10: \"<M8[s\" is no"), ("'<M8[99999999999999999999s]'", "header, byte 10: \"<M8[9"),
        ("''", "header, byte 10: \"\" is no"), ("'<c10'", "header, byte 10: \"<c10\" is no"),
        ("[('a', '<q8')]", "header, byte 17: \"<q8\" is no type of elements"),
        ("[('a', '|S2147483647'), ('b', '|S1')]", "header, byte 35: a field that is beyond counting"),
        ("[('a', '<f4', (1073741824,))]", "header, byte 12: a field that is beyond counting"),
        ("[('a')]", "header, byte 15: expected \",\""), ("[('a', '<f4'", "header, byte 24: expected \"(\""),
        ("[(1, '<f4')]", "header, byte 12: expected a string"), ("[('a\\', '<f4')]", "header, byte"),
        ("[('a', '<f4', 2)]", "header, byte 24: expected \"(\""),
        (String(repeating: "[('a', ", count: 12), "header, byte 94: expected a string"),
    ]) func aTypeThatNumPyLacks(type: String, message: String) {
        let error = #expect(throws: FileFormatError.self) { try NumPyArray(numPy(type, bytes: Data(count: 8))) }
        let text = error?.description ?? ""
        #expect(text.hasPrefix("cannot read the data: " + message), "\(text)")
    }

    @Test func fieldsAreNotNestedWithoutEnd() {
        let type = String(repeating: "[('',", count: 17)
        let error = #expect(throws: FileFormatError.self) { try NumPyArray(numPy(type, bytes: Data())) }
        #expect(error?.reason == "fields nested deeper than 16 levels")
    }

    @Test func aPickleThatIsCutOff() {
        #expect(throws: FileFormatError(reason: "its objects are no pickle that ends")) {
            try NumPyArray(numPy("'|O'", bytes: Data("\u{80}\u{4}N".utf8)))
        }
        #expect(throws: FileFormatError.self) { try NumPyArray(numPy("'|O'", bytes: Data())) }
    }

    // MARK: - Who uses the files

    @Test func anArrayOfTheSameNameReplacesIt() throws {
        var content = try Safetensors(file([("odd", "F8_E4M3", [1], 1), ("other", "C64", [1], 8)]))
        content.arrays["odd"] = StoredArray(Tensor<Float>([1]))
        let again = try Safetensors(content.data)
        #expect(try again["odd"].tensor() == Tensor<Float>([1]) && content["odd"] == again["odd"])
        #expect(Array(again.unsupported.keys) == ["other"])
        var archive = try NumPyTests.golden("unsupported")
        archive.arrays["texts"] = StoredArray(Tensor<Float>([1]))
        archive.unsupported["bytes"] = nil
        let read = try NumPyArchive(archive.data())
        #expect(try read["texts"].tensor() == Tensor<Float>([1]))
        #expect(read.unsupported.count == 8 && read.arrays.count == 2)
    }

    @Test func arraysOfOneFormatAreNotWrittenInAnother() async {
        await #expect(processExitsWith: .failure) {
            _ = Safetensors(unsupported: try NumPyTests.golden("unsupported").unsupported).data
        }
        await #expect(processExitsWith: .failure) {
            let header = #"{"a":{"dtype":"F4","shape":[0],"data_offsets":[0,0]}}  "#
            let data = Data([UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0]) + Data(header.utf8)
            _ = NumPyArchive(unsupported: try Safetensors(data).unsupported).data()
        }
    }

    @Test func aModelSaysWhichTypeIsNotRead() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/model.safetensors"
            let model = Linear<Float>(inputSize: 1, outputSize: 1)
            let stored = Safetensors(model.storedArrays())
            var odd = try Safetensors(file([("bias", "F8_E4M3", [1], 1), ("scale", "F8_E8M0", [2], 2)]))
            odd.arrays["weights"] = stored.arrays["weights"]
            try odd.write(to: path)
            var other = Linear<Float>(inputSize: 1, outputSize: 1)
            let error = #expect(throws: ModelLoadError.self) { try other.load(from: path) }
            #expect(
                "\(error!.report)"
                    == "unexpected: scale; unlike: bias: its elements are of type F8_E4M3, which is not read")
            #expect(other.load(odd.arrays, unsupported: odd.unsupported) == error?.report)
            #expect(other.load(odd.arrays).missing == ["bias"])
        }
    }

    @Test func aModelOfAnArchiveToo() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/model.npz"
            var archive = try NumPyTests.golden("unsupported")
            archive.arrays = ["bias": StoredArray(Tensor<Float>([1]))]
            archive.unsupported = ["weights": archive.unsupported["complex"]!]
            try archive.write(to: path)
            var model = Linear<Float>(inputSize: 1, outputSize: 1)
            let error = #expect(throws: ModelLoadError.self) { try model.load(from: path) }
            #expect("\(error!.report)" == "unlike: weights: its elements are of type <c8, which is not read")
        }
    }
}
