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

    /// Makes the content of a file.
    public init(_ arrays: [String: StoredArray] = [:], metadata: [String: String] = [:]) {
        self.arrays = arrays
        self.metadata = metadata
    }

    /// The array of a name. Throws a ``FileFormatError`` that lists the names that there are if it isn't one of them.
    public subscript(name: String) -> StoredArray {
        get throws(FileFormatError) { try arrays.array(named: name) }
    }

    /// The longest header that is read. Other readers have the same limit.
    private static let headerLimit = 100_000_000
    private static let metadataName = "__metadata__"
}

// MARK: - Reading

extension Safetensors {
    /// Reads a file. The arrays' bytes are mapped from the disk, and read from there when they are made tensors.
    ///
    /// - Throws: A ``FileFormatError`` that says where the file breaks which rule of the format, or why it can't be read.
    public init(contentsOf path: String) throws(FileFormatError) {
        self = try InputFile.read(path) { data throws(FileFormatError) in try Safetensors(data) }
    }

    /// Reads the bytes of a file.
    ///
    /// - Throws: A ``FileFormatError`` that says where they break which rule of the format.
    public init(_ data: Data) throws(FileFormatError) {
        guard data.count >= 8 else {
            throw FileFormatError(reason: "it has \(data.count) bytes, and a safetensors file at least 8")
        }
        let length = data.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        guard length <= UInt64(Safetensors.headerLimit) else {
            throw FileFormatError(
                place: "header",
                reason:
                    "it would have \(length) bytes, beyond the limit of \(Safetensors.headerLimit): this is no safetensors file"
            )
        }
        guard length <= UInt64(data.count - 8) else {
            throw FileFormatError(
                place: "header",
                reason: "it should have \(length) bytes, and the file ends after \(data.count - 8) of them")
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
        for (name, value) in members {
            if name == Safetensors.metadataName {
                metadata = try Safetensors.metadata(value)
            } else {
                do throws(FileFormatError) {
                    let (array, range) = try Safetensors.array(value, in: content)
                    arrays[name] = array
                    ranges.append((name, range))
                } catch {
                    throw FileFormatError(place: "array \(name.quoted)", reason: error.reason)
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

    /// An array from its entry in the header, and where in the content its bytes are.
    private static func array(
        _ value: JSONValue, in content: Data
    ) throws(FileFormatError) -> (StoredArray, Range<Int>) {
        guard case .object(let members) = value else { throw FileFormatError(reason: "its entry is not an object") }
        let entry = Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value) })
        if let unknown = members.first(where: { !["dtype", "shape", "data_offsets"].contains($0.name) }) {
            throw FileFormatError(reason: "its entry has an unknown part, \(unknown.name.quoted)")
        }
        guard case .string(let typeName)? = entry["dtype"] else { throw FileFormatError(reason: "it has no dtype") }
        guard let type = StoredElementType(safetensorsName: typeName) else {
            throw FileFormatError(reason: "its dtype is \(typeName.quoted), which is not supported")
        }
        guard let shape = entry["shape"]?.wholeNumbers else { throw FileFormatError(reason: "it has no shape") }
        guard let offsets = entry["data_offsets"]?.wholeNumbers, offsets.count == 2 else {
            throw FileFormatError(reason: "it has no two data_offsets")
        }
        guard offsets[0] <= offsets[1], offsets[1] <= content.count else {
            throw FileFormatError(
                reason: "its data_offsets are \(offsets), and there are \(content.count) bytes after the header")
        }
        guard let byteCount = StoredArray.byteCount(type, shape), byteCount == offsets[1] - offsets[0] else {
            throw FileFormatError(
                reason: "its shape is \(shape), which its \(offsets[1] - offsets[0]) bytes of \(typeName) don't fill")
        }
        let bytes = content.dropFirst(offsets[0]).prefix(byteCount)
        return (StoredArray(type, shape: shape, bytes: bytes), offsets[0]..<offsets[1])
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
                    place: "array \(name.quoted)", reason: "its bytes overlap with those of \((last ?? "").quoted)")
            }
            if range.lowerBound > end {
                throw FileFormatError(
                    place: "array \(name.quoted)",
                    reason: "the \(range.lowerBound - end) bytes before its own belong to none")
            }
            end = range.upperBound
            last = name
        }
        if end < byteCount {
            throw FileFormatError(reason: "its last \(byteCount - end) bytes belong to no array")
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
    /// The bytes of a file, the same for the same content: the arrays with the widest elements come first, so that every
    /// element lies at a multiple of its size, and then they are in the order of their names.
    public var data: Data {
        let entries = arrays.sorted {
            ($1.value.elementType.size, $0.key) < ($0.value.elementType.size, $1.key)
        }
        var members: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }.map { "\(json($0.key)):\(json($0.value))" }
            members.append("\(json(Safetensors.metadataName)):{\(pairs.joined(separator: ","))}")
        }
        var end = 0
        for (name, array) in entries {
            let begin = end
            end += array.bytes.count
            let shape = array.shape.map(String.init).joined(separator: ",")
            let type = array.elementType.safetensorsName
            members.append(
                json(name) + #":{"dtype":"\#(type)","shape":[\#(shape)],"data_offsets":[\#(begin),\#(end)]}"#)
        }
        var header = Data("{\(members.joined(separator: ","))}".utf8)
        header.append(Data(repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8))
        var data = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) }
        data.reserveCapacity(8 + header.count + end)
        data.append(header)
        for (_, array) in entries { data.append(array.bytes) }
        return data
    }

    /// Writes the file beside the one that was there and renames it into place.
    ///
    /// - Throws: An ``OutputFileError`` that says why it cannot be written.
    public func write(to path: String) throws(OutputFileError) { try OutputFile.write(data, to: path) }
}

/// A text as a JSON string.
private func json(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    guard let data = try? encoder.encode(text) else { trap("Safetensors", "\(text.quoted) is no text for a header") }
    return String(decoding: data, as: UTF8.self)
}

extension StoredElementType {
    fileprivate static let safetensorsNames: [StoredElementType: String] = [
        .float64: "F64", .float32: "F32", .float16: "F16", .bfloat16: "BF16",
        .int64: "I64", .int32: "I32", .int16: "I16", .int8: "I8", .uint8: "U8", .bool: "BOOL",
    ]

    fileprivate var safetensorsName: String { StoredElementType.safetensorsNames[self]! }

    fileprivate init?(safetensorsName name: String) {
        guard let type = StoredElementType.allCases.first(where: { $0.safetensorsName == name }) else { return nil }
        self = type
    }
}
