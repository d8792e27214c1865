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
        lines.forEachBlock(of: Lines.besideEachOther, length: extent) { start, steps, count in
            var offsets = reversed ? start &+ strides &* SIMD4(repeating: extent - 1) : start
            let step = reversed ? SIMD4<Int>.zero &- strides : strides
            withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { states in
                states.initialize(repeating: 0)
                for position in 0..<extent {
                    let (to, factor, term) = (out + offsets[0], factors + offsets[1], terms + offsets[2])
                    for line in 0..<count {
                        let added = Double(term[line * steps[2]])
                        // Not a sum with 0 at first: that would lose the sign of −0, or make NaN of an infinite factor.
                        states[line] = position == 0 ? added : Double(factor[line * steps[1]]) * states[line] + added
                        to[line * steps[0]] = Element(states[line])
                    }
                    offsets &+= step
                }
            }
        }
        return result
    }
}
