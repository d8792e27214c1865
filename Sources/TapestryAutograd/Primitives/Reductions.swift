import CTapestryKernels
import TapestryArrays

// Many elements in, one out, over any axes; and softmax, which keeps the shape but couples the elements of an axis.
// What their rules are at ties and edges stands in a table in docs/Operations.md.

extension Primitive {
    static func defineReductions(in table: inout PrimitiveTable) {
        table.unary(
            .sum, { x, a in reduced(TAPESTRY_SUM, x, a) }, Rule { g, r in g.restored(r.attributes()) },
            forward: .linear, batching: .reduction { $0.sum(over: $1, keepingAxes: $2) })
        let extremum = Rule(reads: [.first, .result]) { g, r in
            let a = r.attributes(AxesAttributes.self)
            let attained = Value.attains(r.x, r.y, a)
            return (g / attained.sum(over: a.axes, keepingAxes: a.keepsAxes)).restored(a) * attained
        }
        // The mean of the tangents where the extremum is attained.
        let meanOfAttained = Forward.formula { t, r in
            let a = r.attributes(AxesAttributes.self)
            let attained = Value.attains(r.x, r.y, a)
            let count = attained.sum(over: a.axes, keepingAxes: a.keepsAxes)
            return (t[0]! * attained).sum(over: a.axes, keepingAxes: a.keepsAxes) / count
        }
        table.unary(
            .max, { x, a in reduced(TAPESTRY_MAX, x, a) }, extremum, forward: meanOfAttained,
            batching: .reduction { $0.max(over: $1, keepingAxes: $2) })
        table.unary(
            .min, { x, a in reduced(TAPESTRY_MIN, x, a) }, extremum, forward: meanOfAttained,
            batching: .reduction { $0.min(over: $1, keepingAxes: $2) })
        table.constant(.any, batching: .reduction { $0.any(over: $1, keepingAxes: $2) }) { x, a in
            let attributes = AxesAttributes.of(a)
            return x.anyTrue(over: attributes.axes, keepingAxes: attributes.keepsAxes)
        }
        table.constant(.all, batching: .reduction { $0.all(over: $1, keepingAxes: $2) }) { x, a in
            let attributes = AxesAttributes.of(a)
            return x.allTrue(over: attributes.axes, keepingAxes: attributes.keepsAxes)
        }
        table.unary(
            .softmax, { x, a in softmax(x, a, logarithm: false) },
            Rule(reads: .result) { g, r in
                let gy = g * r.y
                return gy - r.y * gy.sum(over: r.attributes(AxesAttributes.self).axes, keepingAxes: true)
            },
            batching: .reduction { x, axes, _ in x.softmax(axis: axes[0]) })
        table.unary(
            .logSoftmax, { x, a in softmax(x, a, logarithm: true) },
            Rule(reads: .result) { g, r in
                g - r.y.exp() * g.sum(over: r.attributes(AxesAttributes.self).axes, keepingAxes: true)
            },
            forward: .formula { t, r in
                let weighted = r.y.exp() * t[0]!
                return t[0]! - weighted.sum(over: r.attributes(AxesAttributes.self).axes, keepingAxes: true)
            },
            batching: .reduction { x, axes, _ in x.logSoftmax(axis: axes[0]) })
        // y = ln Σ exp(xᵢ) over the last axis, whose derivative is the softmax
        table.unary(
            .logSumExp, { x, _ in x.logSumExp() },
            Rule(reads: .first) { g, r in g.unsqueezed([g.rank]) * r.x.softmax(axis: r.x.rank - 1) },
            forward: .formula { t, r in
                (t[0]! * r.x.softmax(axis: r.x.rank - 1)).sum(over: [r.x.rank - 1], keepingAxes: false)
            },
            batching: .formula { batch, _ in .unary(.logSumExp, batch[0]) })
        // y = √Σ xᵢ², whose derivative x / y is 0 where all elements are
        table.unary(
            .norm,
            { x, a in
                let attributes = AxesAttributes.of(a)
                return x.norm(over: attributes.axes, keepingAxes: attributes.keepsAxes)
            },
            Rule(reads: [.first, .result]) { g, r in
                g.restored(r.attributes()) * .direction(r.x, r.y, r.attributes())
            },
            forward: .formula { t, r in
                let a = r.attributes(AxesAttributes.self)
                return (t[0]! * .direction(r.x, r.y, a)).sum(over: a.axes, keepingAxes: a.keepsAxes)
            },
            batching: .reduction { $0.norm(over: $1, keepingAxes: $2) })
        // y = Σ xᵢ² / n
        table.unary(
            .meanOfSquares,
            { x, a in
                let attributes = MeanAttributes.of(a)
                return x.meanOfSquares(
                    over: attributes.axes, keepingAxes: attributes.keepsAxes, divisor: attributes.divisor)
            },
            Rule(reads: .first) { g, r in
                let a = r.attributes(MeanAttributes.self)
                return r.x * (g * (2 / a.divisor)).restored(a)
            },
            forward: .formula { t, r in
                let a = r.attributes(MeanAttributes.self)
                return (t[0]! * r.x).sum(over: a.axes, keepingAxes: a.keepsAxes) * (2 / a.divisor)
            },
            batching: .formula { batch, a in
                let attributes = MeanAttributes.of(a)
                return batch[0].meanOfSquares(
                    over: attributes.axes.map { $0 + 1 }, keepingAxes: attributes.keepsAxes,
                    divisor: attributes.divisor)
            })
    }

