/// Some columns of a matrix whose columns are contiguous, without an array for them.
package struct MatrixColumns {
    package let matrix: NDArray
    package let range: Range<Int>

    package init(_ range: Range<Int>, of matrix: NDArray) {
        (self.matrix, self.range) = (matrix, range)
    }

    /// The same as an array, a view.
    package var array: NDArray {
        matrix.sliced(AxisSlice(axis: 1, start: range.lowerBound, count: range.count))
    }
}
