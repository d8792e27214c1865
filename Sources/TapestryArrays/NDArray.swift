import CTapestryKernels
import Foundation

/// A strided array of untyped elements: a value, whose storage is shared until it is written.
///
/// Slices, transposes and broadcasts are views into the same storage. Every operation returns a new array, in
/// row-major order unless it is a view; the few that write in place say so and ask for unique storage.
@usableFromInline
package struct NDArray: Sendable {
    @usableFromInline var storage: Storage

    @inline(__always)
    private init(_ storage: consuming Storage) { self.storage = storage }

    /// New storage, not filled, for a contiguous layout.
    @inline(__always)
    package init(uninitialized layout: Layout, _ elementType: ElementType) {
        storage = Storage(uninitialized: layout, elementType)
    }

    @inlinable package var layout: Layout { storage.layout }
    @inlinable package var elementType: ElementType { storage.elementType }
    @inlinable package var shape: [Int] { storage.layout.shape }
    @inlinable package var rank: Int { storage.layout.shape.count }
    @inlinable package var count: Int { storage.layout.count }

    /// The address of the first element.
    @inlinable package var pointer: UnsafeMutableRawPointer { storage.pointer }

    /// Tells this very array from others: the same for its copies, another for its views.
    @inlinable package var identity: ObjectIdentifier { ObjectIdentifier(storage) }

    /// The object that owns the memory, for counting it once.
    package var owner: Storage { storage.owner }

    /// A reference to what the array is, to be released by hand.
    @inlinable
    package func retainedStorage() -> Unmanaged<Storage> { Unmanaged.passRetained(storage) }

    /// The array that such a reference is.
    @inlinable
    package init(_ storage: Unmanaged<Storage>) { self.storage = storage.takeUnretainedValue() }

    /// Whether this array alone uses its memory and may write to it.
    @inline(__always)
    package mutating func isUnique() -> Bool {
        isKnownUniquelyReferenced(&storage) && storage.isOnlyView()
    }

    /// Whether no copy of this array is around; its memory may have other views.
    @inline(__always)
    package mutating func isUniquelyReferenced() -> Bool { isKnownUniquelyReferenced(&storage) }

    /// This array, which is given away: what is left is empty.
    package mutating func take() -> NDArray {
        var taken = NDArray.empty
        swap(&taken, &self)
        return taken
    }

    private static let empty = NDArray(uninitialized: Layout([0]), .float32)

    /// The same memory, from `shift` elements on, under another layout.
    @usableFromInline
    package func viewed(_ layout: Layout, shift: Int = 0) -> NDArray {
        NDArray(Storage(viewing: storage, layout, shift: shift))
    }
}

// MARK: - Creation and reading

extension NDArray {
    package init<Element: TensorScalar>(_ elements: [Element], shape: [Int]) {
        let layout = Layout(shape)
        if elements.count != layout.count {
            trap("tensor", "\(elements.count) elements do not fill the shape \(shape), which has \(layout.count)")
        }
        self.init(uninitialized: layout, Element.elementType)
        elements.withUnsafeBytes { bytes in
            if let source = bytes.baseAddress { pointer.copyMemory(from: source, byteCount: bytes.count) }
        }
    }

    /// All elements equal to `value`, converted to the element type.
    package init(repeating value: Double, shape: [Int], _ elementType: ElementType) {
        self.init(repeating: value, layout: Layout(shape), elementType)
    }

    package init(repeating value: Double, layout: Layout, _ elementType: ElementType) {
        self.init(uninitialized: layout.contiguous, elementType)
        fill(with: value)
    }

    /// A rank-0 array of one element.
    package init(scalar value: Double, _ elementType: ElementType) {
        self.init(uninitialized: .scalar, elementType)
        fill(with: value)
    }

    private func fill(with value: Double) {
        func store<Element: BitwiseCopyable>(_ element: Element) {
            pointer.withMemoryRebound(to: Element.self, capacity: count) { $0.update(repeating: element, count: count) }
        }
        switch elementType {
        case .float32: store(Float(value))
        case .float64: store(value)
        case .int32: store(Int32(value))
        case .bool: store(UInt8(value != 0 ? 1 : 0))
        }
    }

    /// The elements in row-major order.
    package func elements<Element: TensorScalar>(as type: Element.Type) -> [Element] {
        if elementType != Element.elementType { trap("elements", "the tensor holds \(elementType), not \(type)") }
        let source = contiguous()
        return Array(
            UnsafeBufferPointer(start: source.pointer.assumingMemoryBound(to: Element.self), count: source.count))
    }

    /// The single element of an array of count 1.
    package func scalar<Element: TensorScalar>(as type: Element.Type) -> Element {
        if count != 1 { trap("scalar", "a tensor of shape \(shape) has \(count) elements, not one") }
        return pointer.load(as: Element.self)
    }

    /// Whether type, shape and every bit of every element agree.
    package func hasSameElements(as other: NDArray) -> Bool {
        guard elementType == other.elementType, shape == other.shape else { return false }
        let (left, right) = (contiguous(), other.contiguous())
        return memcmp(left.pointer, right.pointer, count * elementType.size) == 0
    }

    /// The same elements in row-major order without gaps: a copy only if they do not lie so already.
    package func contiguous() -> NDArray {
        layout.isContiguous ? self : NDArray.unary(TAPESTRY_COPY, self)
    }

    /// The same elements in storage of their own.
    package func copied() -> NDArray {
        NDArray.unary(TAPESTRY_COPY, self)
    }
}

// MARK: - Views

extension NDArray {
    package func sliced(_ slice: AxisSlice) -> NDArray {
        let (layout, shift) = layout.sliced(slice)
        return viewed(layout, shift: shift)
    }

    /// The view that a part of this array's layout is.
    @inlinable package func part(_ part: LayoutPart) -> NDArray { viewed(part.layout, shift: part.shift) }

    /// Whether this is a view of a part of `other`, or of as much that begins there.
    package func startsAt(_ part: LayoutPart, of other: NDArray) -> Bool {
        pointer == other.pointer + part.shift * elementType.size && owner === other.owner
    }

    /// Swaps the last two axes.
    package var transposed: NDArray { viewed(layout.transposed) }

    /// A view where strides allow it, else a copy.
    package func reshaped(to shape: [Int]) -> NDArray {
        if let layout = layout.reshaped(to: shape) { return viewed(layout) }
        return contiguous().viewed(Layout(shape))
    }
}