    private static func reduced(_ operation: Int, _ x: NDArray, _ attributes: Attributes?) -> NDArray {
        let attributes = AxesAttributes.of(attributes)
        return x.reduced(operation, over: attributes.axes, keepingAxes: attributes.keepsAxes)
    }

    private static func softmax(_ x: NDArray, _ attributes: Attributes?, logarithm: Bool) -> NDArray {
        x.softmax(axis: AxesAttributes.of(attributes).axes[0], logarithm: logarithm)
    }
}

extension Primitive.Batching {
    /// Over axes, which have moved one to the right.
    fileprivate static func reduction(
        _ formula: @escaping @Sendable (_ x: Value, _ axes: [Int], _ keepingAxes: Bool) -> Value
    ) -> Self {
        .formula { batch, a in
            let attributes = AxesAttributes.of(a)
            return formula(batch[0], attributes.axes.map { $0 + 1 }, attributes.keepsAxes)
        }
    }
}

// MARK: - As operations on values

extension Value {
    package func sum(over axes: [Int], keepingAxes: Bool) -> Value {
        if axes.isEmpty { return self }
        return .unary(.sum, self, AxesAttributes(axes, keepsAxes: keepingAxes, operand: layout))
    }

    func max(over axes: [Int], keepingAxes: Bool) -> Value { extremum(.max, axes, keepingAxes) }
    func min(over axes: [Int], keepingAxes: Bool) -> Value { extremum(.min, axes, keepingAxes) }

    func any(over axes: [Int], keepingAxes: Bool) -> Value {
        .unary(.any, self, AxesAttributes(axes, keepsAxes: keepingAxes, operand: layout))
    }

    func all(over axes: [Int], keepingAxes: Bool) -> Value {
        .unary(.all, self, AxesAttributes(axes, keepsAxes: keepingAxes, operand: layout))
    }

    private func extremum(_ id: Primitive.ID, _ axes: [Int], _ keepingAxes: Bool) -> Value {
        if axes.isEmpty { return self }
        checkElements(along: axes, in: id.name)
        return .unary(id, self, AxesAttributes(axes, keepsAxes: keepingAxes, operand: layout))
    }

    /// Traps where an axis has no element, for operations that have no result over nothing.
    func checkElements(along axes: [Int], in operation: @autoclosure () -> String) {
        if axes.contains(where: { shape[$0] == 0 }) {
            trap(operation(), "there is no element along axes \(axes) of shape \(shape)")
        }
    }

    func softmax(axis: Int) -> Value {
        .unary(.softmax, self, AxesAttributes([axis], keepsAxes: true, operand: layout))
    }

    func logSoftmax(axis: Int) -> Value {
        .unary(.logSoftmax, self, AxesAttributes([axis], keepsAxes: true, operand: layout))
    }

    /// ln Σ exp(xᵢ) over axes.
    func logSumExp(over axes: [Int], keepingAxes: Bool) -> Value {
        let kept = (0..<rank).filter { !axes.contains($0) }
        let count = axes.reduce(1) { $0 * shape[$1] }
        let lines = permuted(kept + axes).reshaped(to: kept.map { shape[$0] } + [count])
        let result = Value.unary(.logSumExp, lines)
        return keepingAxes ? result.unsqueezed(axes) : result
    }

    /// √Σ xᵢ² over axes.
    func norm(over axes: [Int], keepingAxes: Bool) -> Value {
        .unary(.norm, self, AxesAttributes(axes, keepsAxes: keepingAxes, operand: layout))
    }

    /// Σ xᵢ² over axes by a divisor.
    func meanOfSquares(over axes: [Int], keepingAxes: Bool, divisor: Double) -> Value {
        .unary(
            .meanOfSquares, self, MeanAttributes(axes, keepsAxes: keepingAxes, operand: layout, divisor: divisor))
    }

    /// Sums a cotangent over the axes along which an operand of the given layout was broadcast.
    func summed(to operand: Layout?) -> Value {
        guard let operand, !operand.hasShape(of: layout) else { return self }
        let missing = rank - operand.rank
        let axes = (0..<rank).filter { $0 < missing || operand.shape[$0 - missing] == 1 && shape[$0] != 1 }
        let sum = sum(over: axes, keepingAxes: true)
        return missing == 0 ? sum : sum.squeezed(Array(0..<missing))
    }

    /// Spreads a reduction's cotangent over the operand's shape.
    fileprivate func restored(_ attributes: AxesAttributes) -> Value {
        let kept = attributes.keepsAxes ? self : unsqueezed(attributes.axes)
        return kept.expanded(to: attributes.operand.shape)
    }

    /// x / y for the norm y of x, and 0 where that is 0.
    fileprivate static func direction(_ x: Value, _ y: Value, _ attributes: AxesAttributes) -> Value {
        let isZero = binary(.equal, y, y.scalar(0))
        return x / select(isZero, y.scalar(.infinity), y).restored(attributes)
    }

    /// 1 where an element of x attains the extremum y, as each NaN does that makes it NaN, and 0 elsewhere.
    fileprivate static func attains(_ x: Value, _ y: Value, _ attributes: AxesAttributes) -> Value {
        let kept = attributes.keepsAxes ? y : y.unsqueezed(attributes.axes)
        return binary(.or, binary(.equal, x, kept), unary(.isNaN, x)).converted(to: y.elementType)
    }
}
