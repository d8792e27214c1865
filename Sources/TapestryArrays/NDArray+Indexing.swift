import CTapestryKernels

// Elements by index along one axis. Indices are `int32`; negative ones count from the end, −1 being the last position.
// An index outside traps, before anything is written.

extension NDArray {
    /// Elements of any type at given positions along an axis: `result[…, i, …] = self[…, indices[…, i, …], …]`, as
    /// NumPy's `take_along_axis`. Indices have this array's rank, and its extents but for the axis; the result has
    /// their shape.
    package func gathered(axis: Int, indices: NDArray) -> NDArray {
        let axis = layout.axis(axis, in: "gathered")
        let indices = checkedIndices(indices, alike: axis, "gathered")
        let result = NDArray(uninitialized: .rowMajor(indices.shape), elementType)
        IndexedPlaces(self, along: axis, indices).read(into: result)
        return result
    }

    /// The reverse of `gathered(axis:indices:)`, in place: `self[…, indices[…, i, …], …] += values[…, i, …]`, for
    /// numbers. Values, of the indices' shape, are added in row-major order. The caller owns the storage.
    package func scatterAdd(axis: Int, indices: NDArray, values: NDArray) {
        places(axis, indices, for: values, adding: true, "scattered").add(values)
    }

    /// `self[…, indices[…, i, …], …] = values[…, i, …]`, in place, for elements of any type. Of values for the same
    /// place the last one in row-major order stays. The caller owns the storage.
    package func scatterSet(axis: Int, indices: NDArray, values: NDArray) {
        places(axis, indices, for: values, adding: false, "scattered").set(values)
    }

    /// For each place of a table the position along an axis, counted from 1, of the last of these indices that names
    /// it; 0 for a place that none does.
    package func lastPositions(axis: Int, into table: Layout) -> NDArray {
        let result = NDArray(repeating: 0, layout: table, .int32)
        result.checkShape(ofIndices: self, axis, "scattered")
        checkPositions(alongAxis: axis, "scattered")
        let line = shape.indices.map { $0 == axis ? shape[axis] : 1 }
        let ordinals = NDArray((0..<Int32(shape[axis])).map { $0 + 1 }, shape: line)
        result.scatterSet(axis: axis, indices: self, values: ordinals.viewed(ordinals.layout.expanded(to: shape)!))
        return result
    }

    private func places(
        _ axis: Int, _ indices: NDArray, for values: NDArray, adding: Bool, _ name: String
    ) -> IndexedPlaces {
        let axis = layout.axis(axis, in: name)
        checkValues(values, shape: indices.shape, adding: adding, name)
        return IndexedPlaces(self, along: axis, checkedIndices(indices, alike: axis, name))
    }

    /// Slices of an array of any type at given positions along an axis: NumPy's `take`. The indices' axes, of which
    /// there may be any number, take the place of that axis in the result.
    package func selected(axis: Int, indices: NDArray) -> NDArray {
        let axis = layout.axis(axis, in: "slices")
        let checked = checkedIndices(indices, axis: axis, "slices")
        let result = NDArray(uninitialized: .rowMajor(selectionShape(axis, indices)), elementType)
        selection(axis, checked).read(into: result)
        return result
    }

    /// The reverse of `selected(axis:indices:)`, in place: adds each slice of `values`, in the order of the indices, to
    /// the one that it would have been selected from. The caller owns the storage.
    package func selectAdd(axis: Int, indices: NDArray, values: NDArray) {
        let name = "selectAdd"
        let axis = layout.axis(axis, in: name)
        checkValues(values, shape: selectionShape(axis, indices), adding: true, name)
        selection(axis, checkedIndices(indices, axis: axis, name)).add(values)
    }

    private func selectionShape(_ axis: Int, _ indices: NDArray) -> [Int] {
        shape[..<axis] + indices.shape + shape[(axis + 1)...]
    }

    /// Selecting is gathering with one index for all positions of the other axes. The indices were checked.
    func selection(_ axis: Int, _ indices: NDArray) -> IndexedPlaces {
        func replacingAxis(of others: [Int], by inner: [Int]) -> [Int] {
            others[..<axis] + inner + others[(axis + 1)...]
        }
        let zeros = [Int](repeating: 0, count: Swift.max(rank, indices.rank))
        let repeated = indices.viewed(
            Layout(
                shape: replacingAxis(of: shape, by: indices.shape),
                strides: replacingAxis(of: Array(zeros[..<rank]), by: indices.layout.strides)))
        return IndexedPlaces(
            self, replacingAxis(of: layout.strides, by: Array(zeros[..<indices.rank])),
            stride: layout.strides[axis], repeated)
    }

    // MARK: Checks

    private func checkValues(_ values: NDArray, shape: [Int], adding: Bool, _ name: String) {
        if adding, elementType == .bool { trap(name, "has no meaning for \(elementType)") }
        if values.elementType != elementType {
            trap(name, "element types differ: \(elementType) and \(values.elementType)")
        }
        if values.shape != shape {
            trap(name, "values of shape \(values.shape) where \(shape) is needed, for a table of \(self.shape)")
        }
    }

    private func checkedIndices(_ indices: NDArray, alike axis: Int, _ name: String) -> NDArray {
        checkShape(ofIndices: indices, axis, name)
        return checkedIndices(indices, axis: axis, name)
    }

