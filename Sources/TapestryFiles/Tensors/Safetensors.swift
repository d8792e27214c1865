import Foundation
import TapestryArrays

/// Named arrays in the safetensors format, which PyTorch, JAX and many others read and write.
///
/// A file is the length of its header (eight bytes, little-endian), the header, and the arrays' bytes. The header is a
/// JSON object that says of each name the type, the shape and where its bytes begin and end:
///
///     {"__metadata__": {"epoch": "3"}, "output.weights": {"dtype": "F32", "shape": [64, 65], "data_offsets": [0, 16640]}}
///
/// What a file says is not trusted: nothing is reserved by its numbers before they are known to fit the file.
///
/// ```swift
/// var file = try Safetensors(contentsOf: "model.safetensors")
/// let weights: Tensor<Float> = try file["output.weights"].tensor()
/// ```
///
/// Reference: the format's description in the repository huggingface/safetensors.
public struct Safetensors: Sendable, Equatable {
    /// What the file says beside its arrays.
    public var metadata: [String: String]
    /// The arrays by name.
    public var arrays: [String: StoredArray]
    /// The arrays of types that are not read (numbers of four, six and eight bits, complex ones), by name. They are
    /// written as they were read, except those whose name one of `arrays` has.
    public var unsupported: [String: UnsupportedArray]

    /// Makes the content of a file.
    public init(
        _ arrays: [String: StoredArray] = [:], unsupported: [String: UnsupportedArray] = [:],
        metadata: [String: String] = [:]
    ) {
        (self.arrays, self.unsupported, self.metadata) = (arrays, unsupported, metadata)
    }

    /// The array of a name. Throws a ``FileFormatError`` that lists the names that there are if it isn't one of them,
    /// and says the type if it is one that is not read.
    public subscript(name: String) -> StoredArray {
        get throws(FileFormatError) { try arrays.array(named: name, besides: unsupported) }
    }

    /// One array as the format has it.
    private struct Entry {
        let typeName: String
        let shape: [Int]
        let bytes: Data
    }

    /// The longest header that is read. Other readers have the same limit.
    private static let headerLimit = 100_000_000
    private static let metadataName = "__metadata__"
}

// MARK: - Reading

extension Safetensors {
    /// Reads a file. The arrays' bytes are mapped from the disk, and read from there when they are made tensors.
    ///
    /// - Throws: A ``FileFormatError`` that says where the file breaks which rule of the format, or why it can't be
    ///   read.
    public init(contentsOf path: String) throws(FileFormatError) {
        self = try InputFile.read(path) { data throws(FileFormatError) in try Safetensors(data) }
    }

    /// Reads the bytes of a file.
    ///
    /// - Throws: A ``FileFormatError`` that says where they break which rule of the format.
    public init(_ data: Data) throws(FileFormatError) {
        guard data.count >= 8 else {
            throw FileFormatError(
                reason: "it is not a safetensors file: it has \(data.count.counted("byte")), and not 8 or more")
        }
        let length = data.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        // A file that was cut has the beginning of its header.
        let isCut = length > UInt64(data.count - 8)
        let hasBeginning = data.count == 8 || data[data.startIndex + 8] == UInt8(ascii: "{")
        guard length <= UInt64(Safetensors.headerLimit), !isCut || hasBeginning else {
            throw FileFormatError(reason: "it is not a safetensors file, \(ForeignFormat.looks(data))")
        }
        guard !isCut else {
            throw FileFormatError(
                place: "header",
                reason:
                    "it should have \(Int(length).counted("byte")), and the file ends after \(data.count - 8) of them")
        }
        let content = data.dropFirst(8 + Int(length))
        let header: JSONValue
        do throws(FileFormatError) {
            header = try JSONReader.value(of: Array(data.dropFirst(8).prefix(Int(length))), depthLimit: 4)
        } catch {
            throw FileFormatError(place: "header, \(error.place ?? "")", reason: error.reason)
        }
        try self.init(header: header, content: content)
    }

