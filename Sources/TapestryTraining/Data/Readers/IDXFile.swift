import Foundation
import TapestryArrays
import TapestryAutograd
import TapestryFiles

/// An array in the IDX format, in which MNIST's pictures and labels come: two zero bytes, one for the type, one for the
/// number of axes, their extents, and the elements, all with the most significant byte first.
///
/// The file is mapped: what is not asked for is not read.
///
/// Reference: Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits", 1998.
public struct IDXFile: Sendable {
    /// What the elements are.
    public enum ElementType: UInt8, Sendable {
        /// Whole numbers of so many bits.
        case uint8 = 0x08
        /// Whole numbers of so many bits.
        case int8 = 0x09
        /// Whole numbers of so many bits.
        case int16 = 0x0B
        /// Whole numbers of so many bits.
        case int32 = 0x0C
        /// Floating-point numbers of so many bits.
        case float32 = 0x0D
        /// Floating-point numbers of so many bits.
        case float64 = 0x0E

        /// The bytes of an element.
        public var size: Int {
            switch self {
            case .uint8, .int8: 1
            case .int16: 2
            case .int32, .float32: 4
            case .float64: 8
            }
        }
    }

    /// What the elements are.
    public let elementType: ElementType
    /// The extent of each axis.
    public let shape: [Int]
    private let data: Data
    private let start: Int

    /// Maps a file.
    ///
    /// - Throws: A ``TextFileError`` if it can't be read, a ``FileFormatError`` if its header is none, or the file has
    ///   not the bytes that it says.
    public init(contentsOf path: String) throws {
        let data = try MappedFile.contents(of: path)
        do throws(FileFormatError) {
            try self.init(data)
        } catch {
            throw FileFormatError(path: path, place: error.place, reason: error.reason)
        }
    }

    /// Reads bytes.
    ///
    /// - Throws: A ``FileFormatError`` if the header is none, or there are not the bytes that it says.
    public init(_ data: Data) throws(FileFormatError) {
        func error(_ reason: String) -> FileFormatError { FileFormatError(place: "header", reason: reason) }
        let bytes = data.startIndex == 0 ? data : Data(data)
        if bytes.starts(with: [0x1F, 0x8B]) { throw error("it is compressed with gzip; decompress it first") }
        guard bytes.count >= 4, bytes[0] == 0, bytes[1] == 0 else {
            throw error("it does not begin as an IDX file does")
        }
        guard let type = ElementType(rawValue: bytes[2]) else { throw error("there is no element type \(bytes[2])") }
        let rank = Int(bytes[3])
        guard rank <= 8 else { throw error("it has \(rank.counted("axis", plural: "axes")), expected at most 8") }
        let start = 4 + 4 * rank
        guard bytes.count >= start else {
            throw error("it ends before the extents of its \(rank.counted("axis", plural: "axes"))")
        }
        let shape = (0..<rank).map { axis in
            (0..<4).reduce(0) { $0 << 8 | Int(bytes[4 + 4 * axis + $1]) }
        }
        var size = type.size
        for extent in shape {
            let (product, overflow) = size.multipliedReportingOverflow(by: extent)
            if overflow { throw error("\(shape) is more than memory can hold") }
            size = product
        }
        guard bytes.count - start == size else {
            throw error("\(shape) takes \(size.counted("byte")), and the file has \(bytes.count - start)")
        }
        (elementType, self.shape, self.data, self.start) = (type, shape, bytes, start)
    }

    /// The number of examples: the extent of the first axis, 1 without any.
    public var count: Int { shape.first ?? 1 }

    /// The examples in a range, `[range, …]`, as numbers of a type; nothing is scaled. Traps if there are none at some
    /// of the positions.
    ///
    /// - Parameters:
    ///   - range: positions along the first axis; `nil` for all.
    ///   - type: the type of the numbers.
    public func tensor<Scalar: DifferentiableScalar>(
        _ range: Range<Int>? = nil, as type: Scalar.Type = Scalar.self
    ) -> Tensor<Scalar> {
        let (scalars, shape) = elements(range) { Scalar($0) }
        return Tensor(shape: shape, scalars: scalars)
    }

    /// The examples in a range as whole numbers, such as labels; fractions are cut off. Traps as ``tensor(_:as:)``
    /// does, and if a number is beyond `Int32`.
    public func indices(_ range: Range<Int>? = nil) -> Tensor<Int32> {
        let (scalars, shape) = elements(range) { value -> Int32 in
            guard let index = Int32(exactly: value.rounded(.towardZero)) else {
                trap("IDXFile.indices", "\(value) is no index")
            }
            return index
        }
        return Tensor(shape: shape, scalars: scalars)
    }

    private func elements<Element>(_ range: Range<Int>?, _ convert: (Double) -> Element) -> ([Element], [Int]) {
        let range = range ?? 0..<count
        guard range.lowerBound >= 0, range.upperBound <= count else {
            trap("IDXFile", "there are no examples \(range) among \(count)")
        }
        let each = shape.dropFirst().reduce(1, *)
        let elements = data.withUnsafeBytes { bytes in
            (range.lowerBound * each..<range.upperBound * each).map { index in
                convert(Self.value(bytes, start + index * elementType.size, elementType))
            }
        }
        return (elements, shape.isEmpty ? [] : [range.count] + shape.dropFirst())
    }

    private static func value(_ bytes: UnsafeRawBufferPointer, _ offset: Int, _ type: ElementType) -> Double {
        func load<Number: FixedWidthInteger>(_: Number.Type) -> Number {
            Number(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
        }
        return switch type {
        case .uint8: Double(load(UInt8.self))
        case .int8: Double(load(Int8.self))
        case .int16: Double(load(Int16.self))
        case .int32: Double(load(Int32.self))
        case .float32: Double(Float(bitPattern: load(UInt32.self)))
        case .float64: Double(bitPattern: load(UInt64.self))
        }
    }
}
