import CTapestryKernels

extension NDArray {
    /// Reduces over sorted axes. The result keeps them with extent 1, or drops them.
    package func reduced(_ operation: Int, over axes: [Int], keepingAxes: Bool) -> NDArray {
        if axes.isEmpty && operation != TAPESTRY_SUM_OF_SQUARES { return self }
        var resultShape = shape
        for axis in axes.reversed() {
            if keepingAxes { resultShape[axis] = 1 } else { resultShape.remove(at: axis) }
        }
        let result = NDArray(uninitialized: Layout(resultShape), elementType)
        if let groups = ReductionGroups(layout, axes) {
            result.reduce(self, operation, groups)
        } else {
            var keptShape = shape
            for axis in axes { keptShape[axis] = 1 }
            result.viewed(Layout(keptShape)).reduce(self, operation, axes)
        }
        return result
    }

    /// √Σ x² over sorted axes, which stay with extent 1 or are dropped. It neither overflows nor underflows on the way.
    package func norm(over axes: [Int], keepingAxes: Bool) -> NDArray {
        sumOfSquares(over: axes, keepingAxes) { sum, scale in
            let root = NDArray.unary(TAPESTRY_SQUARE_ROOT, sum)
            return scale.map { .binary(TAPESTRY_MULTIPLY, "norm", root, $0) } ?? root
        }
    }

    /// Σ x² over sorted axes by a divisor, likewise.
    package func meanOfSquares(over axes: [Int], keepingAxes: Bool, divisor: Double) -> NDArray {
        sumOfSquares(over: axes, keepingAxes) { sum, scale in
            let mean = NDArray.binary(TAPESTRY_DIVIDE, "variance", sum, NDArray(scalar: divisor, elementType))
            guard let scale else { return mean }
            return .binary(TAPESTRY_MULTIPLY, "variance", .binary(TAPESTRY_MULTIPLY, "variance", mean, scale), scale)
        }
    }

    /// What a function makes of Σ (x / scale)². The scale, one if there is none, is the greatest magnitude where
    /// squares or their sum would be too large, or too small to have all their digits.
    private func sumOfSquares(
        over axes: [Int], _ keepsAxes: Bool, _ function: (_ sum: NDArray, _ scale: NDArray?) -> NDArray
    ) -> NDArray {
        func sum(_ x: NDArray) -> NDArray { x.reduced(TAPESTRY_SUM_OF_SQUARES, over: axes, keepingAxes: true) }
        func scalar(_ value: Double) -> NDArray { NDArray(scalar: value, elementType) }
        func isBetween(_ low: Double, _ x: NDArray, _ high: Double) -> NDArray {
            .binary(
                TAPESTRY_AND, "norm", .comparison(TAPESTRY_LESS, "norm", scalar(low), x),
                .comparison(TAPESTRY_LESS, "norm", x, scalar(high)))
        }
        let plain = sum(self)
        let (least, greatest) = elementType == .float64 ? (0x1p-900, 0x1p1020) : (0x1p-100, 0x1p124)
        let isExact = isBetween(least, plain, greatest)
        let result: NDArray
        if isExact.elements(as: Bool.self).allSatisfy({ $0 }) {
            result = function(plain, nil)
        } else {
            let magnitude = NDArray.unary(TAPESTRY_ABSOLUTE, self).reduced(TAPESTRY_MAX, over: axes, keepingAxes: true)
            let isScale = isBetween(0, magnitude, .infinity)
            let scale = NDArray.select(isExact, scalar(1), .select(isScale, magnitude, scalar(1)))
            result = function(sum(.binary(TAPESTRY_DIVIDE, "norm", self, scale)), scale)
        }
        return keepsAxes ? result : result.viewed(result.layout.squeezed(axes))
    }

    /// Adds the sum of the rows to this vector. The caller owns the storage.
    package func add(sumOfRows rows: borrowing MatrixColumns) {
        let kernel = tapestry_reduce_rows_kernel(Int32(TAPESTRY_SUM), elementType.kernelType)!
        let matrix = rows.matrix
        kernel(
            matrix.shape[0], rows.range.count, pointer, 1,
            matrix.pointer + rows.range.lowerBound * elementType.size, matrix.layout.strides[0], 1, true)
    }

    /// Elements that one thread should have at least, before work is split.
    private static let grain = 1 << 15
    /// Longer lines are reduced in pieces of this many elements, whether there are threads for them or not: the order
    /// is the same for any number of them.
    private static let pieceLength = 1 << 16

    /// Reduces one axis of three.
    private func reduce(_ a: NDArray, _ operation: Int, _ groups: ReductionGroups) {
        let (size, op, type) = (elementType.size, Int32(operation), elementType.kernelType)
        let (kept, reduced) = (groups.kept, groups.reduced)
        let elements = Swift.max(reduced.extent, 1)
        for plane in 0..<groups.outer.extent {
            let out = pointer + plane * kept.extent * size
            let source = a.pointer + plane * groups.outer.stride * size
            if abs(kept.stride) < abs(reduced.stride), kept.extent > 1 {
                let kernel = tapestry_reduce_rows_kernel(op, type)!
                let grain = Swift.max(64, NDArray.grain / elements)
                Parallel.forEachRange(of: kept.extent, grain: grain, unit: 64) { columns in
                    kernel(
                        reduced.extent, columns.count, out + columns.lowerBound * size, 1,
                        source + columns.lowerBound * kept.stride * size, reduced.stride, kept.stride, false)
                }
            } else if reduced.extent >= 2 * NDArray.pieceLength {
                for row in 0..<kept.extent {
                    reduceLongLine(operation, reduced, source + row * kept.stride * size, to: out + row * size)
                }
            } else {
                let kernel = tapestry_reduce_columns_kernel(op, type)!
                Parallel.forEachRange(of: kept.extent, grain: Swift.max(1, NDArray.grain / elements)) { rows in
                    kernel(
                        rows.count, reduced.extent, out + rows.lowerBound * size, 1,
                        source + rows.lowerBound * kept.stride * size, kept.stride, reduced.stride, false)
                }
            }
        }
    }