    private init(header: JSONValue, content: Data) throws(FileFormatError) {
        guard case .object(let members) = header else {
            throw FileFormatError(place: "header", reason: "it is not a JSON object")
        }
        self.init()
        var ranges: [(name: String, range: Range<Int>)] = []
        let start = content.startIndex
        for (name, value) in members {
            if name == Safetensors.metadataName {
                metadata = try Safetensors.metadata(value)
            } else {
                do throws(FileFormatError) {
                    let entry = try Safetensors.entry(value, in: content)
                    if let type = StoredElementType(safetensorsName: entry.typeName) {
                        arrays[name] = StoredArray(type, shape: entry.shape, bytes: entry.bytes)
                    } else {
                        unsupported[name] = UnsupportedArray(entry.typeName, shape: entry.shape, bytes: entry.bytes)
                    }
                    ranges.append((name, entry.bytes.startIndex - start..<entry.bytes.endIndex - start))
                } catch {
                    throw FileFormatError(place: "array \(name.quotedBriefly)", reason: error.reason)
                }
            }
        }
        try Safetensors.checkThatTheyFill(content.count, ranges)
    }

    private static func metadata(_ value: JSONValue) throws(FileFormatError) -> [String: String] {
        func error() -> FileFormatError {
            FileFormatError(place: "header, \(metadataName)", reason: "it is not an object of strings")
        }
        guard case .object(let members) = value else { throw error() }
        var metadata: [String: String] = [:]
        for member in members {
            guard case .string(let text) = member.value else { throw error() }
            metadata[member.name] = text
        }
        return metadata
    }

    /// An array by its entry in the header, its bytes being those of the content.
    private static func entry(_ value: JSONValue, in content: Data) throws(FileFormatError) -> Entry {
        guard case .object(let members) = value else { throw FileFormatError(reason: "its entry is not an object") }
        let entry = Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value) })
        if let unknown = members.first(where: { !["dtype", "shape", "data_offsets"].contains($0.name) }) {
            throw FileFormatError(reason: "its entry has an unknown part, \(unknown.name.quotedBriefly)")
        }
        guard case .string(let typeName)? = entry["dtype"] else { throw FileFormatError(reason: "it has no dtype") }
        guard let bits = Safetensors.bits(of: typeName) else {
            throw FileFormatError(
                reason: "its dtype is \(typeName.quotedBriefly), which the format does not have")
        }
        guard let shape = entry["shape"]?.wholeNumbers else { throw FileFormatError(reason: "it has no shape") }
        guard let offsets = entry["data_offsets"]?.wholeNumbers, offsets.count == 2 else {
            throw FileFormatError(reason: "it has no two data_offsets")
        }
        guard offsets[0] <= offsets[1], offsets[1] <= content.count else {
            throw FileFormatError(
                reason:
                    "its data_offsets are \(offsets), and after the header the file has \(content.count.counted("byte"))"
            )
        }
        guard let byteCount = StoredArray.byteCount(bits: bits, shape), byteCount == offsets[1] - offsets[0] else {
            throw FileFormatError(
                reason:
                    "its shape is \(shape.brief), which its \((offsets[1] - offsets[0]).counted("byte")) of \(typeName) don't fill"
            )
        }
        return Entry(typeName: typeName, shape: shape, bytes: content.dropFirst(offsets[0]).prefix(byteCount))
    }

    /// Throws if two arrays have bytes in common, or if there are bytes that belong to none.
    private static func checkThatTheyFill(
        _ byteCount: Int, _ ranges: [(name: String, range: Range<Int>)]
    ) throws(FileFormatError) {
        var end = 0
        var last: String?
        let inOrder = ranges.sorted {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }
        for (name, range) in inOrder {
            if range.lowerBound < end {
                throw FileFormatError(
                    place: "array \(name.quotedBriefly)",
                    reason: "its bytes overlap with those of \((last ?? "").quotedBriefly)")
            }
            if range.lowerBound > end {
                throw FileFormatError(
                    place: "array \(name.quotedBriefly)",
                    reason: "before its own there are \((range.lowerBound - end).counted("byte")) of no array")
            }
            end = range.upperBound
            last = name
        }
        if end < byteCount {
            throw FileFormatError(reason: "at its end there are \((byteCount - end).counted("byte")) of no array")
        }
    }
}

