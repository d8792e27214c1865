import CTapestryKernels

extension NDArray {
    /// The product of matrices, or of batches of them: leading axes are broadcast.
    package static func matmul(_ a: NDArray, _ b: NDArray) -> NDArray {
        checkMatmul(a, b)
        if a.rank < 2 || b.rank < 2 {
            trap("matmul", "arrays are multiplied as matrices, of at least two axes: \(a.shape) · \(b.shape)")
        }
        if a.rank == 2, b.rank == 2 {
            let result = NDArray(uninitialized: Layout([a.shape[0], b.shape[1]]), a.elementType)
            result.product(a, b, accumulate: false)
            return result
        }
        let batchShape = Layout.broadcastShape(Array(a.shape.dropLast(2)), Array(b.shape.dropLast(2)))!
        let (m, k, n) = (a.shape[a.rank - 2], a.shape[a.rank - 1], b.shape[b.rank - 1])
        let left = a.viewed(a.layout.expanded(to: batchShape + [m, k])!)
        let right = b.viewed(b.layout.expanded(to: batchShape + [k, n])!)
        let result = NDArray(uninitialized: Layout(batchShape + [m, n]), a.elementType)
        let axes = batchShape.count
        let nest = LoopNest(shape: batchShape) {
            SIMD4(result.layout.strides[$0], left.layout.strides[$0], right.layout.strides[$0], 0)
        }
        func matrix(_ array: NDArray, _ offset: Int) -> NDArray {
            let layout = Layout(
                shape: Array(array.shape[axes...]), strides: Array(array.layout.strides[axes...]))
            return array.viewed(layout, shift: offset)
        }
        nest.forEachPlane { offsets in
            for row in 0..<nest.rows.extent {
                for column in 0..<nest.columns.extent {
                    let origin =
                        offsets &+ nest.rows.strides &* SIMD4(repeating: row)
                        &+ nest.columns.strides &* SIMD4(repeating: column)
                    matrix(result, origin[0]).product(
                        matrix(left, origin[1]), matrix(right, origin[2]), accumulate: false)
                }
            }
        }
        return result
    }

    /// X₁·W₁ + X₂·W₂ + … + b for matrices X₁, W₁, X₂, W₂, … and, if the count is odd, a row b, in one buffer.
    package static func sumOfProducts(_ operands: [NDArray]) -> NDArray {
        for pair in stride(from: 0, to: operands.count - 1, by: 2) { checkMatmul(operands[pair], operands[pair + 1]) }
        let shape = [operands[0].shape[0], operands[1].shape[1]]
        for pair in stride(from: 2, to: operands.count - 1, by: 2) {
            let other = [operands[pair].shape[0], operands[pair + 1].shape[1]]
            if other != shape { trap("add", "the products of a sum have the shapes \(shape) and \(other)") }
        }
        if let other = operands.first(where: { $0.elementType != operands[0].elementType }) {
            trap("add", "element types differ: \(operands[0].elementType) and \(other.elementType)")
        }
        let result = NDArray(uninitialized: Layout(shape), operands[0].elementType)
        let hasBias = !operands.count.isMultiple(of: 2)
        if hasBias { result.assign(operands[operands.count - 1]) }
        for pair in stride(from: 0, to: operands.count - 1, by: 2) {
            result.product(operands[pair], operands[pair + 1], accumulate: hasBias || pair > 0)
        }
        return result
    }

    /// Traps unless the operands have a matrix product by NumPy's rules: vectors are a row on the left and a column on
    /// the right. Whoever reshapes operands on the way to `matmul` checks first, so that the message has the shapes as
    /// they were given.
    package static func checkMatmul(_ a: NDArray, _ b: NDArray) {
        let name = "matmul"
        if a.elementType != b.elementType { trap(name, "element types differ: \(a.elementType), \(b.elementType)") }
        if !a.elementType.isFloatingPoint { trap(name, "has no meaning for \(a.elementType)") }
        if a.rank == 0 || b.rank == 0 {
            trap(name, "operands need at least one axis: \(a.shape) · \(b.shape)")
        }
        let inner = (a.shape[a.rank - 1], b.shape[Swift.max(b.rank - 2, 0)])
        if inner.0 != inner.1 {
            trap(name, "inner dimensions differ: \(a.shape) · \(b.shape) (\(inner.0) ≠ \(inner.1))")
        }
        if a.rank > 2 && b.rank > 2,
            Layout.broadcastShape(Array(a.shape.dropLast(2)), Array(b.shape.dropLast(2))) == nil
        {
            trap(name, "batch axes cannot be broadcast: \(a.shape) · \(b.shape)")
        }
    }

    /// `self = a · b` or `self += a · b` for matrices, in place. The columns of `self` are contiguous and the caller
    /// owns its storage.
    package func product(_ a: NDArray, _ b: NDArray, accumulate: Bool) {
        let (m, k, n) = (a.shape[0], a.shape[1], b.shape[1])
        let kernel = tapestry_product_kernel(elementType.kernelType)!
        let (aStrides, bStrides) = (a.layout.strides, b.layout.strides)
        let (out, left, right) = (pointer, a.pointer, b.pointer)
        let rowStride = layout.strides[0]
        // A row is worth a thread's while from about a hundred thousand multiplications on.
        let grain = Swift.max(4, (1 << 20) / Swift.max(k * n, 1))
        Parallel.forEachRange(of: m, grain: grain) { rows in
            kernel(
                m, n, k, left, aStrides[0], aStrides[1], right, bStrides[0], bStrides[1], out, rowStride, accumulate,
                rows.lowerBound, rows.upperBound)
        }
    }
}
