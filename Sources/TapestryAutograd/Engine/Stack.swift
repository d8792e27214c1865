/// A growing array in memory of its own. Its elements are reached through a plain pointer, without counting references
/// to a buffer or checking for uniqueness, which is most of the cost of a Swift array this deep in the engine.
///
/// Positions are the tape's own, so they are not checked.
struct Stack<Element>: ~Copyable {
    private(set) var pointer: UnsafeMutablePointer<Element>
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int = 64) {
        self.capacity = capacity
        pointer = .allocate(capacity: capacity)
    }

    deinit {
        pointer.deinitialize(count: count)
        pointer.deallocate()
    }

    @inline(__always)
    mutating func append(_ element: consuming Element) {
        if count == capacity { grow() }
        (pointer + count).initialize(to: element)
        count += 1
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: 2 * capacity)
        larger.moveInitialize(from: pointer, count: count)
        pointer.deallocate()
        pointer = larger
        capacity *= 2
    }

    @inline(__always)
    mutating func dropLast() {
        count -= 1
        (pointer + count).deinitialize(count: 1)
    }

    mutating func dropAll() { self = Stack() }
}
