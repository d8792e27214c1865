import TapestryArrays

// Forward mode is a level whose values carry their tangents with them: an operation is applied to the values of the
// next level out, and its forward rule, in operations of that level as well, gives the tangent of the result. So it
// nests with reverse mode in either order.

extension Primitive {
    /// How the tangents of operands become the tangent of the result.
    enum Forward: Sendable {
        /// The derivative by each operand is a symmetric matrix, as that of all elementwise primitives: what the
        /// reverse rule does to a cotangent is what it does to a tangent. (A third operand is an addend.)
        case symmetric
        /// The primitive is linear in all operands together: it is applied to the tangents.
        case linear
        /// In differentiable operations.
        case formula(@Sendable (_ tangents: Tangents, _ record: RecordView) -> Value)
    }
}

/// The tangents of an operation's operands: `nil` for constants, but never all of them.
struct Tangents {
    let all: [Value?]

    subscript(operand: Int) -> Value? { all[operand] }

    /// The sum of what each tangent contributes.
    func sum(_ contribution: (_ tangent: Value, _ operand: Int) -> Value) -> Value {
        let contributions = all.indices.compactMap { k in all[k].map { contribution($0, k) } }
        return contributions.dropFirst().reduce(contributions[0], +)
    }
}

extension Primitive.Forward {
    /// The tangent of a record's result.
    func tangent(_ tangents: Tangents, _ record: RecordView, of id: Primitive.ID, apply: ([Value]) -> Value) -> Value {
        switch self {
        case .symmetric:
            let primitive = Primitive[id]
            return tangents.sum { tangent, operand in
                switch operand {
                case 0: primitive.pointee.firstRule.formula(tangent, record)
                case 1: primitive.pointee.secondRule.formula(tangent, record)
                default: tangent
                }
            }
        case .linear:
            return apply(
                tangents.all.enumerated().map { k, tangent in
                    tangent ?? .zerosWithoutMemory(record.operand(k).shape, record.operand(k).elementType)
                })
        case .formula(let formula): return formula(tangents, record)
        }
    }
}

extension TapeReference {
    /// The result of an operation on operands of this level, the innermost one, if it leaves no record here: because
    /// the level is not a tape, or because the operation has no derivative.
    ///
    /// - Parameter apply: applies the operation one level further out.
    func appliedUnrecorded(
        _ id: Primitive.ID, _ operands: [Value], _ attributes: Attributes?, apply: ([Value]) -> Value
    ) -> Value? {
        if memory.pointee.kind == .batch { return batched(id, operands, attributes) }
        if let graph = memory.pointee.graph { return graph.record(id, operands, attributes, on: self) }
        let isConstant = Primitive[id].pointee.isPiecewiseConstant
        if memory.pointee.kind == .reverse, !isConstant { return nil }
        let values = operands.map { $0.tape == self ? $0.inner : $0 }
        let result = apply(values)
        let tangents = Tangents(all: operands.map { $0.tape == self ? $0.outer?.tangent : nil })
        if isConstant || tangents.all.allSatisfy({ $0 == nil }) { return result }
        memory.pointee.appendForRule(id, values, result, attributes)
        let record = RecordView(tape: memory, index: memory.pointee.records.count - 1, isPlaced: false)
        let tangent = Primitive[id].pointee.forward.tangent(tangents, record, of: id, apply: apply)
        memory.pointee.dropLast()
        return dual(result, tangent.expanded(to: result.shape))
    }

    /// A value of this level of forward mode.
    func dual(_ value: Value, _ tangent: Value) -> Value {
        Value(value.array, tape: self, node: 0, outer: Value.Outer(value, tangent: tangent))
    }
}
