import CTapestryKernels

// What is done to each row of the last axis by itself.

extension NDArray {
    /// Softmax, or its logarithm, over one axis.
    package func softmax(axis: Int, logarithm: Bool) -> NDArray {
        let last = rank - 1
        if axis != last {
            var order = Array(0..<rank)
            order.swapAt(axis, last)
            let moved = viewed(layout.permuted(order)).softmax(axis: last, logarithm: logarithm)
            return moved.viewed(moved.layout.permuted(order)).contiguous()
        }
        let (source, stride) = NDArray.rows(of: self)
        let result = NDArray(uninitialized: layout.contiguous, elementType)
        let type = elementType.kernelType
        let kernel: tapestry_softmax =
            logarithm ? tapestry_log_softmax_kernel(type) : tapestry_softmax_kernel(type)
        let columns = shape[last]
        result.forEachRangeOfRows { range in
            kernel(
                range.count, columns, result.row(range.lowerBound, columns), columns,
                source.row(range.lowerBound, stride), stride)
        }
        return result
    }

    /// ln Σ eˣ over the last axis, which it drops.
    package func logSumExp() -> NDArray {
        let (source, stride) = NDArray.rows(of: self)
        let result = NDArray(uninitialized: Layout(shape.dropLast()), elementType)
        let kernel: tapestry_softmax = tapestry_log_sum_exp_kernel(elementType.kernelType)
        source.forEachRangeOfRows { range in
            kernel(
                range.count, shape[rank - 1], result.pointer + range.lowerBound * elementType.size, 1,
                source.row(range.lowerBound, stride), stride)
        }
        return result
    }

    /// x̂ ⊙ γ + β with x̂ = (x − μ) / √(σ² + ε) over the last axis, γ the `gain` and β the `bias`, `[features]`.
    ///
    /// - Returns: with the value what the rule needs to know of x: μ and 1 / √(σ² + ε) of each row, `[rows, 2]`.
    package static func layerNorm(
        _ x: consuming NDArray, gain: NDArray, bias: NDArray, epsilon: Double
    ) -> (value: NDArray, statistics: NDArray) {
        guard let columns = x.shape.last, let kernel = tapestry_layer_norm_kernel(x.elementType.kernelType),
            gain.isVector(of: columns, x.elementType), bias.isVector(of: columns, x.elementType)
        else {
            let (gain, bias) = ("a gain of shape \(gain.shape)", "a bias of shape \(bias.shape)")
            trap("layerNorm", "\(gain) and \(bias) do not fit the last axis of \(x.shape)")
        }
        var (source, stride) = rows(of: x)
        let (factors, shifts) = (gain.contiguous(), bias.contiguous())
        let statistics = NDArray(uninitialized: .rowMajor(source.rowCount, 2), source.elementType)
        // A uniquely held operand gives its buffer to the result.
        let result =
            source.layout.isContiguous && source.isUnique()
            ? source : NDArray(uninitialized: source.layout.contiguous, source.elementType)
        result.forEachRangeOfRows { range in
            kernel(
                range.count, columns, result.row(range.lowerBound, columns), columns,
                source.row(range.lowerBound, stride), stride, factors.pointer, shifts.pointer, epsilon,
                statistics.row(range.lowerBound, 2))
        }
        extendLifetime((factors, shifts))
        return (result, statistics)
    }

    /// What a cotangent `g` of `layerNorm` at `x` gives for each of its operands.
    package struct LayerNormCotangents {
        package let x: NDArray
        /// The sums of g ⊙ x̂ and of g over every few rows, side by side: what is left to do is to add them up.
        fileprivate let sums: NDArray

        /// The rows `[rows, features]` whose sum is the cotangent of the gain.
        package var gainTerms: MatrixColumns { MatrixColumns(0..<sums.shape[1] / 2, of: sums) }
        /// The rows `[rows, features]` whose sum is the cotangent of the bias.
        package var biasTerms: MatrixColumns { MatrixColumns(sums.shape[1] / 2..<sums.shape[1], of: sums) }
    }

    /// Rows over which the kernel sums. The order is the same for any number of threads.
    private static let rowsPerSum = 32

    package static func layerNormRule(
        _ g: consuming NDArray, _ x: NDArray, gain: NDArray, statistics: NDArray
    ) -> LayerNormCotangents {
        if g.shape != x.shape { trap("layerNorm rule", "shapes differ: \(g.shape) and \(x.shape)") }
        let columns = x.shape[x.rank - 1]
        let kernel = tapestry_layer_norm_rule_kernel(x.elementType.kernelType)!
        var (left, leftStride) = rows(of: g)
        let (right, rightStride) = rows(of: x)
        let factors = gain.contiguous()
        let result =
            left.layout.isContiguous && left.isUnique()
            ? left : NDArray(uninitialized: left.layout.contiguous, left.elementType)
        let count = result.rowCount
        let blocks = (count + rowsPerSum - 1) / rowsPerSum
        let sums = NDArray(uninitialized: .rowMajor(blocks, 2 * columns), left.elementType)
        let grain = Swift.max(1, rowGrain / Swift.max(rowsPerSum * columns, 1))
        Parallel.forEachRange(of: blocks, grain: grain) { range in
            for block in range {
                let row = block * rowsPerSum
                kernel(
                    Swift.min(rowsPerSum, count - row), columns, result.row(row, columns), columns,
                    left.row(row, leftStride), leftStride, right.row(row, rightStride), rightStride,
                    factors.pointer, statistics.row(row, 2), sums.row(block, 2 * columns))
            }
        }
        extendLifetime((factors, statistics))
        return LayerNormCotangents(x: result, sums: sums)
    }

    /// x̂: the layer norm with a gain of 1 and a bias of 0.
    package static func standardized(_ x: consuming NDArray, epsilon: Double) -> NDArray {
        let columns = Array(x.shape.suffix(1))
        return layerNorm(
            x, gain: NDArray(repeating: 1, shape: columns, x.elementType),
            bias: NDArray(repeating: 0, shape: columns, x.elementType), epsilon: epsilon
        ).value
    }

    /// The derivative of x̂, applied to `g`.
    package static func standardizeRule(_ g: consuming NDArray, _ x: NDArray, epsilon: Double) -> NDArray {
        let columns = Array(x.shape.suffix(1))
        let ones = NDArray(repeating: 1, shape: columns, x.elementType)
        let statistics = layerNorm(x, gain: ones, bias: ones, epsilon: epsilon).statistics
        return layerNormRule(g, x, gain: ones, statistics: statistics).x
    }

    /// The last axis as contiguous rows that are evenly apart, and by how much; copied where they do not lie so.
    private static func rows(of a: consuming NDArray) -> (array: NDArray, stride: Int) {
        if a.rank == 2, a.layout.strides[1] == 1 { return (a, a.layout.strides[0]) }
        return (a.contiguous(), a.shape[a.rank - 1])
    }

    private func row(_ index: Int, _ stride: Int) -> UnsafeMutableRawPointer {
        pointer + index * stride * elementType.size
    }

    /// Splits the rows of the last axis between threads.
    private func forEachRangeOfRows(_ body: (Range<Int>) -> Void) {
        Parallel.forEachRange(
            of: rowCount, grain: Swift.max(1, NDArray.rowGrain / Swift.max(shape[rank - 1], 1)), body)
    }

    private func isVector(of count: Int, _ type: ElementType) -> Bool {
        rank == 1 && self.count == count && elementType == type
    }

    private var rowCount: Int { count / Swift.max(shape[rank - 1], 1) }

    /// Elements that one thread should have at least, before rows are split.
    private static let rowGrain = 1 << 15
}
