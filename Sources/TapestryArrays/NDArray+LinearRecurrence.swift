extension NDArray {
    /// hₜ = aₜ hₜ₋₁ + bₜ along an axis, from h = 0, in the shape that both have; with `reversed` from the last element to
    /// the first. The first factor meets only that 0 and is not read.
    ///
    /// Elements are taken one after the other: results depend neither on layout nor on threads. Values of `float32` are
    /// kept in double and rounded once each.
    ///
    /// Traps unless both are floating-point arrays of one type and shape.
    package static func linearRecurrence(
        _ a: NDArray, _ b: NDArray, axis: Int, reversed: Bool = false
    ) -> NDArray {
        let name = "linear recurrence"
        if a.shape != b.shape { trap(name, "factors of shape \(a.shape) and terms of shape \(b.shape)") }
        if a.elementType != b.elementType { trap(name, "element types differ: \(a.elementType) and \(b.elementType)") }
        let axis = a.layout.axis(axis, in: name)
        switch a.elementType {
        case .float32: return linearRecurrence(of: Float.self, a, b, axis, reversed)
        case .float64: return linearRecurrence(of: Double.self, a, b, axis, reversed)
        case .int32, .bool: trap(name, "has no meaning for \(a.elementType)")
        }
    }

    private static func linearRecurrence<Element: DifferentiableScalar>(
        of type: Element.Type, _ a: NDArray, _ b: NDArray, _ axis: Int, _ reversed: Bool
    ) -> NDArray {
        let result = NDArray(uninitialized: .rowMajor(a.shape), a.elementType)
        let extent = a.shape[axis]
        if result.count == 0 { return result }
        let strides = SIMD4(
            result.layout.strides[axis], a.layout.strides[axis], b.layout.strides[axis], 0)
        let out = result.pointer.assumingMemoryBound(to: Element.self)
        let factors = a.pointer.assumingMemoryBound(to: Element.self)
        let terms = b.pointer.assumingMemoryBound(to: Element.self)
        let lines = Lines(shape: a.shape, along: axis) {
            SIMD4(result.layout.strides[$0], a.layout.strides[$0], b.layout.strides[$0], 0)
        }
        lines.forEach(length: extent) { start in
            var offsets = reversed ? start &+ strides &* SIMD4(repeating: extent - 1) : start
            let step = reversed ? SIMD4<Int>.zero &- strides : strides
            var state = Double(terms[offsets[2]])
            out[offsets[0]] = Element(state)
            for _ in 1..<extent {
                offsets &+= step
                state = Double(factors[offsets[1]]) * state + Double(terms[offsets[2]])
                out[offsets[0]] = Element(state)
            }
        }
        return result
    }

    /// The position of what a running maximum (or minimum) is, up to every element of an axis, as `int32`: of equal
    /// elements the first one, of NaN the first one from where it is.
    package func runningPositions(maximum: Bool, axis: Int) -> NDArray {
        let values = running(maximum ? .maximum : .minimum, axis: axis)
        let axis = layout.axis(axis, in: "running positions")
        checkPositions(alongAxis: axis, "running positions")
        let result = NDArray(uninitialized: .rowMajor(shape), .int32)
        let out = result.pointer.assumingMemoryBound(to: Int32.self)
        func mark<Element: TensorScalar & Comparable>(_ type: Element.Type) {
            let source = values.pointer.assumingMemoryBound(to: Element.self)
            let stride = values.layout.strides[axis]
            let lines = Lines(shape: shape, along: axis) { SIMD4(values.layout.strides[$0], 0, 0, 0) }
            lines.forEach(length: shape[axis]) { offsets in
                var position = 0
                for index in 0..<shape[axis] {
                    let place = offsets[0] + index * stride
                    // The value changes where the position does; NaN differs from itself, and stays.
                    if index > 0, source[place] != source[place - stride],
                        source[place - stride] == source[place - stride]
                    {
                        position = index
                    }
                    out[place] = Int32(position)
                }
            }
        }
        switch elementType {
        case .float32: mark(Float.self)
        case .float64: mark(Double.self)
        case .int32: mark(Int32.self)
        case .bool: trap("running positions", "has no meaning for \(elementType)")
        }
        return result
    }
}
