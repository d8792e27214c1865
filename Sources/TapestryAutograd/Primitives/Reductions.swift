import CTapestryKernels
import TapestryArrays

// Many elements in, one out, over any axes; and softmax, which keeps the shape but couples the elements of an axis.
// The maximum's cotangent is shared equally by the elements that attain it.

extension Primitive {
    static func defineReductions(in table: inout PrimitiveTable) {
        table.unary(
            .sum, { x, a in reduced(TAPESTRY_SUM, x, a) }, Rule { g, r in g.restored(r.attributes()) },
            forward: .linear, batching: .reduction { $0.sum(over: $1, keepingAxes: $2) })
        let extremum = Rule(reads: [.first, .result]) { g, r in
            (g * .attainment(r.x, r.y, r.attributes())).restored(r.attributes(), r.x, r.y)
        }
        // The mean of the tangents where the extremum is attained.
        let meanOfAttained = Forward.formula { t, r in
            let a = r.attributes(AxesAttributes.self)
            let attained = t[0]! * .attains(r.x, r.y, a)
            return attained.sum(over: a.axes, keepingAxes: a.keepsAxes) * .attainment(r.x, r.y, a)
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
    func sum(over axes: [Int], keepingAxes: Bool) -> Value {
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

    /// Spreads a reduction's cotangent over those elements of x that attain the result y.
    fileprivate func restored(_ attributes: AxesAttributes, _ x: Value, _ y: Value) -> Value {
        restored(attributes) * .attains(x, y, attributes)
    }

    /// 1 where an element of x attains the extremum y, and 0 elsewhere.
    fileprivate static func attains(_ x: Value, _ y: Value, _ attributes: AxesAttributes) -> Value {
        let kept = attributes.keepsAxes ? y : y.unsqueezed(attributes.axes)
        return binary(.equal, x, kept).converted(to: y.elementType)
    }

    /// One over the number of elements that attain an extremum.
    fileprivate static func attainment(_ x: Value, _ y: Value, _ attributes: AxesAttributes) -> Value {
        1 / attains(x, y, attributes).sum(over: attributes.axes, keepingAxes: attributes.keepsAxes)
    }
}
