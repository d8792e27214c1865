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
        if extent == 0, shape.filter({ $0 == 0 }).count == 1 {
            trap(name, "axis \(axis) of shape \(shape) has no elements")
        }
        let result = positions(1, onLinesAlong: axis) { (line: UnsafePointer<Element>, out, _) in
            var best = line.pointee
            var position = 0
            for index in 1..<extent {
                let element = line[index * stride]
                // Once the best is NaN, nothing is better.
                let isBetter = maximum ? element > best : element < best
                if isBetter || (element != element && best == best) { (best, position) = (element, index) }
            }
            out.pointee = Int32(position)
        }
        return keepingAxis ? result : result.viewed(result.layout.squeezed([axis]))
    }

    /// So many positions in the place of each line along an axis, as `int32`: `body` reads the line from its first
    /// element on and writes them, `step` apart.
    @inline(__always)
    func positions<Element>(
        _ count: Int, onLinesAlong axis: Int,
        _ body: (_ line: UnsafePointer<Element>, _ out: UnsafeMutablePointer<Int32>, _ step: Int) -> Void
    ) -> NDArray {
        var resultShape = shape
        resultShape[axis] = count
        let result = NDArray(uninitialized: .rowMajor(resultShape), .int32)
        let source = UnsafePointer(pointer.assumingMemoryBound(to: Element.self))
        let out = result.pointer.assumingMemoryBound(to: Int32.self)
        let lines = Lines(shape: shape, along: axis) {
            SIMD4(result.layout.strides[$0], layout.strides[$0], 0, 0)
        }
        lines.forEach(length: shape[axis]) { body(source + $0[1], out + $0[0], result.layout.strides[axis]) }
        return result
    }

    /// Traps where positions along an axis are more than `int32` can hold.
    func checkPositions(alongAxis axis: Int, _ name: @autoclosure () -> String) {
        if shape[axis] > Int(Int32.max) {
            trap(name(), "axis \(axis) of shape \(shape) has more positions than int32 can hold")
        }
    }
}
