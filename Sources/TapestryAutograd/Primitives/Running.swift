import TapestryArrays

// Running reductions along an axis. Products, which may contain zeros, are a linear recurrence; maxima are elements that
// were gathered.

extension Primitive {
    static func defineRunning(in table: inout PrimitiveTable) {
        // yₜ = Σ xₛ over s ≤ t, or s ≥ t if reversed
        table.unary(
            .cumulativeSum, { x, a in RunningAttributes.of(a).run(.sum, x) },
            Rule { g, r in g.runningSum(r.attributes(RunningAttributes.self).opposite) },
            forward: .linear,
            batching: .formula { batch, a in batch[0].runningSum(RunningAttributes.of(a).afterBatchAxis) })
        // yₜ = ln Σ exp(xₛ)
        table.unary(
            .cumulativeLogSumExp, { x, a in RunningAttributes.of(a).run(.logSumExp, x) },
            Rule(reads: [.first, .result]) { g, r in
                // exp(xₛ) Σ gₜ exp(−yₜ) over t ≥ s, with all exponents below 0: σₛ = gₛ + exp(yₛ − yₛ₊₁) σₛ₊₁.
                let attributes = r.attributes(RunningAttributes.self)
                let decay = Value.exponential(of: r.y, minus: r.y.preceding(attributes.opposite))
                return .exponential(of: r.x, minus: r.y) * .linearRecurrence(decay, g, attributes.opposite)
            },
            forward: .formula { t, r in
                // Σ exp(xₛ − yₜ) x′ₛ: τₜ = exp(yₜ₋₁ − yₜ) τₜ₋₁ + exp(xₜ − yₜ) x′ₜ.
                let attributes = r.attributes(RunningAttributes.self)
                let decay = Value.exponential(of: r.y.preceding(attributes), minus: r.y)
                return .linearRecurrence(decay, .exponential(of: r.x, minus: r.y) * t[0]!, attributes)
            },
            batching: .formula { batch, a in
                .unary(.cumulativeLogSumExp, batch[0], RunningAttributes.of(a).afterBatchAxis)
            })
        // hₜ = aₜ hₜ₋₁ + bₜ                                  λₜ = gₜ + aₜ₊₁ λₜ₊₁: ∂L/∂aₜ = λₜ hₜ₋₁, ∂L/∂bₜ = λₜ
        table.accumulating(
            .linearRecurrence,
            binary: { a, b, attributes in
                let attributes = RunningAttributes.of(attributes)
                return .linearRecurrence(a, b, axis: attributes.axis, reversed: attributes.isReversed)
            },
            firstReads: [.first, .result], secondReads: .first,
            forward: .formula { t, r in
                let attributes = r.attributes(RunningAttributes.self)
                let terms = t.sum { $1 == 0 ? $0 * r.y.shifted(attributes) : $0 }
                return .linearRecurrence(r.a, terms, attributes)
            },
            batching: .formula { batch, a in
                .linearRecurrence(batch[0], batch[1], RunningAttributes.of(a).afterBatchAxis)
            }
        ) { g, r, k, sum in
            let attributes = r.attributes(RunningAttributes.self)
            let cotangent = Value.linearRecurrence(r.a.shifted(attributes.opposite), g, attributes.opposite)
            sum.add(k == 0 ? cotangent * r.y.shifted(attributes) : cotangent)
        }
    }
}

/// An axis and a direction along it.
final class RunningAttributes: Attributes, @unchecked Sendable {
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

// MARK: - As operations on values

extension Value {
    func runningSum(_ attributes: RunningAttributes) -> Value { .unary(.cumulativeSum, self, attributes) }

    func runningLogSumExp(_ attributes: RunningAttributes) -> Value { .unary(.cumulativeLogSumExp, self, attributes) }

    /// hₜ = aₜ hₜ₋₁ + bₜ from h = 0, for which the first factor is not read.
    static func linearRecurrence(_ a: Value, _ b: Value, _ attributes: RunningAttributes) -> Value {
        binary(.linearRecurrence, a, b, attributes)
    }

    /// yₜ = Π xₛ over s ≤ t: a recurrence whose only term is the first element.
    func runningProduct(_ attributes: RunningAttributes) -> Value {
        let extent = shape[attributes.axis]
        if extent == 0 { return self }
        let first = AxisSlice(axis: attributes.axis, start: attributes.isReversed ? extent - 1 : 0, count: 1)
        let term = sliced(first).embedded(in: first, of: shape)
        return .linearRecurrence(self, term, attributes)
    }

    /// Zeros of a shape, with this value in the place of a slice.
    func embedded(in slice: AxisSlice, of shape: [Int]) -> Value {
        let whole = Layout(shape)
        let place = SliceAttributes(slice, droppingAxis: false, of: whole)
        return .nary(.assembleSlices, [self], AssemblyAttributes([place], of: whole))
    }

    /// Each element moved to the next position along the direction, and 0 at the first one.
    fileprivate func shifted(_ attributes: RunningAttributes) -> Value {
        let (axis, extent) = (attributes.axis, shape[attributes.axis])
        if extent == 0 { return self }
        let (from, to) = attributes.isReversed ? (1, 0) : (0, 1)
        return sliced(AxisSlice(axis: axis, start: from, count: extent - 1))
            .embedded(in: AxisSlice(axis: axis, start: to, count: extent - 1), of: shape)
    }

    /// For each element the one before it along the direction, and the first one for itself.
    fileprivate func preceding(_ attributes: RunningAttributes) -> Value {
        let (axis, extent) = (attributes.axis, shape[attributes.axis])
        if extent == 0 { return self }
        let others = sliced(AxisSlice(axis: axis, start: attributes.isReversed ? 1 : 0, count: extent - 1))
        let first = sliced(AxisSlice(axis: axis, start: attributes.isReversed ? extent - 1 : 0, count: 1))
        return .concatenated(attributes.isReversed ? [others, first] : [first, others], axis: axis)
    }

    /// exp(a − b), and 0 where a is −inf, also if b is.
    fileprivate static func exponential(of a: Value, minus b: Value) -> Value {
        let isNothing = binary(.equal, a, a.scalar(-.infinity))
        return select(
            isNothing, a.scalar(0), (select(isNothing, a.scalar(0), a) - select(isNothing, b.scalar(0), b)).exp())
    }
}
