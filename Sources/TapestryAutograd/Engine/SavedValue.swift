import TapestryArrays

/// A value of the next level out that a tape keeps for its rules: mostly an array that nothing tracks, which takes one
/// reference instead of a whole `Value`.
struct SavedValue {
    /// The elements.
    let array: NDArray
    /// The value, if it is tracked.
    private let tracked: Value.Outer?

    @inline(__always)
    init(_ value: borrowing Value) {
        array = value.array
        tracked = value.tape == nil ? nil : Value.Outer(copy value)
    }

    @inline(__always)
    var isTracked: Bool { tracked != nil }

    @inline(__always)
    var value: Value { tracked?.value ?? Value(array) }
}