extension JSONValue {
    /// The numbers of an array of whole numbers that are not negative.
    fileprivate var wholeNumbers: [Int]? {
        guard case .array(let elements) = self else { return nil }
        var numbers: [Int] = []
        for element in elements {
            guard case .number(let digits) = element, let number = Int(digits), number >= 0 else { return nil }
            numbers.append(number)
        }
        return numbers
    }
}

// MARK: - Writing

extension Safetensors {
    /// The bytes of a file, the same for the same content: the arrays with the widest elements come first, so that
    /// every element lies at a multiple of its size, and then they are in the order of their names. Traps if an array
    /// that is not read comes from a file of another format.
    public var data: Data {
        let stored = arrays.mapValues {
            Entry(typeName: $0.elementType.safetensorsName, shape: $0.shape, bytes: $0.bytes)
        }
        let others = unsupported.mapValues { Entry(typeName: $0.typeName, shape: $0.shape, bytes: $0.bytes) }
        let entries = others.merging(stored) { $1 }.map { name, entry in
            guard let bits = Safetensors.bits(of: entry.typeName) else {
                trap(
                    "Safetensors", "\(name.quotedBriefly) is of type \(entry.typeName), which the format does not have")
            }
            return (name: name, bits: bits, entry: entry)
        }.sorted { ($1.bits, $0.name) < ($0.bits, $1.name) }
        var members: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }.map { "\(json($0.key)):\(json($0.value))" }
            members.append("\(json(Safetensors.metadataName)):{\(pairs.joined(separator: ","))}")
        }
        var end = 0
        for (name, _, entry) in entries {
            let begin = end
            end += entry.bytes.count
            let shape = entry.shape.map(String.init).joined(separator: ",")
            members.append(
                json(name)
                    + #":{"dtype":"\#(entry.typeName)","shape":[\#(shape)],"data_offsets":[\#(begin),\#(end)]}"#)
        }
        var header = Data("{\(members.joined(separator: ","))}".utf8)
        header.append(Data(repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8))
        var data = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) }
        data.reserveCapacity(8 + header.count + end)
        data.append(header)
        for (_, _, entry) in entries { data.append(entry.bytes) }
        return data
    }

    /// Writes the file beside the one that was there and renames it into place.
    ///
    /// - Throws: An ``OutputFileError`` that says why it cannot be written.
    public func write(to path: String) throws(OutputFileError) {
        if let suffix = [".npz", ".npy", ".pt", ".pth", ".h5", ".keras", ".onnx"].first(where: path.hasSuffix) {
            let reason = "a safetensors file, which other programs would take for another one by its \(suffix)"
            throw OutputFileError(path: path, reason: reason)
        }
        try OutputFile.write(data, to: path)
    }
}

/// A text as a JSON string.
private func json(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    guard let data = try? encoder.encode(text) else { trap("Safetensors", "\(text.quoted) is no text for a header") }
    return String(decoding: data, as: UTF8.self)
}

extension Safetensors {
    /// The bits of an element of a type that the format has and that is not read.
    private static let unsupportedBits: [String: Int] = [
        "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
        "F8_E4M3": 8, "F8_E4M3FNUZ": 8, "F8_E5M2": 8, "F8_E5M2FNUZ": 8, "F8_E8M0": 8, "C64": 64,
    ]

    /// The bits of an element of a type; `nil` if the format does not have it.
    private static func bits(of typeName: String) -> Int? {
        StoredElementType(safetensorsName: typeName).map { 8 * $0.size } ?? unsupportedBits[typeName]
    }
}

extension StoredElementType {
    private static let safetensorsNames: [StoredElementType: String] = [
        .float64: "F64", .float32: "F32", .float16: "F16", .bfloat16: "BF16",
        .int64: "I64", .int32: "I32", .int16: "I16", .int8: "I8",
        .uint64: "U64", .uint32: "U32", .uint16: "U16", .uint8: "U8", .bool: "BOOL",
    ]

    private static let ofSafetensorsNames = Dictionary(
        uniqueKeysWithValues: safetensorsNames.map { ($0.value, $0.key) })

    fileprivate var safetensorsName: String { StoredElementType.safetensorsNames[self]! }

    fileprivate init?(safetensorsName name: String) {
        guard let type = StoredElementType.ofSafetensorsNames[name] else { return nil }
        self = type
    }
}
