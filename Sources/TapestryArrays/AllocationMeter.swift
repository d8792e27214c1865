import Synchronization

/// Counts the bytes of the blocks that a task takes from the pool, small ones too.
package final class AllocationMeter: Sendable {
    private let bytes = Atomic<Int>(0)

    @TaskLocal static var current: AllocationMeter?

    package init() {}

    /// The bytes that were asked for so far, whether or not they were given back.
    package var byteCount: Int { bytes.load(ordering: .relaxed) }

    func add(_ byteCount: Int) { bytes.add(byteCount, ordering: .relaxed) }

    /// Runs `body` with its blocks counted.
    package func metering<Result>(_ body: () -> Result) -> Result {
        BufferPool.beginMetering()
        defer { BufferPool.endMetering() }
        return AllocationMeter.$current.withValue(self, operation: body)
    }
}
