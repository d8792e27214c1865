import CTapestryKernels

extension NDArray {
    /// Reduces over sorted axes. The result keeps them with extent 1, or drops them.
    package func reduced(_ operation: Int, over axes: [Int], keepingAxes: Bool) -> NDArray {
        if axes.isEmpty && operation != TAPESTRY_SUM_OF_SQUARES { return self }
        var keptShape = shape
        for axis in axes { keptShape[axis] = 1 }
        let kept = Layout(keptShape)
        let result = NDArray(uninitialized: kept, elementType)
        result.reduce(self, operation, axes)
        return keepingAxes ? result : result.viewed(kept.squeezed(axes))
    }

    private func reduce(_ a: NDArray, _ operation: Int, _ axes: [Int]) {
        let isReduced = (0..<a.rank).map { axes.contains($0) }
        let reducedShape = zip(a.shape, isReduced).map { $1 ? $0 : 1 }
        let keptShape = zip(a.shape, isReduced).map { $1 ? 1 : $0 }
        // Lane 0 steps through the result, lane 1 through the operand.
        let kept = LoopNest(shape: keptShape) { SIMD4(layout.strides[$0], a.layout.strides[$0], 0, 0) }
        let reduced = LoopNest(shape: reducedShape) { SIMD4(0, a.layout.strides[$0], 0, 0) }
        let size = elementType.size
        let (op, type) = (Int32(operation), elementType.kernelType)
        let isEmpty = reducedShape.contains(0)
        let keptStride = (kept.columns.strides[0], kept.columns.strides[1])
        let reducedStride = reduced.columns.strides[1]
        let alongRows = abs(keptStride.1) < abs(reducedStride) && kept.columns.extent > 1

        func run(_ out: UnsafeMutableRawPointer, _ source: UnsafeMutableRawPointer, accumulate: Bool) {
            let extent = isEmpty ? 0 : reduced.columns.extent
            if alongRows {
                tapestry_reduce_rows_kernel(op, type)(
                    extent, kept.columns.extent, out, keptStride.0, source, reducedStride, keptStride.1, accumulate)
            } else {
                tapestry_reduce_columns_kernel(op, type)(
                    kept.columns.extent, extent, out, keptStride.0, source, keptStride.1, reducedStride, accumulate)
            }
        }

        kept.forEachPlane { keptOffsets in
            for row in 0..<kept.rows.extent {
                let out = pointer + (keptOffsets[0] + row * kept.rows.strides[0]) * size
                let source = a.pointer + (keptOffsets[1] + row * kept.rows.strides[1]) * size
                if isEmpty {
                    run(out, source, accumulate: false)
                    continue
                }
                var isFirst = true
                reduced.forEachPlane { offsets in
                    for reducedRow in 0..<reduced.rows.extent {
                        let shift = offsets[1] + reducedRow * reduced.rows.strides[1]
                        run(out, source + shift * size, accumulate: !isFirst)
                        isFirst = false
                    }
                }
            }
        }
    }

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

    /// `gain` ⊙ (a − μ) / √(σ² + ε) over the last axis, or without a factor for each of its elements.
    package static func layerNorm(_ a: consuming NDArray, gain: NDArray?, epsilon: Double) -> NDArray {
        guard let columns = a.shape.last, let kernel = tapestry_layer_norm_kernel(a.elementType.kernelType),
            gain == nil || gain!.shape == [columns] && gain!.elementType == a.elementType
        else {
            trap("layerNorm", "a gain of shape \(gain?.shape ?? []) does not fit the last axis of \(a.shape)")
        }
        var (source, stride) = rows(of: a)
        let factors = gain?.contiguous()
        // A uniquely held operand gives its buffer to the result.
        let result =
            source.layout.isContiguous && source.isUnique()
            ? source : NDArray(uninitialized: source.layout.contiguous, source.elementType)
        result.forEachRangeOfRows { range in
            kernel(
                range.count, columns, result.row(range.lowerBound, columns), columns,
                source.row(range.lowerBound, stride), stride, factors?.pointer, epsilon)
        }
        extendLifetime(factors)
        return result
    }

    /// The derivative of `layerNorm` without a gain at `b`, applied to `a`, which has its shape.
    package static func layerNormRule(_ a: consuming NDArray, _ b: NDArray, epsilon: Double) -> NDArray {
        if a.shape != b.shape { trap("layerNorm rule", "shapes differ: \(a.shape) and \(b.shape)") }
        let columns = b.shape[b.rank - 1]
        let kernel = tapestry_layer_norm_rule_kernel(b.elementType.kernelType)!
        var (left, leftStride) = rows(of: a)
        let (right, rightStride) = rows(of: b)
        let result =
            left.layout.isContiguous && left.isUnique()
            ? left : NDArray(uninitialized: left.layout.contiguous, left.elementType)
        result.forEachRangeOfRows { range in
            kernel(
                range.count, columns, result.row(range.lowerBound, columns), columns,
                left.row(range.lowerBound, leftStride), leftStride,
                right.row(range.lowerBound, rightStride), rightStride, epsilon)
        }
        return result
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
        let columns = Swift.max(shape[rank - 1], 1)
        Parallel.forEachRange(of: count / columns, grain: Swift.max(1, (1 << 15) / columns), body)
    }
}
