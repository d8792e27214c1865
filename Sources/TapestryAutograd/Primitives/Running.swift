import TapestryArrays

// Running reductions along an axis. Products, which may contain zeros, are a linear recurrence
// (LinearRecurrence.swift); maxima are elements that were gathered.

extension Primitive {
    static func defineRunning(in table: inout PrimitiveTable) {
        // yₜ = Σ xₛ over s ≤ t, or s ≥ t if reversed
        table.unary(
            .cumulativeSum, { x, a in RunningAttributes.of(a).run(.sum, x) },
            Rule { g, r in g.runningSum(r.attributes(RunningAttributes.self).opposite) },
            forward: .linear,
            batching: .formula { batch, a in batch[0].runningSum(RunningAttributes.of(a).afterBatchAxis) })
        // yₜ = ln Σ exp(xₛ) = ln(exp(yₜ₋₁) + exp(xₜ)): y′ₜ is shared between y′ₜ₋₁ and x′ₜ
        table.unary(
            .cumulativeLogSumExp, { x, a in RunningAttributes.of(a).run(.logSumExp, x) },
            Rule(reads: .first) { g, r in RunningShares(r.x, r.attributes()).cotangent(g) },
            forward: .formula { t, r in RunningShares(r.x, r.attributes()).tangent(t[0]!) },
            batching: .formula { batch, a in
                .unary(.cumulativeLogSumExp, batch[0], RunningAttributes.of(a).afterBatchAxis)
            })
        // dₜ = yₜ₋₁ − xₜ for that y: the logarithm of the one share over the other
        table.unary(
            .cumulativeLogOdds, { x, a in RunningAttributes.of(a).run(.logOdds, x) },
            Rule(reads: .first) { g, r in
                let attributes = r.attributes(RunningAttributes.self)
                return RunningShares(r.x, attributes).cotangent(g.shifted(attributes.opposite)) - g
            },
            forward: .formula { t, r in
                let attributes = r.attributes(RunningAttributes.self)
                return RunningShares(r.x, attributes).tangent(t[0]!).shifted(attributes) - t[0]!
            },
            batching: .formula { batch, a in batch[0].runningLogOdds(RunningAttributes.of(a).afterBatchAxis) })
    }
}

/// An axis and a direction along it.
class RunningAttributes: Attributes, @unchecked Sendable {
    let axis: Int
    let isReversed: Bool
    init(axis: Int, reversed: Bool) { (self.axis, isReversed) = (axis, reversed) }
    override var text: String { "axis \(axis)" + (isReversed ? ", reversed" : "") }

    var opposite: RunningAttributes { RunningAttributes(axis: axis, reversed: !isReversed) }
    var afterBatchAxis: RunningAttributes { RunningAttributes(axis: axis + 1, reversed: isReversed) }

    func run(_ reduction: RunningReduction, _ x: NDArray) -> NDArray {
        x.running(reduction, axis: axis, reversed: isReversed)
    }
}

/// How each step of y = ln Σ exp(x) is shared between the element and those before it: σ(−d) and σ(d). From y itself
/// the shares would have its rounding errors, which are as large as y.
private struct RunningShares {
    let own, earlier: Value
    let attributes: RunningAttributes

    init(_ x: Value, _ attributes: RunningAttributes) {
        let odds = x.runningLogOdds(attributes)
        (own, earlier) = ((-odds).sigmoid(), odds.sigmoid())
        self.attributes = attributes
    }

    /// τₜ = earlierₜ τₜ₋₁ + ownₜ x′ₜ
    func tangent(_ t: Value) -> Value { .linearRecurrence(earlier, own * t, RecurrenceAttributes(attributes)) }

    /// x̄ₜ = ownₜ λₜ with λₜ = gₜ + earlierₜ₊₁ λₜ₊₁
    func cotangent(_ g: Value) -> Value {
        let opposite = RecurrenceAttributes(attributes.opposite)
        return own * .linearRecurrence(earlier.shifted(opposite), g, opposite)
    }
}

// MARK: - As operations on values

extension Value {
    func runningSum(_ attributes: RunningAttributes) -> Value { .unary(.cumulativeSum, self, attributes) }

    func runningLogSumExp(_ attributes: RunningAttributes) -> Value { .unary(.cumulativeLogSumExp, self, attributes) }

    /// ln Σ exp over the elements before each one, minus that one; −inf at the first.
    func runningLogOdds(_ attributes: RunningAttributes) -> Value { .unary(.cumulativeLogOdds, self, attributes) }

    /// yₜ = Π xₛ over s ≤ t: a recurrence whose only term is the first element.
    func runningProduct(_ attributes: RunningAttributes) -> Value {
        let extent = shape[attributes.axis]
        if extent == 0 { return self }
        let first = AxisSlice(axis: attributes.axis, start: attributes.isReversed ? extent - 1 : 0, count: 1)
        let term = sliced(first).embedded(in: first, of: shape)
        return .linearRecurrence(self, term, RecurrenceAttributes(attributes))
    }

    /// Zeros of a shape, with this value in the place of a slice.
    func embedded(in slice: AxisSlice, of shape: [Int]) -> Value {
        let whole = Layout(shape)
        let place = SliceAttributes(slice, droppingAxis: false, of: whole)
        return .nary(.assembleSlices, [self], AssemblyAttributes([place], of: whole))
    }

    /// Each element moved to the next position along the direction, and 0 at the first one.
    func shifted(_ attributes: RunningAttributes) -> Value {
        let (axis, extent) = (attributes.axis, shape[attributes.axis])
        if extent == 0 { return self }
        let (from, to) = attributes.isReversed ? (1, 0) : (0, 1)
        return sliced(AxisSlice(axis: axis, start: from, count: extent - 1))
            .embedded(in: AxisSlice(axis: axis, start: to, count: extent - 1), of: shape)
    }
}
