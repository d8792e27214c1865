/// The types of numbers in files of arrays. More than tensors hold: what a tensor doesn't hold is converted as it is
/// read.
public enum StoredElementType: String, Sendable, CaseIterable {
    /// binary64 of IEEE 754, `Double`.
    case float64
    /// binary32 of IEEE 754, `Float`.
    case float32
    /// binary16 of IEEE 754.
    case float16
    /// The upper half of a binary32: eight bits of exponent, seven of fraction.
    case bfloat16
    /// `Int64`.
    case int64
    /// `Int32`.
    case int32
    /// `Int16`.
    case int16
    /// `Int8`.
    case int8
    /// `UInt64`.
    case uint64
    /// `UInt32`.
    case uint32
    /// `UInt16`.
    case uint16
    /// `UInt8`.
    case uint8
    /// One byte, 0 or 1.
    case bool

    /// Bytes of one element.
    public var size: Int {
        switch self {
        case .float64, .int64, .uint64: 8
        case .float32, .int32, .uint32: 4
        case .float16, .bfloat16, .int16, .uint16: 2
        case .int8, .uint8, .bool: 1
        }
    }

    /// Whether it holds real numbers, rather than whole ones or truth values.
    public var isFloatingPoint: Bool {
        switch self {
        case .float64, .float32, .float16, .bfloat16: true
        case .int64, .int32, .int16, .int8, .uint64, .uint32, .uint16, .uint8, .bool: false
        }
    }
}
