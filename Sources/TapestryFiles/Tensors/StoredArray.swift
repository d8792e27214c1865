import Foundation
import TapestryArrays
import TapestryAutograd

/// An array as a file holds it: its elements in row-major order, little-endian. It keeps the file's bytes, which may be
/// mapped from the disk, until it is read as a tensor.
public struct StoredArray: Sendable, Equatable {
    /// What its elements are.
    public let elementType: StoredElementType
    /// The extent of each axis.
    public let shape: [Int]
    /// `elementType.size` bytes for each element.
    public let bytes: Data

    /// Makes an array of its parts; traps if the bytes do not fill the shape.
    public init(_ elementType: StoredElementType, shape: [Int], bytes: Data) {
        guard StoredArray.byteCount(elementType, shape) == bytes.count else {
            trap("StoredArray", "\(bytes.count) bytes do not fill \(elementType.rawValue) of shape \(shape)")
        }
        self.elementType = elementType
        self.shape = shape
        self.bytes = bytes
    }

    /// The bytes of an array; `nil` if an extent is negative, or if there are more than numbers can count.
    static func byteCount(_ elementType: StoredElementType, _ shape: [Int]) -> Int? {
        byteCount(bits: 8 * elementType.size, shape)
    }

    /// The bytes of an array whose elements have so many bits each; `nil` as well if they end in the middle of a byte.
    static func byteCount(bits: Int, _ shape: [Int]) -> Int? {
        var extents = 1  // Of the axes that have any, so that no part of the shape is beyond counting either.
        for extent in shape where extent != 0 {
            let (product, isTooLarge) = extents.multipliedReportingOverflow(by: extent)
            if isTooLarge || extent < 0 { return nil }
            extents = product
        }
        // Counted in bytes where they can be, since there may be more bits than numbers can count.
        let isWhole = bits % 8 == 0
        let (size, isTooLarge) = extents.multipliedReportingOverflow(by: isWhole ? bits / 8 : bits)
        if isTooLarge { return nil }
        if shape.contains(0) { return 0 }
        return isWhole ? size : size % 8 == 0 ? size / 8 : nil
    }

    /// The number of elements.
    public var count: Int { bytes.count / elementType.size }
}

// MARK: - From tensors

extension StoredArray {
    /// A tensor's elements; real numbers rounded to the nearest ones of another type of real numbers, if one is given.
    /// Traps if the type is not one of real numbers, or the tensor not of any.
    public init<Scalar: TensorScalar>(_ tensor: Tensor<Scalar>, as elementType: StoredElementType? = nil) {
        self.init(tensor.value.readable(in: "StoredArray"), as: elementType)
    }

    package init(_ array: NDArray, as elementType: StoredElementType? = nil) {
        let own = StoredElementType(array.elementType)
        let array = array.contiguous()
        let bytes = UnsafeRawBufferPointer(start: array.pointer, count: array.count * array.elementType.size)
        guard let elementType, elementType != own else {
            self.init(own, shape: array.shape, bytes: Data(bytes))
            extendLifetime(array)
            return
        }
        guard own.isFloatingPoint, elementType.isFloatingPoint else {
            trap("StoredArray", "\(own.rawValue) is not stored as \(elementType.rawValue)")
        }
        let scalars = array.converted(to: .float64).elements(as: Double.self)
        self.init(elementType, shape: array.shape, bytes: StoredArray.encoded(scalars, as: elementType))
    }

    private static func encoded(_ scalars: [Double], as elementType: StoredElementType) -> Data {
        func data<Bits: FixedWidthInteger>(_ bits: (Double) -> Bits) -> Data {
            scalars.map { bits($0).littleEndian }.withUnsafeBytes { Data($0) }
        }
        return switch elementType {
        case .float64: data(\.bitPattern)
        case .float32: data { Float($0).bitPattern }
        // Every Float between a Double and a short number is as near to it on the same side: rounding to odd first
        // makes rounding twice the same as rounding once.
        case .float16: data { binary16(from: Float(roundedToOdd: $0)) }
        default: data { bfloat16(from: Float(roundedToOdd: $0)) }
        }
    }
}

extension Float {
    /// A number as a `Float`; if it is none, the one of its neighbours whose last bit is set, so that a further
    /// rounding goes where one rounding would have gone.
    fileprivate init(roundedToOdd number: Double) {
        let nearest = Float(number)
        guard nearest.isFinite, Double(nearest) != number, nearest.bitPattern & 1 == 0 else {
            self = nearest
            return
        }
        self = Double(nearest) < number ? nearest.nextUp : nearest.nextDown
    }
}

extension StoredElementType {
    init(_ type: ElementType) {
        self =
            switch type {
            case .float32: .float32
            case .float64: .float64
            case .int32: .int32
            case .bool: .bool
            }
    }
}

// MARK: - To tensors

