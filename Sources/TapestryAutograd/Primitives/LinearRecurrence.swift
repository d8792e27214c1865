import TapestryArrays

// hₜ = aₜ hₜ₋₁ + bₜ along an axis, of real numbers or of complex ones, whose real parts are the first half of the last
// axis and whose imaginary parts are the second.

extension Primitive {
    static func defineLinearRecurrence(in table: inout PrimitiveTable) {
        // from h₀, a third operand, if there is one         λₜ = gₜ + āₜ₊₁ λₜ₊₁: λₜ h̄ₜ₋₁ for a, λₜ for b, ā₁ λ₁ for h₀
        table.accumulating(
            .linearRecurrence,
            binary: { a, b, attributes in RecurrenceAttributes.of(attributes).recurrence.values(a, b) },
            nary: { operands, attributes in
                RecurrenceAttributes.of(attributes).recurrence.values(
                    operands[0].array, operands[1].array, from: operands[2].array)
            },
            firstReads: [.first, .result], secondReads: .first, listReads: .allButSecond,
            forward: .formula { t, r in
                let attributes = r.attributes(RecurrenceAttributes.self)
                let terms = [t[0].map { $0.multiplied(byPreceding: r.y, r.initial, attributes) }, t[1]].compactMap(
                    \.self)
                let sum = terms.dropFirst().reduce(terms.first ?? .zerosWithoutMemory(r.y.shape, r.y.elementType), +)
                return .linearRecurrence(r.a, sum, from: r.operandCount == 3 ? t[2] : nil, attributes)
            },
            batching: .formula { batch, attributes in
                .linearRecurrence(
                    batch[0], batch[1], from: batch.operands.count == 3 ? batch[2] : nil,
                    RecurrenceAttributes.of(attributes).afterBatchAxis)
            }
        ) { g, r, k, sum in
            let attributes = r.attributes(RecurrenceAttributes.self)
            if g.tape == nil, attributes.accumulate(g.array, r, k, &sum) { return }
            let factors = r.a.conjugate(attributes)
            let cotangent = Value.linearRecurrence(factors.shifted(attributes.opposite), g, attributes.opposite)
            switch k {
            case 0:
                sum.add(
                    cotangent.multiplied(
                        byPreceding: r.y.conjugate(attributes), r.initial?.conjugate(attributes), attributes))
            case 1: sum.add(cotangent)
            default: sum.add(factors.first(attributes).times(cotangent.first(attributes), attributes))
            }
        }
    }
}

/// Of a linear recurrence.
final class RecurrenceAttributes: RunningAttributes, @unchecked Sendable {
    let isComplex: Bool
    /// What the rule of the first operand that is tracked leaves for those that come next: one pass gives all
    /// cotangents.
    @exclusivity(unchecked) private var pending: [NDArray?] = [nil, nil, nil]

    init(_ running: RunningAttributes, complex: Bool = false) {
        isComplex = complex
        super.init(axis: running.axis, reversed: running.isReversed)
    }

    override var text: String { super.text + (isComplex ? ", complex" : "") }

    var recurrence: LinearRecurrence { LinearRecurrence(axis: axis, reversed: isReversed, complex: isComplex) }

    override var opposite: RecurrenceAttributes { RecurrenceAttributes(super.opposite, complex: isComplex) }
    override var afterBatchAxis: RecurrenceAttributes { RecurrenceAttributes(super.afterBatchAxis, complex: isComplex) }

    /// Adds to the sum of operand k what no tape is to know of.
    ///
    /// - Returns: whether it was done; not if operands are tracked further out.
    fileprivate func accumulate(_ g: NDArray, _ r: RecordView, _ k: Int, _ sum: inout CotangentSum) -> Bool {
        if r.isFirstTrackedOperand(k) { pending = cotangents(g, r) }
        guard let cotangent = pending[k].take() else { return false }
        sum.add(cotangent)
        return true
    }

