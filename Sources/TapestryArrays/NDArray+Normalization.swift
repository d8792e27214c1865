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
        checkNorm(x, gain, bias)
        var (source, stride) = rows(of: x)
        let (factors, shifts) = (gain.contiguous(), bias.contiguous())
        let statistics = NDArray(uninitialized: .rowMajor(source.rowCount, 2), source.elementType)
        var term = tapestry_norm_term(
            x: source.pointer, x_row: stride, gain: factors.pointer, bias: shifts.pointer,
            statistics: statistics.pointer, cotangent: nil)
        // A uniquely held operand gives its buffer to the result.
        let result =
            source.layout.isContiguous && source.isUnique()
            ? source : NDArray(uninitialized: source.layout.contiguous, source.elementType)
        result.setToNorms(&term, count: 1, epsilon)
        extendLifetime((factors, shifts, source))
        return (result, statistics)
    }

    /// x̂₁ ⊙ γ₁ + β₁ + x̂₂ ⊙ γ₂ + β₂ + … in one buffer, from x₁, γ₁, x₂, γ₂, …, β₁, β₂, … of `termCount` terms, the xᵢ
    /// all of one shape.
    ///
    /// - Returns: with the value μ and 1 / √(σ² + ε) of each row of each x, `[terms · rows, 2]`.
    package static func sumOfLayerNorms(
        termCount: Int, epsilon: Double, _ operand: (Int) -> NDArray
    ) -> (value: NDArray, statistics: NDArray) {
        let first = operand(0)
        if termCount == 1 { return layerNorm(first, gain: operand(1), bias: operand(2), epsilon: epsilon) }
        checkNorm(first, operand(1), operand(2 * termCount))
        let statistics = NDArray(uninitialized: .rowMajor(termCount * first.rowCount, 2), first.elementType)
        let result = NDArray(uninitialized: first.layout.contiguous, first.elementType)
        withUnsafeTemporaryAllocation(of: tapestry_norm_term.self, capacity: termCount) { terms in
            // What does not lie in rows is copied; the caller holds the others.
            var copies: [NDArray] = []
            for k in 0..<termCount {
                let (x, gain, bias) = (operand(2 * k), operand(2 * k + 1), operand(2 * termCount + k))
                if k > 0 { checkNorm(x, gain, bias) }
                if !x.layout.hasShape(of: first.layout) || x.elementType != first.elementType {
                    trap("add", "the layer norms of a sum have the shapes \(first.shape) and \(x.shape)")
                }
                terms.initializeElement(at: k, to: normTerm(k, x, gain, bias, statistics: statistics, copies: &copies))
            }
            result.setToNorms(terms.baseAddress!, count: termCount, epsilon)
            extendLifetime(copies)
        }
        return (result, statistics)
    }

    /// What a cotangent `g` of a sum of layer norms gives for each of its operands.
    package struct LayerNormCotangents {
        /// Of each x; who takes one out may write over it.
        package var x: [NDArray?]
        /// The sums of g ⊙ x̂ for each x, then of g, over every few rows, side by side: what is left to do is to add
        /// them up.
        fileprivate let sums: NDArray

        /// The rows `[rows, features]` whose sum is the cotangent of the k-th gain.
        package func gainTerms(_ k: Int) -> MatrixColumns {
            let columns = sums.shape[1] / (x.count + 1)
            return MatrixColumns(k * columns..<(k + 1) * columns, of: sums)
        }
        /// The rows `[rows, features]` whose sum is the cotangent of every bias.
        package var biasTerms: MatrixColumns { gainTerms(x.count) }
    }

    /// Rows over which the kernel sums. The order is the same for any number of threads.
    private static let rowsPerSum = 32

    /// - Parameters:
    ///   - g: gives its buffer to a cotangent if nobody else holds it.
    ///   - statistics: those of the value.
    ///   - operand: x₁, γ₁, x₂, γ₂, … of `termCount` terms, where they are known.
    /// - Returns: `nil` when one of the operands is not known; then nothing is done to g.
    package static func layerNormRule(
        _ g: inout NDArray, termCount: Int, statistics: NDArray, _ operand: (Int) -> NDArray?
    ) -> LayerNormCotangents? {
        withUnsafeTemporaryAllocation(of: tapestry_norm_term.self, capacity: termCount) { terms in
            var copies: [NDArray] = []
            for k in 0..<termCount {
                guard let x = operand(2 * k), let gain = operand(2 * k + 1) else { return nil }
                if !g.layout.hasShape(of: x.layout) {
                    trap("layerNorm rule", "shapes differ: \(g.shape) and \(x.shape)")
                }
                terms.initializeElement(at: k, to: normTerm(k, x, gain, nil, statistics: statistics, copies: &copies))
            }
            defer { extendLifetime((copies, statistics)) }
            return layerNormRule(g.take(), terms)
        }
    }

    private static func layerNormRule(
        _ g: consuming NDArray, _ terms: UnsafeMutableBufferPointer<tapestry_norm_term>
    ) -> LayerNormCotangents {
        let columns = g.shape[g.rank - 1]
        let kernel = tapestry_layer_norm_rule_kernel(g.elementType.kernelType)!
        var (left, leftStride) = rows(of: g)
        let count = left.rowCount
        var results: [NDArray?] = []
        results.reserveCapacity(terms.count)
        for k in terms.indices {
            // The last cotangent may lie where g was.
            let isInPlace = k == terms.count - 1 && left.layout.isContiguous && left.isUnique()
            let result = isInPlace ? left : NDArray(uninitialized: left.layout.contiguous, left.elementType)
            terms[k].cotangent = result.pointer
            results.append(result)
        }
        let blocks = (count + rowsPerSum - 1) / rowsPerSum
        let width = (terms.count + 1) * columns
        let sums = NDArray(uninitialized: .rowMajor(blocks, width), left.elementType)
        let grain = Swift.max(1, rowGrain / Swift.max(rowsPerSum * columns, 1))
        Parallel.forEachRange(of: blocks, grain: grain) { range in
            for block in range {
                let row = block * rowsPerSum
                kernel(
                    row, Swift.min(row + rowsPerSum, count), columns, columns, left.pointer, leftStride,
                    terms.baseAddress!, terms.count, sums.row(block, width))
            }
        }
        extendLifetime(left)
        return LayerNormCotangents(x: results, sums: sums)
    }

    /// The k-th term as the kernels read it. What does not lie in rows is copied; the caller holds the others.
    private static func normTerm(
        _ k: Int, _ x: NDArray, _ gain: NDArray, _ bias: NDArray?, statistics: NDArray, copies: inout [NDArray]
    ) -> tapestry_norm_term {
        func held(_ array: NDArray, copiedFrom original: NDArray) -> UnsafeMutableRawPointer {
            if array.pointer != original.pointer { copies.append(array) }
            return array.pointer
        }
        let (source, stride) = rows(of: x)
        return tapestry_norm_term(
            x: held(source, copiedFrom: x), x_row: stride, gain: held(gain.contiguous(), copiedFrom: gain),
            bias: bias.map { UnsafeRawPointer(held($0.contiguous(), copiedFrom: $0)) },
            statistics: statistics.row(k * x.rowCount, 2), cotangent: nil)
    }

    /// The sum of layer norms in this array's buffer.
    private func setToNorms(_ terms: UnsafePointer<tapestry_norm_term>, count: Int, _ epsilon: Double) {
        let kernel = tapestry_layer_norm_kernel(elementType.kernelType)!
        let columns = shape[rank - 1]
        forEachRangeOfRows { range in
            kernel(range.lowerBound, range.upperBound, columns, pointer, columns, terms, count, epsilon)
        }
    }

    private static func checkNorm(_ x: borrowing NDArray, _ gain: NDArray, _ bias: NDArray) {
        guard let columns = x.shape.last, x.elementType.isFloatingPoint, gain.isVector(of: columns, x.elementType),
            bias.isVector(of: columns, x.elementType)
        else {
            let (gain, bias) = ("a gain of shape \(gain.shape)", "a bias of shape \(bias.shape)")
            trap("layerNorm", "\(gain) and \(bias) do not fit the last axis of \(x.shape)")
        }
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
        defer { extendLifetime((x, ones)) }
        return layerNormRule(&g, termCount: 1, statistics: statistics) { $0 == 0 ? x : ones }!.x[0]!
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
