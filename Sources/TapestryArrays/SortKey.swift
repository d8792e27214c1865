/// A number whose order is that of a whole number of as many bits: comparing those is quick and has no exceptions.
protocol SortableScalar: TensorScalar {
    associatedtype Key: FixedWidthInteger & UnsignedInteger
    /// Ordered as the numbers are; −0 equals 0, and NaN, whatever its bits, comes after every number.
    var sortKey: Key { get }
}

extension Float: SortableScalar {
    var sortKey: UInt32 {
        if self != self { return .max }
        // Adding zero makes 0 of −0.
        let bits = (self + 0).bitPattern
        return bits >> 31 == 0 ? bits | 1 << 31 : ~bits
    }
}

extension Double: SortableScalar {
    var sortKey: UInt64 {
        if self != self { return .max }
        let bits = (self + 0).bitPattern
        return bits >> 63 == 0 ? bits | 1 << 63 : ~bits
    }
}

extension Int32: SortableScalar {
    var sortKey: UInt32 { UInt32(bitPattern: self) ^ 1 << 31 }
}

/// An element's key with the element's position, which decides between equal ones: no two entries of a line are equal,
/// so every way of sorting them is stable.
struct SortEntry<Key: FixedWidthInteger & UnsignedInteger>: Comparable {
    let key: Key
    let position: Int32

    @inline(__always)
    static func < (left: SortEntry, right: SortEntry) -> Bool {
        left.key == right.key ? left.position < right.position : left.key < right.key
    }
}
