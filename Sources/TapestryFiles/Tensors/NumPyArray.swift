import Foundation
import TapestryArrays
import TapestryAutograd

/// One array in NumPy's format, `.npy`.
///
/// A file is eight bytes that tell it and its version, the length of the header, the header, and the elements. Versions
/// 1, 2 and 3 are read, with elements in either order of bytes and of axes; what is written is of version 1 (of version
/// 2, if the header is too long for it), little-endian and row-major. NumPy has no bfloat16: it is written, as other
/// libraries do it, as `V2`, two bytes without a meaning, and those are read as bfloat16. A file of complex numbers,
/// texts, dates, records or objects is an error that says so; in an archive such arrays are kept beside the others.
///
/// ```swift
/// let prices: Tensor<Double> = try NumPyArray(contentsOf: "prices.npy").tensor()
/// try NumPyArray(prices.transposed()).write(to: "transposed.npy")
/// ```
///
/// Reference: R. Kern, "A simple file format for NumPy arrays", NumPy Enhancement Proposal 1, 2007.
public struct NumPyArray: Sendable, Equatable {
    /// The array.
    public var array: StoredArray

    /// Makes the content of a file.
    public init(_ array: StoredArray) { self.array = array }

    /// Makes the content of a file from a tensor; see `StoredArray` for the type of its elements.
    public init<Scalar: TensorScalar>(_ tensor: Tensor<Scalar>, as elementType: StoredElementType? = nil) {
        self.init(StoredArray(tensor, as: elementType))
    }

    /// The array as a tensor; see `StoredArray` for what can become what.
    public func tensor<Scalar: TensorScalar>(
        as type: Scalar.Type = Scalar.self
    ) throws(FileFormatError) -> Tensor<Scalar> {
        try array.tensor()
    }

    /// The bytes that every file begins with.
    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
}

// MARK: - Reading

extension NumPyArray {
    /// Reads a file. Little-endian elements in row-major order are mapped from the disk, and read from there when they
    /// are made a tensor.
    ///
    /// - Throws: A ``FileFormatError`` that says where the file breaks which rule of the format, or why it can't be
    ///   read.
    public init(contentsOf path: String) throws(FileFormatError) {
        self = try InputFile.read(path) { data throws(FileFormatError) in try NumPyArray(data) }
    }

    /// Reads the bytes of a file.
    ///
    /// - Throws: A ``FileFormatError`` that says where they break which rule of the format.
    public init(_ data: Data) throws(FileFormatError) {
        switch try NumPyContent(data) {
        case .array(let array): self.array = array
        case .unsupported(let array): throw FileFormatError(place: "header", reason: array.reason)
        }
    }
}

/// What a `.npy` file holds.
package enum NumPyContent: Sendable {
    case array(StoredArray)
    case unsupported(UnsupportedArray)

    /// Reads the bytes of a file.
    ///
    /// - Throws: A ``FileFormatError`` that says where they break which rule of the format.
    init(_ data: Data) throws(FileFormatError) {
        guard data.starts(with: NumPyArray.magic) else {
            throw FileFormatError(reason: "it is not a .npy file, \(ForeignFormat.looks(data))")
        }
        var fields = ByteFields(data, at: NumPyArray.magic.count, "header")
        let version = (major: try fields.number(UInt8.self), minor: try fields.number(UInt8.self))
        guard 1...3 ~= version.major, version.minor == 0 else {
            throw FileFormatError(
                place: "header", reason: "its version is \(version.major).\(version.minor), which is not known")
        }
        let length = version.major == 1 ? Int(try fields.number(UInt16.self)) : Int(try fields.number(UInt32.self))
        let text = try fields.bytes(length)
        let header = try NumPyHeader(text, isUTF8: version.major == 3)
        let content = data.dropFirst(fields.position)
        let (type, shape) = (header.descriptor, header.shape)
        // The bytes of a pickle are not counted, but its end is known, and a shape that is beyond counting is none.
        let count = StoredArray.byteCount(bits: 8 * (type.size ?? 0), shape)
        guard let count, type.size == nil || count == content.count else {
            throw FileFormatError(
                reason:
                    "its shape is \(shape.brief), which its \(content.count.counted("byte")) of \(type.text.brief) don't fill"
            )
        }
        if let elements = NumPyElements(type.text) {
            self = .array(elements.array(content, header))
            return
        }
        guard type.size != nil || content.last == UInt8(ascii: ".") else {
            throw FileFormatError(reason: "its objects are no pickle that ends")
        }
        self = .unsupported(
            UnsupportedArray(type.text, shape: shape, bytes: content, numPyHeader: data.prefix(fields.position)))
    }
}

// MARK: - Writing

extension NumPyArray {
    /// The bytes of a file. The elements begin at a multiple of 64.
    public var data: Data {
        let header = NumPyHeader(
            descriptor: NumPyElements.descriptor(of: array.elementType), isFortranOrder: false, shape: array.shape)
        let text = Array(header.text.utf8)
        /// The text ends with a line feed, after as many spaces as it takes.
        func paddedLength(_ prefix: Int) -> Int { (prefix + text.count + 1 + 63) / 64 * 64 - prefix }
        var data = Data(NumPyArray.magic)
        let isShort = paddedLength(10) <= Int(UInt16.max)
        let length = paddedLength(isShort ? 10 : 12)
        data.append(contentsOf: [isShort ? 1 : 2, 0])
        if isShort { data.append(number: UInt16(length)) } else { data.append(number: UInt32(length)) }
        data.append(contentsOf: text)
        data.append(Data(repeating: UInt8(ascii: " "), count: length - text.count - 1))
        data.append(UInt8(ascii: "\n"))
        data.append(array.bytes)
        return data
    }

    /// Writes the file beside the one that was there and renames it into place.
    ///
    /// - Throws: An ``OutputFileError`` that says why it cannot be written.
    public func write(to path: String) throws(OutputFileError) { try OutputFile.write(data, to: path) }
}
