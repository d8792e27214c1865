import Foundation

/// How the elements of a NumPy file are stored, of the types that are read.
struct NumPyElements {
    private let elementType: StoredElementType
    private let isBigEndian: Bool

    private static let descriptors: [StoredElementType: String] = [
        .float64: "<f8", .float32: "<f4", .float16: "<f2", .bfloat16: "<V2",
        .int64: "<i8", .int32: "<i4", .int16: "<i2", .int8: "|i1",
        .uint64: "<u8", .uint32: "<u4", .uint16: "<u2", .uint8: "|u1", .bool: "|b1",
    ]

    /// The descriptor of a type, as NumPy writes it.
    static func descriptor(of type: StoredElementType) -> NumPyDescriptor { NumPyDescriptor(descriptors[type]!)! }

    /// What a descriptor says; `nil` if such elements are not read.
    init?(_ descriptor: String) {
        guard let order = descriptor.first, "<>|=".contains(order) else { return nil }
        let kind = String(descriptor.dropFirst())
        isBigEndian = order == ">"
        guard let type = NumPyElements.descriptors.first(where: { $0.value.dropFirst() == kind })?.key else {
            return nil
        }
        elementType = type
        // An order that is not said, or that of the machine that wrote it, is one only where there is no other.
        if size > 1, order == "=" || order == "|" && elementType != .bfloat16 { return nil }
    }

    /// Bytes of one element.
    var size: Int { elementType.size }

    /// The array of a file's content.
    func array(_ content: Data, _ header: NumPyHeader) -> StoredArray {
        let isTransposed = header.isFortranOrder && header.shape.filter { $0 != 1 }.count > 1
        let isReversed = isBigEndian && size > 1
        guard isTransposed || isReversed else {
            return StoredArray(elementType, shape: header.shape, bytes: content)
        }
        let bytes =
            switch size {
            case 1: rearranged(content, header.shape, isTransposed) { (bits: UInt8) in bits }
            case 2:
                rearranged(content, header.shape, isTransposed) { (bits: UInt16) in isReversed ? bits.byteSwapped : bits
                }
            case 4:
                rearranged(content, header.shape, isTransposed) { (bits: UInt32) in isReversed ? bits.byteSwapped : bits
                }
            default:
                rearranged(content, header.shape, isTransposed) { (bits: UInt64) in isReversed ? bits.byteSwapped : bits
                }
            }
        return StoredArray(elementType, shape: header.shape, bytes: bytes)
    }

    /// The elements in row-major order, each as `element` makes it of its bits.
    private func rearranged<Bits: FixedWidthInteger & UnsignedInteger>(
        _ content: Data, _ shape: [Int], _ isTransposed: Bool, _ element: (Bits) -> Bits
    ) -> Data {
        var places = ColumnMajorPlaces(shape)
        var result = Data(count: content.count)
        result.withUnsafeMutableBytes { result in
            content.withUnsafeBytes { content in
                for index in 0..<content.count / size {
                    let place = isTransposed ? places.next() : index
                    let bits = element(content.loadUnaligned(fromByteOffset: place * size, as: Bits.self))
                    result.storeBytes(of: bits, toByteOffset: index * size, as: Bits.self)
                }
            }
        }
        return result
    }
}

/// Where the elements of an array lie whose first axis is the innermost, in row-major order of their indices.
private struct ColumnMajorPlaces {
    private let shape: [Int]
    private let strides: [Int]
    private var indices: [Int]
    private var place = 0

    init(_ shape: [Int]) {
        self.shape = shape
        var strides: [Int] = []
        var stride = 1
        for extent in shape {
            strides.append(stride)
            // Of an empty array, of which there is no place, the extents together may be beyond counting.
            stride = stride &* extent
        }
        self.strides = strides
        indices = [Int](repeating: 0, count: shape.count)
    }

    mutating func next() -> Int {
        let current = place
        for axis in shape.indices.reversed() {
            indices[axis] += 1
            place += strides[axis]
            if indices[axis] < shape[axis] { break }
            place -= strides[axis] * shape[axis]
            indices[axis] = 0
        }
        return current
    }
}
