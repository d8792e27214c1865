import TapestryArrays

/// How the elements lie in memory.
extension Tensor {
    /// How many elements of memory lie between an element and the next one, on each axis: `[3, 1]` for the rows of a
    /// `[2, 3]` tensor one after the other, `[1, 3]` for its transpose, 0 on an axis that was broadcast.
    ///
    /// Traps inside of `vmap`, where one example has no memory of its own.
    public var strides: [Int] { readable(in: "strides").layout.strides }

    /// Whether the elements lie in row-major order without gaps.
    public var isContiguous: Bool { readable(in: "isContiguous").layout.isContiguous }

    /// Whether both are views of the same memory, even if of different parts of it. Neither can ever see the other
    /// change: a tensor is copied when it is written and not the only one that reads its memory.
    public func sharesMemory<Other: TensorScalar>(with other: Tensor<Other>) -> Bool {
        readable(in: "sharesMemory").owner === other.readable(in: "sharesMemory").owner
    }
}