extension StoredArray {
    /// The elements as a tensor. Numbers become real numbers of the scalar type, rounded to the nearest one; whole
    /// numbers become `Int32` where they fit; truth values become `Bool`.
    ///
    /// - Throws: A ``FileFormatError`` without a place, if the elements are of another kind (real numbers read as whole
    ///   ones, numbers as truth values), or one of them is beyond `Int32`, or a truth value is neither 0 nor 1.
    public func tensor<Scalar: TensorScalar>(
        as type: Scalar.Type = Scalar.self
    ) throws(FileFormatError) -> Tensor<Scalar> {
        Tensor(Value(try array(as: Scalar.elementType)))
    }

    package func array(as target: ElementType) throws(FileFormatError) -> NDArray {
        let array = NDArray(uninitialized: Layout(shape), target)
        let output = UnsafeMutableRawBufferPointer(start: array.pointer, count: array.count * target.size)
        switch target {
        case .float32: try decode(into: output.bindMemory(to: Float.self))
        case .float64: try decode(into: output.bindMemory(to: Double.self))
        case .int32: try decodeWholeNumbers(into: output.bindMemory(to: Int32.self))
        case .bool: try decodeTruthValues(into: output.bindMemory(to: Bool.self))
        }
        return array
    }

    private func decode<Number: BinaryFloatingPoint>(
        into output: UnsafeMutableBufferPointer<Number>
    ) throws(FileFormatError) {
        switch elementType {
        case .float64: decode(into: output) { (bits: UInt64) in Number(Double(bitPattern: bits)) }
        case .float32: decode(into: output) { (bits: UInt32) in Number(Float(bitPattern: bits)) }
        case .float16: decode(into: output) { (bits: UInt16) in Number(float(fromBinary16: bits)) }
        case .bfloat16: decode(into: output) { (bits: UInt16) in Number(float(fromBFloat16: bits)) }
        case .int64: decode(into: output) { (number: Int64) in Number(number) }
        case .int32: decode(into: output) { (number: Int32) in Number(number) }
        case .int16: decode(into: output) { (number: Int16) in Number(number) }
        case .int8: decode(into: output) { (number: Int8) in Number(number) }
        case .uint64: decode(into: output) { (number: UInt64) in Number(number) }
        case .uint32: decode(into: output) { (number: UInt32) in Number(number) }
        case .uint16: decode(into: output) { (number: UInt16) in Number(number) }
        case .uint8: decode(into: output) { (number: UInt8) in Number(number) }
        case .bool: throw mismatch("real numbers")
        }
    }

    private func decodeWholeNumbers(into output: UnsafeMutableBufferPointer<Int32>) throws(FileFormatError) {
        switch elementType {
        case .int64: try decodeNarrowed(Int64.self, into: output)
        case .uint64: try decodeNarrowed(UInt64.self, into: output)
        case .uint32: try decodeNarrowed(UInt32.self, into: output)
        case .int32: decode(into: output) { (number: Int32) in number }
        case .int16: decode(into: output) { (number: Int16) in Int32(number) }
        case .int8: decode(into: output) { (number: Int8) in Int32(number) }
        case .uint16: decode(into: output) { (number: UInt16) in Int32(number) }
        case .uint8: decode(into: output) { (number: UInt8) in Int32(number) }
        case .float64, .float32, .float16, .bfloat16, .bool: throw mismatch("whole numbers")
        }
    }

    /// Sets the output to numbers of which each must fit.
    private func decodeNarrowed<Number: FixedWidthInteger>(
        _ type: Number.Type, into output: UnsafeMutableBufferPointer<Int32>
    ) throws(FileFormatError) {
        var firstLarge: (index: Int, number: Number)?
        var index = 0
        decode(into: output) { (number: Number) in
            if Int32(exactly: number) == nil, firstLarge == nil { firstLarge = (index, number) }
            index += 1
            return Int32(truncatingIfNeeded: number)
        }
        if let firstLarge {
            throw FileFormatError(
                reason: "element \(firstLarge.index) is \(firstLarge.number), which is beyond Int32")
        }
    }

    private func decodeTruthValues(into output: UnsafeMutableBufferPointer<Bool>) throws(FileFormatError) {
        guard elementType == .bool else { throw mismatch("truth values") }
        if let index = bytes.firstIndex(where: { $0 > 1 }) {
            let place = index - bytes.startIndex
            throw FileFormatError(reason: "element \(place) is \(bytes[index]), which is no truth value")
        }
        decode(into: output) { (byte: UInt8) in byte == 1 }
    }

    private func mismatch(_ kind: String) -> FileFormatError {
        FileFormatError(reason: "its elements are \(elementType.rawValue), which are not \(kind)")
    }

    /// Sets each element of the output from the bits of one here.
    private func decode<Bits: FixedWidthInteger, Element>(
        into output: UnsafeMutableBufferPointer<Element>, _ element: (Bits) -> Element
    ) {
        bytes.withUnsafeBytes { bytes in
            for index in output.indices {
                let bits = bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Bits>.size, as: Bits.self)
                output.initializeElement(at: index, to: element(Bits(littleEndian: bits)))
            }
        }
    }
}