    /// Those of the operands that are tracked, if none of what the rules read is.
    private func cotangents(_ g: NDArray, _ r: RecordView) -> [NDArray?] {
        let hasInitial = r.operandCount == 3
        guard let a = r.untrackedOperand(0) else { return [nil, nil, nil] }
        let h = r.isTracked(0) ? r.untrackedArray(.result) : nil
        let initial = hasInitial ? r.untrackedOperand(2) : nil
        if r.isTracked(0) && h == nil || hasInitial && initial == nil { return [nil, nil, nil] }
        let all = recurrence.cotangents(g, a, values: h, from: initial)
        return [all.factors, r.isTracked(1) ? all.terms : nil, r.isTracked(2) ? all.initial : nil]
    }
}

extension RecordView {
    /// h₀, if it is given.
    fileprivate var initial: Value? { operandCount == 3 ? operand(2) : nil }
}

// MARK: - As operations on values

extension Value {
    /// hₜ = aₜ hₜ₋₁ + bₜ from h₀, in the shape of a and b with one element along the axis. If it is missing, h begins
    /// with the first b, and the first a is not read.
    static func linearRecurrence(
        _ a: Value, _ b: Value, from initial: Value? = nil, _ attributes: RecurrenceAttributes
    ) -> Value {
        guard let initial else { return binary(.linearRecurrence, a, b, attributes) }
        return nary(.linearRecurrence, [a, b, initial], attributes)
    }

    /// The same along an axis, in a direction, for real numbers or complex ones: the first half of the last axis holds
    /// their real parts, the second their imaginary parts.
    package static func linearRecurrence(
        _ a: Value, _ b: Value, from initial: Value?, axis: Int, reversed: Bool, complex: Bool
    ) -> Value {
        let running = RunningAttributes(axis: axis, reversed: reversed)
        return linearRecurrence(a, b, from: initial, RecurrenceAttributes(running, complex: complex))
    }

    /// The product of real numbers, or of complex ones.
    fileprivate func times(_ other: Value, _ attributes: RecurrenceAttributes) -> Value {
        if !attributes.isComplex { return self * other }
        let (x, y) = (halves, other.halves)
        return .concatenated([x.0 * y.0 - x.1 * y.1, x.0 * y.1 + x.1 * y.0], axis: rank - 1)
    }

    /// The conjugate of complex numbers; real ones as they are.
    fileprivate func conjugate(_ attributes: RecurrenceAttributes) -> Value {
        attributes.isComplex ? .concatenated([halves.0, -halves.1], axis: rank - 1) : self
    }

    /// Real and imaginary parts.
    private var halves: (Value, Value) {
        let count = shape[rank - 1] / 2
        return (
            sliced(AxisSlice(axis: rank - 1, start: 0, count: count)),
            sliced(AxisSlice(axis: rank - 1, start: count, count: count))
        )
    }

    /// The element that comes first along the direction.
    fileprivate func first(_ attributes: RecurrenceAttributes) -> Value {
        let start = attributes.isReversed ? shape[attributes.axis] - 1 : 0
        return sliced(AxisSlice(axis: attributes.axis, start: start, count: 1))
    }

    /// Each element times the one of y before it along the direction, the first one times the initial value. Without
    /// one, the first element meets nothing and gives 0, whatever it is.
    fileprivate func multiplied(
        byPreceding y: Value, _ initial: Value?, _ attributes: RecurrenceAttributes
    ) -> Value {
        let (axis, extent) = (attributes.axis, shape[attributes.axis])
        if extent == 0 { return self }
        let (from, to) = attributes.isReversed ? (1, 0) : (0, 1)
        let others = AxisSlice(axis: axis, start: to, count: extent - 1)
        let before = y.sliced(AxisSlice(axis: axis, start: from, count: extent - 1))
        let product = sliced(others).times(before, attributes)
        guard let initial else { return product.embedded(in: others, of: shape) }
        let begin = first(attributes).times(initial, attributes)
        return .concatenated(attributes.isReversed ? [product, begin] : [begin, product], axis: axis)
    }
}
