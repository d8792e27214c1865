extension NDArray {
    /// The positions of the greatest (or least) elements along an axis, as `int32`: argmax and argmin.
    ///
    /// The first of equal elements is taken. NaN wins over every number, so the position of the first NaN is the
    /// result where there is one, as in NumPy. The axis is kept with extent 1, or dropped.
    ///
    /// Traps for Boolean arrays and where the axis has no elements.
    package func argReduced(maximum: Bool, axis: Int, keepingAxis: Bool = false) -> NDArray {
        let name = maximum ? "argMax" : "argMin"
        let axis = layout.axis(axis, in: name)
        switch elementType {
        case .float32: return extremePositions(of: Float.self, maximum, axis, keepingAxis, name)
        case .float64: return extremePositions(of: Double.self, maximum, axis, keepingAxis, name)
        case .int32: return extremePositions(of: Int32.self, maximum, axis, keepingAxis, name)
        case .bool: trap(name, "has no meaning for \(elementType)")
        }
    }

    private func extremePositions<Element: TensorScalar & Comparable>(
        of type: Element.Type, _ maximum: Bool, _ axis: Int, _ keepingAxis: Bool, _ name: String
    ) -> NDArray {
        let (extent, stride) = (shape[axis], layout.strides[axis])
        checkPositions(alongAxis: axis, name)
        let (result, lines) = positionsAndLines(1, along: axis)
        if result.count > 0, extent == 0 { trap(name, "axis \(axis) of shape \(shape) has no elements") }
        let source = pointer.assumingMemoryBound(to: Element.self)
        let out = result.pointer.assumingMemoryBound(to: Int32.self)
        lines.forEach(length: extent) { offsets in
            let line = source + offsets[1]
            var best = line.pointee
            var position = 0
            for index in 1..<extent {
                let element = line[index * stride]
                // Once the best is NaN, nothing is better.
                let isBetter = maximum ? element > best : element < best
                if isBetter || (element != element && best == best) { (best, position) = (element, index) }
            }
            out[offsets[0]] = Int32(position)
        }
        return keepingAxis ? result : result.viewed(result.layout.squeezed([axis]))
    }

    /// An array for so many positions in the place of an axis, and the lines along that axis: where those of the positions
    /// begin, and those of this array.
    func positionsAndLines(_ count: Int, along axis: Int) -> (positions: NDArray, lines: Lines) {
        var shape = shape
        shape[axis] = count
        let positions = NDArray(uninitialized: .rowMajor(shape), .int32)
        let lines = Lines(shape: shape, along: axis) {
            SIMD4(positions.layout.strides[$0], layout.strides[$0], 0, 0)
        }
        return (positions, lines)
    }

    /// Traps where positions along an axis are more than `int32` can hold.
    func checkPositions(alongAxis axis: Int, _ name: @autoclosure () -> String) {
        if shape[axis] > Int(Int32.max) {
            trap(name(), "axis \(axis) of shape \(shape) has more positions than int32 can hold")
        }
    }
}
