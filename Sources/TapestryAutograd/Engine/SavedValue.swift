import TapestryArrays

/// A value of the next level out that a tape keeps for its rules, mostly an array that nothing tracks.
///
/// Its references are counted by hand, `init(retaining:)` against `release()`, so that records are plain memory.
struct SavedValue {
    private let storage: Unmanaged<Storage>
    /// The value, if it is tracked.
    private let tracked: Unmanaged<Value.Outer>?

    @inline(__always)
    init(retaining value: borrowing Value) {
        storage = value.array.retainedStorage()
        tracked = value.tape == nil ? nil : Unmanaged.passRetained(Value.Outer(copy value))
    }

    @inline(__always)
    init(retaining array: borrowing NDArray) {
        storage = array.retainedStorage()
        tracked = nil
    }

    @inline(__always)
    func release() {
        storage.release()
        tracked?.release()
    }

    @inline(__always)
    var isTracked: Bool { tracked != nil }

    @inline(__always)
    var array: NDArray { NDArray(storage) }

    /// Where its elements lie, if they lie one after the other.
    @inline(__always)
    var contiguousBytes: UnsafeRawBufferPointer? {
        storage._withUnsafeGuaranteedRef { $0.contiguousBytes }
    }

    @inline(__always)
    var value: Value { tracked?.takeUnretainedValue().value ?? Value(array) }
}
