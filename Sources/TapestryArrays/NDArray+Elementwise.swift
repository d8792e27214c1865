import CTapestryKernels

/// Elements that one thread should have at least, before work is split.
let elementwiseGrain = 1 << 15

extension NDArray {
    // MARK: One operand

    /// `operation` is one of the kernels' unary operations.
    package static func unary(_ operation: Int, _ a: consuming NDArray) -> NDArray {
        guard let kernel = tapestry_unary_kernel(Int32(operation), a.elementType.kernelType) else {
            trap("elementwise operation", "has no meaning for \(a.elementType)")
        }
        if a.layout.isContiguous {
            // A uniquely held operand gives its buffer to the result.
            var result = a
            if operation == TAPESTRY_COPY || !result.isUnique() {
                let fresh = NDArray(uninitialized: result.layout, result.elementType)
                run(kernel, result.count, fresh, result)
                return fresh
            }
            run(kernel, result.count, result, result)
            return result
        }
        let result = NDArray(uninitialized: a.layout.contiguous, a.elementType)
        result.fill(by: kernel, from: a)
        return result
    }

    /// Which elements are finite, infinite or NaN, as Booleans: `operation` is one of the kernels' classifications.
    package static func classification(_ operation: Int, _ a: NDArray) -> NDArray {
        guard let kernel = tapestry_classification_kernel(Int32(operation), a.elementType.kernelType) else {
            trap("classification", "has no meaning for \(a.elementType)")
        }
        let result = NDArray(uninitialized: a.layout.contiguous, .bool)
        result.fill(by: kernel, from: a)
        return result
    }

    @inline(__always)
    private static func run(_ kernel: tapestry_unary, _ count: Int, _ out: NDArray, _ a: NDArray) {
        let (outPointer, aPointer) = (out.pointer, a.pointer)
        let (outSize, aSize) = (out.elementType.size, a.elementType.size)
        Parallel.forEachRange(of: count, grain: elementwiseGrain, unit: 64) { range in
            kernel(
                1, range.count, outPointer + range.lowerBound * outSize, 0, 1, aPointer + range.lowerBound * aSize, 0, 1
            )
        }
    }

    /// Writes `kernel(a)`, broadcast, into this array's elements, wherever they lie.
    private func fill(by kernel: tapestry_unary, from a: NDArray) {
        guard a.layout.fits(layout) else {
            trap("assignment", "a value of shape \(a.shape) does not fit a destination of shape \(shape)")
        }
        if layout.isContiguous, a.layout.isContiguous, a.count == count {
            return NDArray.run(kernel, count, self, a)
        }
        if let out = smallPlane, let plane = a.layout.plane {
            let steps = plane.steps
            return kernel(
                out.rows, out.columns, pointer, out.rowStride, out.columnStride, a.pointer, steps.row, steps.column)
        }
        let nest = LoopNest(layout, a.layout)
        let (size, aSize) = (elementType.size, a.elementType.size)
        let (out, source) = (pointer, a.pointer)
        let (row, column) = (nest.rows.strides, nest.columns.strides)
        NDArray.forEachPart(of: nest) { offsets, rows, columns in
            kernel(
                rows, columns, out + offsets[0] * size, row[0], column[0],
                source + offsets[1] * aSize, row[1], column[1])
        }
    }

    /// The layout of a matrix, or of less, that neither threads nor longer loops are worth while for.
    @inline(__always)
    private var smallPlane: Plane? {
        guard let plane = layout.plane, layout.count < 2 * elementwiseGrain, plane.columns > 1 else { return nil }
        return plane
    }

    /// Calls `body` for parts of a nest's planes, split between threads: with the operands' offsets, in elements, of
    /// the first element, and the numbers of rows and columns.
    @inline(__always)
    static func forEachPart(of nest: LoopNest, _ body: (SIMD4<Int>, Int, Int) -> Void) {
        let (rows, columns) = (nest.rows, nest.columns)
        nest.forEachPlane { offsets in
            if rows.extent == 1 {
                Parallel.forEachRange(of: columns.extent, grain: elementwiseGrain, unit: 64) { range in
                    body(offsets &+ columns.strides &* SIMD4(repeating: range.lowerBound), 1, range.count)
                }
            } else {
                // Whole blocks of a transposing copy for each.
                let grain = Swift.max(1, elementwiseGrain / Swift.max(columns.extent, 1))
                Parallel.forEachRange(of: rows.extent, grain: grain, unit: 16) { range in
                    body(
                        offsets &+ rows.strides &* SIMD4(repeating: range.lowerBound), range.count, columns.extent)
                }
            }
        }
    }

