import CTapestryKernels

/// The type of an array's elements, as a tag: the engine below `Tensor<Scalar>` is not generic.
public enum ElementType: UInt8, Sendable, Codable, CaseIterable {
    /// `Float`, in the format binary32 of IEEE 754.
    case float32
    /// `Double`, in the format binary64 of IEEE 754.
    case float64
    /// `Int32`.
    case int32
    /// `Bool`, one byte each.
    case bool

    /// Bytes of one element.
    package var size: Int {
        switch self {
        case .float32, .int32: 4
        case .float64: 8
        case .bool: 1
        }
    }

    /// Whether elements are real numbers, which derivatives need.
    package var isFloatingPoint: Bool { self == .float32 || self == .float64 }

    /// The tag that the kernels use for this type.
    @inline(__always) var kernelType: Int32 { Int32(rawValue) }
}

/// A Swift type that tensors can hold: `Float`, `Double`, `Int32` and `Bool`.
public protocol TensorScalar: BitwiseCopyable, Sendable, Hashable, Codable, NestedScalars where Scalar == Self {
    /// The tag of this type in the untyped engine.
    static var elementType: ElementType { get }
}

extension Float: TensorScalar {
    /// The tag of `Float`.
    public static var elementType: ElementType { .float32 }
}

extension Double: TensorScalar {
    /// The tag of `Double`.
    public static var elementType: ElementType { .float64 }
}

extension Int32: TensorScalar {
    /// The tag of `Int32`.
    public static var elementType: ElementType { .int32 }
}

extension Bool: TensorScalar {
    /// The tag of `Bool`.
    public static var elementType: ElementType { .bool }
}

/// A scalar type that derivatives can be taken in: `Float` to train, `Double` to check.
public protocol DifferentiableScalar: TensorScalar, BinaryFloatingPoint {}

extension Float: DifferentiableScalar {}

extension Double: DifferentiableScalar {}