    /// Reduces one line to one element: its pieces first, then their results.
    private func reduceLongLine(
        _ operation: Int, _ axis: ReductionGroups.Axis, _ line: UnsafeMutableRawPointer,
        to result: UnsafeMutableRawPointer
    ) {
        let (size, length, type) = (elementType.size, NDArray.pieceLength, elementType.kernelType)
        let kernel = tapestry_reduce_columns_kernel(Int32(operation), type)!
        let pieces = NDArray(uninitialized: Layout([(axis.extent + length - 1) / length]), elementType)
        let out = pieces.pointer
        Parallel.forEachRange(of: pieces.count, grain: 1) { range in
            for piece in range {
                let first = piece * length
                kernel(
                    1, Swift.min(length, axis.extent - first), out + piece * size, 1,
                    line + first * axis.stride * size, 0, axis.stride, false)
            }
        }
        let gather = operation == TAPESTRY_SUM_OF_SQUARES ? TAPESTRY_SUM : operation
        tapestry_reduce_columns_kernel(Int32(gather), type)(1, pieces.count, result, 1, out, 0, 1, false)
        extendLifetime(pieces)
    }

    /// Reduces any axes of any layout, plane by plane.
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
}

/// The axes of a layout as three: the reduced ones as one, those that are kept on one side of them, and those on the
/// other, if there are any.
private struct ReductionGroups {
    struct Axis {
        var extent = 1
        var stride = 1

        /// Takes in the next axis outward; whether both are stepped through evenly.
        mutating func absorb(_ extent: Int, _ stride: Int) -> Bool {
            if self.extent == 1 {
                self = Axis(extent: extent, stride: stride)
            } else if extent != 1 {
                if stride != self.stride * self.extent { return false }
                self.extent *= extent
            }
            return true
        }
    }

    private(set) var outer = Axis()
    private(set) var reduced = Axis()
    private(set) var kept = Axis()

    /// `nil` where a group is no single axis: other axes lie between the reduced ones, or steps are uneven.
    init?(_ layout: Layout, _ axes: [Int]) {
        guard let first = axes.first, let last = axes.last, last - first == axes.count - 1 else { return nil }
        for axis in layout.shape.indices.reversed() {
            let (extent, stride) = (layout.shape[axis], layout.strides[axis])
            let isEven =
                axis > last
                ? kept.absorb(extent, stride)
                : axis >= first ? reduced.absorb(extent, stride) : outer.absorb(extent, stride)
            if !isEven { return nil }
        }
        if kept.extent == 1 { swap(&kept, &outer) }
    }
}

// MARK: - Any and all

extension NDArray {
    /// Whether any element along the axes is true; false where there is none. Traps unless the array is Boolean.
    package func anyTrue(over axes: [Int]? = nil, keepingAxes: Bool = false) -> NDArray {
        truth(name: "any", start: 0, axes, keepingAxes) { $0 | $1 }
    }

    /// Whether all elements along the axes are true, which they are where there is none. Traps unless the array is
    /// Boolean.
    package func allTrue(over axes: [Int]? = nil, keepingAxes: Bool = false) -> NDArray {
        truth(name: "all", start: 1, axes, keepingAxes) { $0 & $1 }
    }

    @inline(__always)
    private func truth(
        name: String, start: UInt8, _ axes: [Int]?, _ keepingAxes: Bool, _ combine: (UInt8, UInt8) -> UInt8
    ) -> NDArray {
        if elementType != .bool { trap(name, "needs Booleans, and the elements are \(elementType)") }
        let axes = layout.axes(axes, in: name)
        var resultShape = shape
        for axis in axes { resultShape[axis] = 1 }
        let result = NDArray(repeating: Double(start), layout: .rowMajor(resultShape), .bool)
        let out = result.pointer.assumingMemoryBound(to: UInt8.self)
        let source = pointer.assumingMemoryBound(to: UInt8.self)
        let nest = LoopNest(shape: shape) { axis in
            SIMD4(resultShape[axis] == 1 ? 0 : result.layout.strides[axis], layout.strides[axis], 0, 0)
        }
        let (rowStep, columnStep) = (nest.rows.strides, nest.columns.strides)
        nest.forEachPlane { offsets in
            for row in 0..<nest.rows.extent {
                let to = out + (offsets[0] + row * rowStep[0])
                let from = source + (offsets[1] + row * rowStep[1])
                for column in 0..<nest.columns.extent {
                    to[column * columnStep[0]] = combine(to[column * columnStep[0]], from[column * columnStep[1]])
                }
            }
        }
        return keepingAxes ? result : result.viewed(result.layout.squeezed(axes))
    }
}
