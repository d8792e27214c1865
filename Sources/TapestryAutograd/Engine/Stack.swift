import TapestryArrays

/// A growing array in memory of its own, which comes from the pool. Its elements are reached through a plain pointer,
/// without counting references to a buffer or checking for uniqueness, which is most of the cost of a Swift array this
/// deep in the engine.
///
/// Positions are the tape's own, so they are not checked.
struct Stack<Element>: ~Copyable {
    private(set) var pointer: UnsafeMutablePointer<Element>
    private(set) var count = 0
    private var capacity: Int

    private static var firstCapacity: Int { 64 }

    init(capacity: Int = Stack.firstCapacity) {
        self.capacity = capacity
        pointer = Stack.allocate(capacity)
    }

    deinit {
        pointer.deinitialize(count: count)
        Stack.deallocate(pointer, capacity)
    }

    private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<Element> {
        BufferPool.allocate(capacity * MemoryLayout<Element>.stride).bindMemory(to: Element.self, capacity: capacity)
    }

    private static func deallocate(_ pointer: UnsafeMutablePointer<Element>, _ capacity: Int) {
        BufferPool.deallocate(pointer, byteCount: capacity * MemoryLayout<Element>.stride)
    }

    @inline(__always)
    mutating func append(_ element: consuming Element) {
        if count == capacity { grow() }
        (pointer + count).initialize(to: element)
        count += 1
    }

    private mutating func grow() {
        let larger = Stack.allocate(2 * capacity)
        larger.moveInitialize(from: pointer, count: count)
        Stack.deallocate(pointer, capacity)
        pointer = larger
        capacity *= 2
    }

    @inline(__always)
    mutating func dropLast() {
        count -= 1
        (pointer + count).deinitialize(count: 1)
    }

    /// Drops the last element without releasing what it holds.
    @inline(__always)
    mutating func forgetLast() { count -= 1 }

    /// Drops every element and all memory but a little.
    mutating func freeMemory() {
        if count > 0 || capacity > Stack.firstCapacity { self = Stack() }
    }
}
