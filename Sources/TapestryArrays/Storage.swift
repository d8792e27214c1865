/// A block of memory that arrays share; it goes back to the pool with its last owner.
///
/// Writing is allowed only to whoever holds the single reference, so a shared block never changes and may be
/// read from any thread.
package final class Storage: @unchecked Sendable {
    package let pointer: UnsafeMutableRawPointer
    package let byteCount: Int
    package let elementType: ElementType

    package init(uninitialized count: Int, _ elementType: ElementType) {
        let (byteCount, overflow) = count.multipliedReportingOverflow(by: elementType.size)
        if overflow { trap("allocation", "\(count) elements of \(elementType): the size overflows") }
        self.byteCount = byteCount
        self.elementType = elementType
        pointer = BufferPool.allocate(byteCount)
    }

    deinit {
        BufferPool.deallocate(pointer, byteCount: byteCount)
    }
}
