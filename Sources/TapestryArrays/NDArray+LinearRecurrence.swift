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
        lines.forEachBlock(length: extent, step: strides[0]) { start, steps, count in
            let first = reversed ? start &+ strides &* SIMD4(repeating: extent - 1) : start
            let step = reversed ? SIMD4<Int>.zero &- strides : strides
            let (to, factor, term) = (out + first[0], factors + first[1], terms + first[2])
            // The first factor meets no value: with a zero in its place, −0 would lose its sign, and inf become NaN.
            if count == 1 {
                // The value stays in a register.
                var value = Double(term[0])
                to[0] = Element(value)
                for position in 1..<extent {
                    value = Double(factor[position * step[1]]) * value + Double(term[position * step[2]])
                    to[position * step[0]] = Element(value)
                }
                return
            }
            withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { values in
                for line in 0..<count {
                    values[line] = Double(term[line * steps[2]])
                    to[line * steps[0]] = Element(values[line])
                }
                for position in 1..<extent {
                    let (to, factor, term) = (
                        to + position * step[0], factor + position * step[1], term + position * step[2]
                    )
                    for line in 0..<count {
                        values[line] = Double(factor[line * steps[1]]) * values[line] + Double(term[line * steps[2]])
                        to[line * steps[0]] = Element(values[line])
                    }
                }
            }
        }
        return result
    }
}