    /// Copies `value`, broadcast, into this array's elements. The caller owns the storage.
    package func assign(_ value: NDArray) {
        fill(by: tapestry_unary_kernel(Int32(TAPESTRY_COPY), elementType.kernelType), from: value)
    }

    package func converted(to type: ElementType) -> NDArray {
        if type == elementType { return self }
        let result = NDArray(uninitialized: layout.contiguous, type)
        result.fill(by: tapestry_convert_kernel(elementType.kernelType, type.kernelType), from: self)
        return result
    }

    // MARK: Two operands

    /// `operation` is one of the kernels' binary operations; operands are broadcast against each other.
    package static func binary(
        _ operation: Int, _ name: @autoclosure () -> String, _ a: consuming NDArray, _ b: consuming NDArray
    ) -> NDArray {
        let type = a.elementType
        if b.elementType != type { trap(name(), "element types differ: \(type) and \(b.elementType)") }
        guard let kernel = tapestry_binary_kernel(Int32(operation), type.kernelType) else {
            trap(name(), "has no meaning for \(type)")
        }
        return binary(kernel, name(), a, b, type)
    }

    /// The same, written into the elements of `destination`, wherever they lie; operands are broadcast to its shape.
    /// The caller owns the storage, and an operand that shares it must be the destination itself.
    package static func binary(
        _ operation: Int, _ name: @autoclosure () -> String, _ a: NDArray, _ b: NDArray, into destination: NDArray
    ) {
        guard let kernel = tapestry_binary_kernel(Int32(operation), destination.elementType.kernelType) else {
            trap(name(), "has no meaning for \(destination.elementType)")
        }
        destination.checkOperand(a, name())
        destination.checkOperand(b, name())
        destination.run(kernel, a, b)
    }

    private func checkOperand(_ operand: NDArray, _ name: @autoclosure () -> String) {
        if operand.elementType != elementType {
            trap(name(), "element types differ: \(operand.elementType) and \(elementType)")
        }
        if !operand.layout.fits(layout) {
            trap(name(), "an operand of shape \(operand.shape) does not fit a destination of shape \(shape)")
        }
    }

    /// `a ⋚ b`, as Booleans.
    package static func comparison(
        _ operation: Int, _ name: @autoclosure () -> String, _ a: NDArray, _ b: NDArray
    ) -> NDArray {
        if b.elementType != a.elementType {
            trap(name(), "element types differ: \(a.elementType) and \(b.elementType)")
        }
        return binary(
            tapestry_comparison_kernel(Int32(operation), a.elementType.kernelType), name(), a, b, .bool)
    }

    @inline(__always)
    private static func binary(
        _ kernel: tapestry_binary, _ name: @autoclosure () -> String,
        _ a: consuming NDArray, _ b: consuming NDArray, _ resultType: ElementType
    ) -> NDArray {
        if a.layout.hasShape(of: b.layout), a.layout.isContiguous, b.layout.isContiguous {
            // A uniquely held operand gives its buffer to the result.
            let (count, size, operandSize) = (a.count, resultType.size, a.elementType.size)
            let (left, right) = (a.pointer, b.pointer)
            if resultType == a.elementType {
                if a.isUnique() {
                    run(kernel, count, left, size, left, right, operandSize)
                    extendLifetime(b)
                    return a
                }
                if b.isUnique() {
                    run(kernel, count, right, size, left, right, operandSize)
                    extendLifetime(a)
                    return b
                }
            }
            let result = NDArray(uninitialized: a.layout, resultType)
            run(kernel, count, result.pointer, size, left, right, operandSize)
            extendLifetime(a)
            extendLifetime(b)
            return result
        }
        guard let layout = Layout.broadcast(a.layout, b.layout) else {
            trap(
                name(),
                """
                shapes \(a.shape) and \(b.shape) cannot be broadcast: aligned at the last axis, extents must agree \
                or be 1
                """)
        }
        if a.lies(as: layout, resultType), a.isUnique() {
            a.run(kernel, a, b)
            return a
        }
        if b.lies(as: layout, resultType), b.isUnique() {
            b.run(kernel, a, b)
            return b
        }
        let result = NDArray(uninitialized: layout, resultType)
        result.run(kernel, a, b)
        return result
    }

    @inline(__always)
    private func lies(as layout: Layout, _ type: ElementType) -> Bool {
        self.layout.isContiguous && elementType == type && self.layout.hasShape(of: layout)
    }

