extension NDArray {
    /// Rows of a matrix by index: `result[i…] = self[indices[i…]]`, of shape `indices.shape + [columns]`. Unlike in
    /// `selected(axis:indices:)`, a negative index traps: a table of embeddings has no end to count from.
    package func gatheredRows(_ indices: NDArray) -> NDArray {
        if rank != 2 { trap("rows", "the table must be a matrix, and has shape \(shape)") }
        let checked = checkedIndices(indices, axis: 0, fromEnd: false, "rows")
        let result = NDArray(uninitialized: .rowMajor(indices.shape + [shape[1]]), elementType)
        selection(0, checked).read(into: result)
        return result
    }

    /// `self[indices[i]] += values[i]` for the rows of a matrix, in the order of i. The caller owns the storage,
    /// and the indices were checked when the rows were gathered.
    package func scatterAddRows(_ indices: NDArray, _ values: NDArray) {
        selection(0, indices).add(values)
    }

    /// Arrays of one shape, but for `axis`, one after the other along it.
    package static func concatenated(_ arrays: [NDArray], axis: Int) -> NDArray {
        var shape = arrays[0].shape
        shape[axis] = 0
        for array in arrays {
            var (left, right) = (array.shape, arrays[0].shape)
            if left.count == right.count {
                left[axis] = 0
                right[axis] = 0
            }
            if left != right || array.elementType != arrays[0].elementType {
                trap(
                    "concatenate",
                    """
                    \(arrays[0].elementType) \(arrays[0].shape) and \(array.elementType) \(array.shape) must agree but \
                    for axis \(axis)
                    """)
            }
            shape[axis] += array.shape[axis]
        }
        _ = Layout.count(of: shape, in: "concatenate")
        let result = NDArray(uninitialized: .rowMajor(shape), arrays[0].elementType)
        var start = 0
        for array in arrays {
            let place = AxisSlice(axis: axis, start: start, count: array.shape[axis])
            result.part(result.layout.part(place, droppingAxis: false)).assign(array)
            start += array.shape[axis]
        }
        return result
    }

    /// Arrays of one shape side by side along a new axis.
    package static func stacked(_ arrays: [NDArray], axis: Int) -> NDArray {
        var shape = arrays[0].shape
        shape.insert(arrays.count, at: axis)
        _ = Layout.count(of: shape, in: "stack")
        let result = NDArray(uninitialized: .rowMajor(shape), arrays[0].elementType)
        for (position, array) in arrays.enumerated() {
            if array.shape != arrays[0].shape || array.elementType != arrays[0].elementType {
                trap(
                    "stack",
                    """
                    \(arrays[0].elementType) \(arrays[0].shape) and \(array.elementType) \(array.shape) must agree
                    """)
            }
            let place = AxisSlice(axis: axis, start: position, count: 1)
            result.part(result.layout.part(place, droppingAxis: true)).assign(array)
        }
        return result
    }
}
