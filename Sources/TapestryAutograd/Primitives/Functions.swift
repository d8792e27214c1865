import TapestryArrays

// Primitives that a user makes: functions with a derivative of their own, and functions that are computed again on the
// way back instead of being kept.

extension Primitive {
    static func defineFunctions(in table: inout PrimitiveTable) {
        // y = f(x, …) with the derivative that was given for it
        table.accumulating(
            .custom, nary: { operands, a in CustomAttributes.of(a).array(operands) }, listReads: .everything,
            forward: .formula { t, r in r.attributes(CustomAttributes.self).tangent(t, r) },
            batching: .formula { batch, a in
                let mapped = CustomAttributes.of(a).mapped(batch.count)
                return .nary(.custom, batch.all, mapped)
            }
        ) { g, r, k, sum in
            if let cotangent = r.attributes(CustomAttributes.self).cotangent(g, r, k) { sum.add(cotangent) }
        }
        // A function whose records were dropped, and then each of its results.
        table.recomputed(.checkpoint)
        table.recomputed(.checkpointed)
    }
}

/// A function and its derivative, on the tensors of its input.
final class CustomAttributes: Attributes, @unchecked Sendable {
    typealias Function = ([Value]) -> Value
    /// The cotangents of all operands, from the result's cotangent g, the operands and the result y.
    typealias Pullback = (_ g: Value, _ operands: [Value], _ y: Value) -> [Value]

    /// What the function is there for.
    enum Role {
        case function
        /// It gives its operand as it is, and the pullback is there to see the cotangent.
        case observer
        /// It gives its operand as it is, and the pullback is there to change the cotangent.
        case mapping
        /// It gives its operand as it is, which is a constant for the user from here on.
        case cut
    }

    private let name: String
    /// What users called to make it, for messages.
    private let operation: String
    let function: Function
    private let pullback: Pullback
    let role: Role
    /// What the pullback gave, until each operand has taken its own.
    @exclusivity(unchecked) private var cotangents: [Value?] = []

    init(
        _ name: String, in operation: String = "withCustomGradient", role: Role = .function,
        _ function: @escaping Function, _ pullback: @escaping Pullback
    ) {
        (self.name, self.operation, self.role) = (name, operation, role)
        (self.function, self.pullback) = (function, pullback)
    }

    override var text: String { "\"\(name)\"" }

    func array(_ operands: [Value]) -> NDArray {
        let result = function(operands).resolved
        if result.tape != nil {
            trap(
                operation,
                "\"\(name)\" reads a tracked value that is not in its input: pass it as a part of the input")
        }
        return result.array
    }

    func cotangent(_ g: Value, _ r: RecordView, _ k: Int) -> Value? {
        // The first tracked operand comes first, and what another walk left belongs to another cotangent.
        if r.isFirstTrackedOperand(k) {
            // What the pullback reads from outside is a constant, also on a tape of the user's, which still records.
            let tape = r.tape.pointee.reference!
            let records = tape.isRecording
            if records { tape.pause() }
            cotangents = checkedPullback(g, (0..<r.operandCount).map(r.operand), r.y)
            if records { tape.resume() }
        }
        return cotangents[k].take()
    }

    private func checkedPullback(_ g: Value, _ operands: [Value], _ y: Value) -> [Value] {
        let cotangents = pullback(g, operands, y)
        if cotangents.count != operands.count {
            trap(
                operation,
                "the pullback of \"\(name)\" returns \(cotangents.count) tensors, and the input has \(operands.count)")
        }
        for (operand, cotangent) in zip(operands, cotangents) where operand.shape != cotangent.shape {
            trap(
                operation,
                """
                the pullback of "\(name)" returns a tensor of shape \(cotangent.shape) for one of the input of shape \
                \(operand.shape)
                """)
        }
        return cotangents
    }

    /// J t. The pullback g ↦ Jᵀ g is linear, so its own pullback at t is g ↦ J t.
    func tangent(_ tangents: Tangents, _ r: RecordView) -> Value {
        if role == .observer { return tangents[0]! }
        let tape = Tape(isScoped: true)
        let g = tape.memory.pointee.input(Value(NDArray(repeating: 0, layout: r.y.layout, r.y.elementType)))
        let operands = (0..<r.operandCount).map(r.operand)
        let y = r.y
        let inner = tape.run(mode: .current) { () -> Value in
            let cotangents = checkedPullback(g, operands, y)
            return tangents.sum { tangent, k in
                let product = cotangents[k] * tangent
                return product.sum(over: Array(0..<product.rank), keepingAxes: false)
            }
        }
        let tangent = y.gradient(tape.pullback(inner, to: [g.node])[0])
        if role == .mapping {
            CotangentMapping.checkIsLinear({ pullback($0, operands, y)[0] }, tangents[0]!, transposed: tangent)
        }
        return tangent
    }

    /// The same function of batches.
    func mapped(_ count: Int) -> CustomAttributes {
        CustomAttributes(name, in: operation, role: role) { [self] operands in
            Value.mapped(over: operands, count) { [function($0)] }[0]
        } _: { [self] g, operands, y in
            Value.mapped(over: [g, y] + operands, count) { pullback($0[0], Array($0[2...]), $0[1]) }
        }
    }
}

/// A function to be computed again, and the cotangents of its results in the meantime.
final class CheckpointAttributes: Attributes, @unchecked Sendable {
    private let function: () -> [Value]
    private let resultCount: Int
    @exclusivity(unchecked) private(set) var cotangents: [Int: Value] = [:]

    init(resultCount: Int, _ function: @escaping () -> [Value]) {
        (self.resultCount, self.function) = (resultCount, function)
    }

    func keep(_ g: Value, ofResult number: Int) { cotangents[number] = g }

    /// Computes the function again, and hands out its results with the cotangents that were kept for them.
    func results() -> [(result: Value, cotangent: Value)] {
        defer { cotangents = [:] }
        let results = function()
        if results.count != resultCount {
            trap(
                "checkpointed",
                "the function returned \(resultCount) tensors at first, and \(results.count) when it ran again")
        }
        for (number, cotangent) in cotangents where results[number].shape != cotangent.shape {
            trap(
                "checkpointed",
                """
                the function returned a tensor of shape \(cotangent.shape) at first, and one of shape \
                \(results[number].shape) when it ran again
                """)
        }
        return cotangents.sorted { $0.key < $1.key }.map { (results[$0.key], $0.value) }
    }
}

/// Which one of a checkpoint's results.
final class CheckpointedAttributes: Attributes, @unchecked Sendable {
    let number: Int
    init(_ number: Int) { self.number = number }
    override var text: String { "result \(number)" }
}