    private func checkShape(ofIndices indices: NDArray, _ axis: Int, _ name: String) {
        var (own, others) = (shape, indices.shape)
        if rank == indices.rank { (own[axis], others[axis]) = (0, 0) }
        if own != others {
            trap(name, "indices of shape \(indices.shape) and \(shape) must agree but for axis \(axis)")
        }
    }

    /// The indices, contiguous, with those that count from the end replaced.
    func checkedIndices(_ indices: NDArray, axis: Int, fromEnd: Bool = true, _ name: String) -> NDArray {
        let (indices, extent) = (indices.contiguous(), shape[axis])
        if !indices.checkIndices(intoAxis: axis, of: shape, fromEnd: fromEnd, name) { return indices }
        if extent > Int(Int32.max) {
            trap(name, "indices into \(extent) positions of \(shape) cannot count from the end")
        }
        let positive = NDArray(uninitialized: indices.layout, .int32)
        let source = indices.pointer.assumingMemoryBound(to: Int32.self)
        let out = positive.pointer.assumingMemoryBound(to: Int32.self)
        for position in 0..<indices.count {
            out[position] = source[position] < 0 ? source[position] + Int32(extent) : source[position]
        }
        return positive
    }

    /// Traps, with the name of an operation, unless all of these indices lie in an axis of a table.
    ///
    /// - Returns: whether any of them counts from the end.
    @discardableResult
    package func checkIndices(
        intoAxis axis: Int, of table: [Int], fromEnd: Bool = true, _ name: String
    ) -> Bool {
        let extent = table[axis]
        let lowest = fromEnd ? -extent : 0
        return checkIntegers(from: lowest, below: extent, name, "index", " (axis \(axis) of shape \(table))")
    }

    /// Traps, with the name of an operation, unless all of these integers lie in a range; the message says what they
    /// are, and where they belong.
    ///
    /// - Returns: whether any of them is negative.
    @discardableResult
    package func checkIntegers(
        from lowest: Int, below extent: Int, _ name: String, _ noun: String, _ place: @autoclosure () -> String = ""
    ) -> Bool {
        if elementType != .int32 { trap(name, "indices hold \(elementType), not int32") }
        let indices = contiguous()
        let source = indices.pointer.assumingMemoryBound(to: Int32.self)
        var hasNegative = false
        for position in 0..<indices.count {
            let index = Int(source[position])
            if index >= extent || index < lowest {
                trap(name, "\(noun) \(index) at position \(position) is outside \(lowest) ..< \(extent)\(place())")
            }
            hasNegative = hasNegative || index < 0
        }
        return hasNegative
    }
}

/// The places in an array that indices name, in the indices' shape.
struct IndexedPlaces {
    private let array: NDArray
    /// The steps through the array along the axes of the indices, 0 along those that they index.
    private let strides: [Int]
    /// The step through the array from one index to the next.
    private let indexStride: Int
    private let indices: NDArray

    init(_ array: NDArray, _ strides: [Int], stride indexStride: Int, _ indices: NDArray) {
        (self.array, self.strides, self.indexStride, self.indices) = (array, strides, indexStride, indices)
    }

    /// - Parameter axis: the axis of the array that is indexed along the same axis of the indices.
    init(_ array: NDArray, along axis: Int, _ indices: NDArray) {
        var others = array.layout.strides
        others[axis] = 0
        self.init(array, others, stride: array.layout.strides[axis], indices)
    }

    /// Lane 0 steps through the array, lane 1 through another of the indices' shape, lane 2 through the indices.
    private func nest(with other: NDArray) -> LoopNest {
        LoopNest(shape: indices.shape) {
            SIMD4(strides[$0], other.layout.strides[$0], indices.layout.strides[$0], 0)
        }
    }

    func read(into result: NDArray) {
        let (size, type) = (array.elementType.size, array.elementType.kernelType)
        let (source, out) = (array.pointer, result.pointer)
        let positions = indices.pointer.assumingMemoryBound(to: Int32.self)
        let nest = nest(with: result)
        let (row, column) = (nest.rows.strides, nest.columns.strides)
        NDArray.forEachPart(of: nest) { offsets, rows, columns in
            tapestry_gather(
                type, rows, columns, out + offsets[1] * size, row[1], column[1],
                source + offsets[0] * size, row[0], column[0], indexStride, positions + offsets[2], row[2], column[2])
        }
    }

    func add(_ values: NDArray) { write(values, by: tapestry_scatter_add) }

    func set(_ values: NDArray) { write(values, by: tapestry_scatter_set) }

    private typealias Scatter = (
        Int32, Int, Int, UnsafeMutableRawPointer?, Int, Int, Int, UnsafeRawPointer?, Int, Int, UnsafePointer<Int32>?,
        Int, Int
    ) -> Void

    /// By one thread: values for the same place follow each other in row-major order.
    private func write(_ values: NDArray, by scatter: Scatter) {
        let (size, type) = (array.elementType.size, array.elementType.kernelType)
        let (target, source) = (array.pointer, values.pointer)
        let positions = indices.pointer.assumingMemoryBound(to: Int32.self)
        let nest = nest(with: values)
        let (row, column) = (nest.rows.strides, nest.columns.strides)
        nest.forEachPlane { offsets in
            scatter(
                type, nest.rows.extent, nest.columns.extent, target + offsets[0] * size, row[0], column[0], indexStride,
                source + offsets[1] * size, row[1], column[1], positions + offsets[2], row[2], column[2])
        }
    }
}
