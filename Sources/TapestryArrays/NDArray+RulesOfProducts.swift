import CTapestryKernels

// Two steps of a derivative in one pass over memory: `rule(g · factor, y)`.

extension NDArray {
    /// `self = rule(g · factor, y)` or `self += …`, if there is a kernel for the rule and for how the arrays, which all
    /// have one shape and type, lie. The caller owns the storage.
    ///
    /// - Returns: whether it was done.
    package func setToRule(
        _ operation: Int, ofProduct g: NDArray, _ factor: NDArray, _ y: NDArray, accumulate: Bool
    ) -> Bool {
        setToRule(operation, g, factor, y, accumulate: accumulate, layout, shift: 0)
    }

    /// The same for a part of this array, without an array for the part: `part = rule(g · factor, y)`.
    package func setPartToRule(
        _ part: LayoutPart, _ operation: Int, ofProduct g: NDArray, _ factor: NDArray, _ y: NDArray
    ) -> Bool {
        setToRule(operation, g, factor, y, accumulate: false, part.layout, shift: part.shift)
    }

    @inline(__always)
    private func setToRule(
        _ operation: Int, _ g: NDArray, _ factor: NDArray, _ y: NDArray, accumulate: Bool, _ layout: Layout, shift: Int
    ) -> Bool {
        guard let kernel = tapestry_rule_of_product_kernel(Int32(operation), elementType.kernelType) else {
            return false
        }
        let size = elementType.size
        let out = pointer + shift * size
        let (a, b, c) = (g.pointer, factor.pointer, y.pointer)
        if layout.isContiguous, g.layout.isContiguous, factor.layout.isContiguous, y.layout.isContiguous {
            Parallel.forEachRange(of: layout.count, grain: elementwiseGrain, unit: 64) { range in
                let first = range.lowerBound * size
                kernel(1, range.count, accumulate, out + first, 0, a + first, 0, b + first, 0, c + first, 0)
            }
            return true
        }
        guard layout.rank == 2, layout.strides[1] == 1, g.hasContiguousRows, factor.hasContiguousRows,
            y.hasContiguousRows
        else { return false }
        let (outRow, aRow) = (layout.strides[0], g.layout.strides[0])
        let (bRow, cRow) = (factor.layout.strides[0], y.layout.strides[0])
        let columns = layout.shape[1]
        Parallel.forEachRange(of: layout.shape[0], grain: Swift.max(1, elementwiseGrain / Swift.max(columns, 1))) {
            range in
            let first = range.lowerBound * size
            kernel(
                range.count, columns, accumulate, out + first * outRow, outRow, a + first * aRow, aRow,
                b + first * bRow, bRow, c + first * cRow, cRow)
        }
        return true
    }

    private var hasContiguousRows: Bool { layout.strides[1] == 1 }

    /// Sets this row, or adds to it, the dot products of the columns of two matrices, `Σ over r of a[r, c] · b[r, c]`,
    /// if there is a kernel for how they lie: matrices of one shape and this array's type, of not so many rows that a
    /// plain sum loses accuracy. The caller owns the storage.
    ///
    /// - Returns: whether it was done.
    package func setToColumnDots(_ a: NDArray, _ b: NDArray, accumulate: Bool) -> Bool {
        guard let kernel = tapestry_column_dots_kernel(elementType.kernelType), a.layout.hasShape(of: b.layout),
            a.rank == 2,
            a.shape[0] <= NDArray.mostPlainlySummed, a.shape[1] == count, layout.isContiguous, a.hasContiguousRows,
            b.hasContiguousRows
        else { return false }
        kernel(
            a.shape[0], a.shape[1], accumulate, pointer, a.pointer, a.layout.strides[0], b.pointer, b.layout.strides[0])
        return true
    }

    /// Up to so many numbers are added up one after the other; more are summed in blocks.
    package static let mostPlainlySummed = 256
}
