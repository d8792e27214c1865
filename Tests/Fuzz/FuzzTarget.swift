import Foundation

/// What libFuzzer calls with each input that it has made up. Readers must end with a content or an error.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = bytes.map { Data(bytes: $0, count: count) } ?? Data()
    do {
        try FuzzFormat.chosen.read(input)
    } catch {
        // What a file says is repeated in messages.
        if "\(error)".unicodeScalars.contains(where: \.isSteering) {
            fatalError("an error could steer a terminal: \(error)")
        }
    }
    return 0
}

/// Chooses the format that the environment names, or writes a first input for it.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(_: UnsafeMutablePointer<CInt>, _: UnsafeMutableRawPointer) -> CInt {
    guard let folder = ProcessInfo.processInfo.environment["TAPESTRY_FUZZ_SEEDS"] else { return 0 }
    for (number, seed) in FuzzFormat.chosen.seeds.enumerated() {
        guard (try? OutputFile.write(seed, to: "\(folder)/seed-\(number)")) != nil else { exit(1) }
    }
    exit(0)
}

/// A format and how a file of it is read to the end.
enum FuzzFormat: String {
    case safetensors, npy, npz, inflate, deflate, json, csv, tsv, semicolons

    static let chosen = FuzzFormat(rawValue: ProcessInfo.processInfo.environment["TAPESTRY_FUZZ_FORMAT"] ?? "")!

    func read(_ input: Data) throws {
        switch self {
        case .safetensors:
            let file = try Safetensors(input)
            file.arrays.values.forEach(readAll)
            guard try Safetensors(file.data) == file else { fatalError("what is written is not what was read") }
        case .npy: readAll(try NumPyArray(input).array)
        case .npz:
            let archive = try NumPyArchive(input)
            archive.arrays.values.forEach(readAll)
            guard try NumPyArchive(archive.data()) == archive else {
                fatalError("what is written is not what was read")
            }
        case .inflate:
            // The size that the stream is said to have comes first.
            let size = input.prefix(3).reduce(0) { $0 << 8 | Int($1) }
            let stream = Data(input.dropFirst(3))
            if size / Inflate.greatestRatio <= stream.count { _ = try Inflate.bytes(of: stream, count: size) }
        case .deflate:
            guard try Inflate.bytes(of: Deflate.stream(of: input), count: input.count) == input else {
                fatalError("what was compressed is not what was there")
            }
        case .json: _ = try JSONReader.value(of: Array(input))
        case .csv, .tsv:
            try compareBlocks(of: Array(input), self == .csv ? .commas : .tabs)
            guard let text = String(validating: input, as: UTF8.self) else { return }
            let table = try DelimitedText(text, format: self == .csv ? .commas : .tabs, hasHeader: true)
            for column in table.header! { _ = try? table.numbers(in: column) }
        case .semicolons:
            guard let text = String(validating: input, as: UTF8.self) else { return }
            let table = try DelimitedText(recognizing: text, path: "", hasHeader: true)
            for column in table.header! { _ = try? table.optionalNumbers(in: column) }
        }
    }

    /// Parses a table at once and in blocks of a size that its first byte says: the rows and the error must be the same.
    private func compareBlocks(of input: [UInt8], _ format: DelimitedText.Format) throws {
        func outcome(blockSize: Int) -> (rows: [DelimitedText.Row], error: FileFormatError?) {
            var parser = DelimitedTextParser(format, columns: nil)
            var rest = input[...]
            var rows: [DelimitedText.Row] = []
            do {
                while let row = try parser.next(reading: { _ in
                    defer { rest = rest.dropFirst(blockSize) }
                    return Array(rest.prefix(blockSize))
                }) {
                    rows.append(row)
                }
            } catch {
                return (rows, error as? FileFormatError)
            }
            return (rows, nil)
        }
        let (whole, blocks) = (outcome(blockSize: .max), outcome(blockSize: Int(input.first ?? 0) % 16 + 1))
        guard whole.rows == blocks.rows, whole.error == blocks.error else {
            fatalError("in blocks, a table has other rows")
        }
    }

