import CTapestryKernels

/// The arrays of a linear recurrence hₜ = aₜ hₜ₋₁ + bₜ along an axis.
///
/// Complex numbers are packed: their real parts are the first half of the last axis, their imaginary parts the second.
package struct LinearRecurrence {
    package let axis: Int
    /// Whether it runs from the last element of the axis to the first.
    package let isReversed: Bool
    package let isComplex: Bool

    package init(axis: Int, reversed: Bool = false, complex: Bool = false) {
        self.axis = axis
        isReversed = reversed
        isComplex = complex
    }

    private static let name = "linear recurrence"

    /// h, in the shape that a and b have.
    ///
    /// Elements are taken one after the other: results depend neither on layout nor on threads. Values of `float32` are
    /// kept in double and rounded once each.
    ///
    /// Traps unless all are floating-point arrays of one type, a and b of one shape, and the initial value of that
    /// shape with one element along the axis; complex numbers need another axis than the last, which must be even.
    ///
    /// - Parameter initial: h before the first step. If it is missing, h begins with the first b, and the first a is
    ///   not read.
    package func values(_ a: NDArray, _ b: NDArray, from initial: NDArray? = nil) -> NDArray {
        check(a, b, initial)
        let result = NDArray(uninitialized: .rowMajor(b.shape), b.elementType)
        guard let kernel = tapestry_linear_recurrence_kernel(b.elementType.kernelType) else {
            trap(LinearRecurrence.name, "has no meaning for \(b.elementType)")
        }
        let steps = b.shape[axis]
        forEachBlock(of: b.shape, [result, a, b, initial]) { series, lines in
            var recurrence = tapestry_recurrence(h: series(0), a: series(1), b: series(2), initial: series(3))
            kernel(isComplex, steps, lines, &recurrence)
        }
        return result
    }

    /// What a cotangent of h gives for a, for b, and for the initial value.
    package struct Cotangents {
        package let factors: NDArray?
        package let terms: NDArray
        package let initial: NDArray?
    }

    /// λₜ = gₜ + āₜ₊₁ λₜ₊₁ for b; λₜ h̄ₜ₋₁ for a, ā₁ λ₁ for the initial value. The bar is the conjugate.
    ///
    /// - Parameter h: the values, if the factors' cotangent is asked for.
    package func cotangents(_ g: NDArray, _ a: NDArray, values h: NDArray?, from initial: NDArray?) -> Cotangents {
        let (g, h, initial) = (g.contiguous(), h?.contiguous(), initial?.contiguous())
        let terms = NDArray(uninitialized: g.layout, g.elementType)
        let factors = h.map { _ in NDArray(uninitialized: g.layout, g.elementType) }
        let first = initial.map { NDArray(uninitialized: $0.layout, $0.elementType) }
        let kernel = tapestry_linear_recurrence_rule_kernel(g.elementType.kernelType)!
        let steps = g.shape[axis]
        forEachBlock(of: g.shape, [g, a, initial]) { series, lines in
            let start = series(0).data - g.pointer
            var rule = tapestry_recurrence_rule(
                g: series(0), a: series(1), initial: series(2), h: h.map { $0.pointer + start },
                terms: terms.pointer + start, factors: factors.map { $0.pointer + start },
                first: first.map { $0.pointer + (series(2).data - initial!.pointer) })
            kernel(isComplex, steps, lines, &rule)
        }
        extendLifetime((h, initial))
        return Cotangents(factors: factors, terms: terms, initial: first)
    }

    private func check(_ a: NDArray, _ b: NDArray, _ initial: NDArray?) {
        if a.shape != b.shape {
            trap(LinearRecurrence.name, "factors of shape \(a.shape) and terms of shape \(b.shape)")
        }
        _ = b.layout.axis(axis, in: LinearRecurrence.name)
        var first = b.shape
        first[axis] = 1
        if let initial, initial.shape != first {
            trap(LinearRecurrence.name, "an initial value of shape \(initial.shape) where \(first) is needed")
        }
        for other in [a, initial] {
            if let other, other.elementType != b.elementType {
                trap(LinearRecurrence.name, "element types differ: \(other.elementType) and \(b.elementType)")
            }
        }
        if isComplex, axis == b.rank - 1 || !b.shape[b.rank - 1].isMultiple(of: 2) {
            trap(
                LinearRecurrence.name,
                "complex numbers of shape \(b.shape) along axis \(axis): the last axis holds real and imaginary parts")
        }
    }

    /// Calls `body` with blocks of lines that are to be gone along together, split between threads: what operand k has
    /// of them, in the order in which steps are taken, and how many lines there are. Up to four operands; one that is
    /// missing has no data.
    private func forEachBlock(
        of shape: [Int], _ operands: [NDArray?], _ body: (_ series: (Int) -> tapestry_series, _ lines: Int) -> Void
    ) {
        if shape.contains(0) { return }
        let last = shape.count - 1
        var shape = shape
        if isComplex { shape[last] /= 2 }
        func strides(_ axis: Int) -> SIMD4<Int> {
            var strides = SIMD4<Int>.zero
            for (k, operand) in operands.enumerated() {
                if let operand, operand.shape[axis] != 1 { strides[k] = operand.layout.strides[axis] }
            }
            return strides
        }
        let (length, step) = (shape[axis], strides(axis))
        let imaginary = isComplex ? strides(last) &* SIMD4(repeating: shape[last]) : .zero
        let lines = Lines(shape: shape, along: axis, strides: strides)
        lines.forEachBlock(length: length, step: step[0], width: .max) { start, steps, count in
            func series(_ k: Int) -> tapestry_series {
                guard let operand = operands[k] else {
                    return tapestry_series(data: nil, step: 0, line: 1, imaginary: 0)
                }
                let first = isReversed ? start[k] + (length - 1) * step[k] : start[k]
                return tapestry_series(
                    data: operand.pointer + first * operand.elementType.size,
                    step: isReversed ? -step[k] : step[k], line: steps[k], imaginary: imaginary[k])
            }
            body(series, count)
        }
        extendLifetime(operands)
    }
}
