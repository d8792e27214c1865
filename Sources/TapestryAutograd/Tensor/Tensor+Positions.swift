import TapestryArrays

// Which elements are the greatest, and in which order elements are. Positions are constants; the cotangents of elements
// go where they came from. NaN counts as greater than every number in an order, and wins in a search for either
// extremum.

extension Tensor where Scalar: Numeric {
    /// The position of the greatest element along an axis, the first of equal ones. Traps where there is none.
    public func argMax(axis: Int, keepingAxis: Bool = false) -> Tensor<Int32> {
        extremePosition(axis: value.layout.axis(axis, in: "argMax"), greatest: true, keepingAxis)
    }

    /// The position of the least element along an axis, the first of equal ones. Traps where there is none.
    public func argMin(axis: Int, keepingAxis: Bool = false) -> Tensor<Int32> {
        extremePosition(axis: value.layout.axis(axis, in: "argMin"), greatest: false, keepingAxis)
    }

    private func extremePosition(axis: Int, greatest: Bool, _ keepingAxis: Bool) -> Tensor<Int32> {
        let position = value.extremePosition(axis: axis, greatest: greatest)
        return Tensor<Int32>(keepingAxis ? position : position.squeezed([axis]))
    }

    /// The elements along an axis in order, and the position that each of them had. Equal ones keep their order.
    public func sorted(axis: Int = -1, descending: Bool = false) -> (values: Tensor, indices: Tensor<Int32>) {
        let axis = value.layout.axis(axis, in: "sorted")
        let indices = argSorted(axis: axis, descending: descending)
        return (gathered(axis: axis, indices: indices), indices)
    }

    /// The positions of the elements along an axis in order. Equal ones keep their order.
    public func argSorted(axis: Int = -1, descending: Bool = false) -> Tensor<Int32> {
        let axis = value.layout.axis(axis, in: "argSorted")
        return Tensor<Int32>(value.sortedPositions(axis: axis, descending: descending))
    }

    /// The `count` greatest elements along an axis, the greatest first, and their positions. Traps if there are fewer.
    public func largest(_ count: Int, axis: Int = -1) -> (values: Tensor, indices: Tensor<Int32>) {
        extremes(count, axis: value.layout.axis(axis, in: "largest"), greatest: true)
    }

    /// The `count` least elements along an axis, the least first, and their positions. Traps if there are fewer.
    public func smallest(_ count: Int, axis: Int = -1) -> (values: Tensor, indices: Tensor<Int32>) {
        extremes(count, axis: value.layout.axis(axis, in: "smallest"), greatest: false)
    }

    private func extremes(_ count: Int, axis: Int, greatest: Bool) -> (values: Tensor, indices: Tensor<Int32>) {
        let positions = value.extremePositions(count, axis: axis, greatest: greatest)
        return (Tensor(value.gathered(axis: axis, positions)), Tensor<Int32>(positions))
    }

    /// Where values belong in this ascending sequence: the number of its elements that are less than each value, or
    /// with `right` not greater.
    ///
    /// One sequence `[n]` takes values of any shape; sequences `[…, n]` take values `[…, m]` with the same leading
    /// axes, each row its own sequence. Whether sequences are in order is not checked.
    public func searchSorted(_ values: Tensor, right: Bool = false) -> Tensor<Int32> {
        Tensor<Int32>(.searchSorted(value, values.value, right: right))
    }
}