    /// Reads an array as every kind of tensor.
    private func readAll(_ array: StoredArray) {
        _ = try? array.array(as: .float32)
        _ = try? array.array(as: .float64)
        _ = try? array.array(as: .int32)
        _ = try? array.array(as: .bool)
    }

    /// Inputs to begin with.
    var seeds: [Data] {
        let arrays: [String: StoredArray] = [
            "a": StoredArray(.float32, shape: [2, 3], bytes: Data(count: 24)),
            "b": StoredArray(.bool, shape: [3], bytes: Data([1, 0, 1])),
            "c": StoredArray(.int64, shape: [], bytes: Data([1, 2, 3, 4, 5, 6, 7, 8])),
        ]
        switch self {
        case .safetensors:
            let unsupported = ["d": UnsupportedArray("F6_E2M3", shape: [4], bytes: Data([1, 2, 3]))]
            // Marks of direction and the end of a line, in a name that an error repeats.
            let cut = Safetensors(["\u{202E}a\u{2028}": arrays["a"]!]).data.dropLast()
            return [Safetensors(arrays, unsupported: unsupported, metadata: ["x": "y"]).data, cut]
        case .npy:
            return arrays.values.map { NumPyArray($0).data }
                + ["'>f4', 'fortran_order': True", "'|i1', 'fortran_order': True", "'>u2', 'fortran_order': False"].map
            {
                numPy($0)
            } + unsupported
        case .npz:
            return [false, true].map { NumPyArchive(arrays).data(isCompressed: $0) } + [extended]
                + unsupported.map {
                    ZipArchive(members: [ZipArchive.member("a.npy", $0, isDeflated: false)]).data
                }
        case .inflate:
            return [
                Data("a text, a text, a text".utf8), Data((0..<200).map { UInt8($0 * $0 % 251) }), Data(count: 600),
            ].map {
                Data([0, UInt8($0.count >> 8), UInt8($0.count & 255)]) + Deflate.stream(of: $0)
            } + [Data([0, 0, 4, 0x4B, 0x4C, 0x04, 0x02, 0x00])]
        case .deflate: return [Data("a text, a text, a text".utf8), Data(count: 600)]
        case .json: return [Data(#"{"a": [1, -2.5e+10, null], "b": {"é\u00e9\ud83e\uddf6": true}, "c": "\n"}"#.utf8)]
        case .csv: return [Data("x,y\n1,\"a \"\"b\"\"\n\"\r\n2,c\n".utf8)]
        case .semicolons:
            return ["x;y\n1.234,5;-2 345\n", "x;y\n1,234.5;a\n", "\"x;\";1,5\n"].map { Data($0.utf8) }
        case .tsv: return [Data("x\ty\r\n1\t2\n".utf8)]
        }
    }

    /// Files of NumPy's with types that are not read.
    private var unsupported: [Data] {
        ["'<U1'", "'<M8[25us]'", "[('a', '<f4'), (('t', 'b'), [('\\'', '|V2')], (1, 2))]"].map {
            numPy("\($0), 'fortran_order': False")
        } + [numPy("'|O', 'fortran_order': False", Data("\u{80}\u{4}N.".utf8))]
    }

    /// A file of NumPy's.
    private func numPy(_ type: String, _ content: Data = Data(count: 24)) -> Data {
        let header = "{'descr': \(type), 'shape': (2, 3), }\n"
        return Data([0x93]) + Data("NUMPY\u{3}\u{0}".utf8) + Data([UInt8(header.utf8.count), 0, 0, 0])
            + Data(header.utf8) + content
    }

    /// An archive with everything in the extension for large ones.
    private var extended: Data {
        let content = NumPyArray(StoredArray(.uint8, shape: [1], bytes: Data([7]))).data
        return ZipArchive(members: [ZipArchive.member("a.npy", content, isDeflated: true)]).data(extendingFrom: 0)
    }
}