    @inline(__always)
    private static func run(
        _ kernel: tapestry_binary, _ count: Int, _ out: UnsafeMutableRawPointer, _ size: Int,
        _ a: UnsafeMutableRawPointer, _ b: UnsafeMutableRawPointer, _ operandSize: Int
    ) {
        Parallel.forEachRange(of: count, grain: elementwiseGrain, unit: 64) { range in
            let (first, operandFirst) = (range.lowerBound * size, range.lowerBound * operandSize)
            kernel(1, range.count, out + first, 0, 1, a + operandFirst, 0, 1, b + operandFirst, 0, 1)
        }
    }

    /// `self = kernel(a, b)` with both operands broadcast to this array's shape.
    private func run(_ kernel: tapestry_binary, _ a: NDArray, _ b: NDArray) {
        let (size, aSize, bSize) = (elementType.size, a.elementType.size, b.elementType.size)
        let (out, left, right) = (pointer, a.pointer, b.pointer)
        if layout.isContiguous, a.layout.isContiguous, b.layout.isContiguous, a.count == count, b.count == count {
            return NDArray.run(kernel, count, out, size, left, right, aSize)
        }
        if let plane = smallPlane, let aPlane = a.layout.plane, let bPlane = b.layout.plane {
            let (aSteps, bSteps) = (aPlane.steps, bPlane.steps)
            return kernel(
                plane.rows, plane.columns, out, plane.rowStride, plane.columnStride,
                left, aSteps.row, aSteps.column, right, bSteps.row, bSteps.column)
        }
        let nest = LoopNest(layout, a.layout, b.layout)
        let (row, column) = (nest.rows.strides, nest.columns.strides)
        NDArray.forEachPart(of: nest) { offsets, rows, columns in
            kernel(
                rows, columns, out + offsets[0] * size, row[0], column[0],
                left + offsets[1] * aSize, row[1], column[1],
                right + offsets[2] * bSize, row[2], column[2])
        }
    }

    /// `self += value` (broadcast), in place. The caller owns the storage.
    package func add(_ value: NDArray) {
        run(tapestry_binary_kernel(Int32(TAPESTRY_ADD), elementType.kernelType), self, value)
    }

    /// Whether `accumulate` knows an operation.
    package static func canAccumulate(_ operation: Int) -> Bool {
        tapestry_accumulating_binary_kernel(Int32(operation), ElementType.float32.kernelType) != nil
    }

    /// `self += operation(a, b)`, both broadcast to this array's shape, in place: for multiplication and the rules of
    /// tanh, sigmoid and relu. The caller owns the storage.
    package func accumulate(_ operation: Int, _ a: NDArray, _ b: NDArray) {
        guard let kernel = tapestry_accumulating_binary_kernel(Int32(operation), elementType.kernelType) else {
            trap("accumulate", "there is no accumulating form of operation \(operation) for \(elementType)")
        }
        checkOperand(a, "accumulate")
        checkOperand(b, "accumulate")
        run(kernel, a, b)
    }

    // MARK: Three operands

    /// `condition ? a : b`, all broadcast against each other.
    package static func select(_ condition: NDArray, _ a: NDArray, _ b: NDArray) -> NDArray {
        if condition.elementType != .bool { trap("select", "the condition holds \(condition.elementType), not bool") }
        if a.elementType != b.elementType { trap("select", "element types differ: \(a.elementType), \(b.elementType)") }
        guard let common = Layout.broadcastShape(a.shape, b.shape),
            let shape = Layout.broadcastShape(condition.shape, common)
        else {
            trap("select", "shapes \(condition.shape), \(a.shape) and \(b.shape) cannot be broadcast")
        }
        let result = NDArray(uninitialized: Layout(shape), a.elementType)
        result.run(tapestry_select_kernel(a.elementType.kernelType), condition, a, b)
        return result
    }

    private func run(_ kernel: tapestry_ternary, _ a: NDArray, _ b: NDArray, _ c: NDArray) {
        let nest = LoopNest(layout, a.layout, b.layout, c.layout)
        let (row, column) = (nest.rows.strides, nest.columns.strides)
        let (size, aSize) = (elementType.size, a.elementType.size)
        let (out, condition, first, second) = (pointer, a.pointer, b.pointer, c.pointer)
        NDArray.forEachPart(of: nest) { offsets, rows, columns in
            kernel(
                rows, columns, out + offsets[0] * size, row[0], column[0],
                condition + offsets[1] * aSize, row[1], column[1],
                first + offsets[2] * size, row[2], column[2],
                second + offsets[3] * size, row[3], column[3])
        }
    }
}
