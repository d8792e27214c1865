/// What an array is: memory, and how its elements lie in it.
///
/// One object says all, so that copying an array costs one reference count. A view is an object of its own that
/// keeps the owner of the memory alive. The memory goes back to the pool with its last user.
///
/// Writing is allowed only to whoever holds the single reference, so what is shared never changes and may be read
/// from any thread.
@usableFromInline
package final class Storage: @unchecked Sendable {
    /// The address of the first element.
    @usableFromInline let pointer: UnsafeMutableRawPointer
    @usableFromInline let layout: Layout
    @usableFromInline let elementType: ElementType
    /// The owner of the memory, for a view. (Known as a `Storage`, it would make the compiler free what it takes for a
    /// linked list step by step.)
    @exclusivity(unchecked) private var base: AnyObject?
    /// The size of the memory that this object owns, −1 for a view.
    private let ownedByteCount: Int

    /// New memory, not filled. The layout is contiguous.
    @inline(__always)
    init(uninitialized layout: Layout, _ elementType: ElementType) {
        self.layout = layout
        self.elementType = elementType
        base = nil
        ownedByteCount = Storage.byteCount(layout.count, elementType)
        pointer = BufferPool.allocate(ownedByteCount)
    }

    /// A view of the memory of another.
    init(viewing other: Storage, _ layout: Layout, shift: Int) {
        pointer = other.pointer + shift * other.elementType.size
        self.layout = layout
        elementType = other.elementType
        base = other.base ?? other
        ownedByteCount = -1
    }

    deinit {
        if ownedByteCount >= 0 { BufferPool.deallocate(pointer, byteCount: ownedByteCount) }
    }

    /// The object that owns the memory: this one unless it is a view.
    package var owner: Storage { base.map { unsafeDowncast($0, to: Storage.self) } ?? self }

    /// The size of the memory, for the owner of it.
    package var byteCount: Int { ownedByteCount }

    /// Where the elements lie, if they lie one after the other.
    package var contiguousBytes: UnsafeRawBufferPointer? {
        guard layout.isContiguous else { return nil }
        return UnsafeRawBufferPointer(start: pointer, count: layout.count * elementType.size)
    }

    /// Whether a view is the only one of its memory, its owner having no other user either.
    @inline(__always)
    func isOnlyView() -> Bool {
        base == nil || isKnownUniquelyReferenced(&base)
    }

    private static func byteCount(_ count: Int, _ elementType: ElementType) -> Int {
        let (byteCount, overflow) = count.multipliedReportingOverflow(by: elementType.size)
        if overflow { trap("allocation", "\(count) elements of \(elementType): the size overflows") }
        return byteCount
    }
}
