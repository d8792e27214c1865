import TapestryArrays

// A batch level stands for many examples at once: a value of it looks like one example, of which it has the shape, and
// is, one level further out, the array of all of them with the examples along axis 0. An operation's batching rule
// does to all examples what the operation does to one, in operations of the next level out.

extension Primitive {
    /// How an operation is applied to batches.
    enum Batching: Sendable {
        /// As it is, once the axes of one example stand in line.
        case elementwise
        /// In differentiable operations on whole batches.
        case formula(@Sendable (_ batch: Batch, _ attributes: Attributes?) -> Value)
    }
}

/// The operands of an operation on examples of a batch.
struct Batch {
    /// The number of examples.
    let count: Int
    /// For each operand all examples, `[count, …]`, or what is the same for all of them.
    let operands: [Value]
    let isBatched: [Bool]

    /// The rank of one example of operand k.
    func rank(_ k: Int) -> Int { isBatched[k] ? operands[k].rank - 1 : operands[k].rank }

    /// The shape of one example of operand k.
    func shape(_ k: Int) -> [Int] { isBatched[k] ? Array(operands[k].shape.dropFirst()) : operands[k].shape }

    /// Operand k as a batch, also if it is the same for all examples.
    subscript(k: Int) -> Value {
        isBatched[k] ? operands[k] : operands[k].unsqueezed([0]).expanded(to: [count] + operands[k].shape)
    }

    /// Operand k with as many axes after the batch's as one example of the highest rank has, so that examples are
    /// broadcast against each other. What is the same for all examples needs no axis for them.
    func aligned(_ k: Int, toRank rank: Int) -> Value {
        if !isBatched[k] { return operands[k] }
        let missing = rank - self.rank(k)
        return missing == 0 ? operands[k] : operands[k].unsqueezed(Array(1...missing))
    }

    /// All operands as batches.
    var all: [Value] { operands.indices.map { self[$0] } }

    var aligned: [Value] {
        let rank = operands.indices.map(rank).max()!
        return operands.indices.map { aligned($0, toRank: rank) }
    }
}

extension TapeReference {
    /// Applies an operation to all examples.
    func batched(_ id: Primitive.ID, _ operands: [Value], _ attributes: Attributes?) -> Value {
        let isBatched = operands.map { $0.tape == self }
        let values = operands.map { $0.tape == self ? $0.inner : $0 }
        let batch = Batch(
            count: values[isBatched.firstIndex(of: true)!].shape[0], operands: values, isBatched: isBatched)
        switch Primitive[id].pointee.batching {
        case .formula(let formula): return example(of: formula(batch, attributes))
        case .elementwise:
            let aligned = batch.aligned
            return example(of: .applied(id, aligned, attributes))
        }
    }

    /// What one example looks like of a batch `[examples, …]`.
    func example(of batch: Value) -> Value {
        let shape = Array(batch.shape.dropFirst())
        return Value(
            Value.zerosWithoutMemory(shape, batch.elementType).array, tape: self, node: 0,
            outer: Value.Outer(batch))
    }
}

extension Value {
    /// A primitive applied in the form that takes so many operands.
    fileprivate static func applied(_ id: Primitive.ID, _ operands: [Value], _ attributes: Attributes?) -> Value {
        switch operands.count {
        case 1: unary(id, operands[0], attributes)
        case 2: binary(id, operands[0], operands[1], attributes)
        default: nary(id, operands, attributes)
        }
    }

    /// Whether this is one example of a batch, also when the function that was mapped has returned.
    var isExample: Bool { outer?.value.rank == rank + 1 }

    /// Whether a derivative depends on the value: whether it is on a tape, or has a tangent. An example of a batch
    /// alone is a constant, and so is a node of a graph.
    package var isTracked: Bool {
        var value = resolved
        while let tape = value.tape {
            if tape.memory.pointee.kind.isDerivative { return true }
            value = value.inner.resolved
        }
        return false
    }

    /// The array behind the value. That of one example, which only the batch has, is the first example's where a batch
    /// allows it, and traps elsewhere.
    package func readable(in operation: @autoclosure () -> String) -> NDArray {
        var value = self
        while let tape = value.tape {
            if value.isExample {
                if !tape.isRecording { value.trapOutsideOfMap() }
                if tape.memory.pointee.reading == .traps {
                    trap(operation(), "inside of vmap the elements of one example cannot be read (shape \(shape))")
                }
                tape.memory.pointee.reading = .hasHappened
                return value.inner.withoutTapes.selected(axis: 0, at: 0).readable(in: operation())
            }
            if tape.isRecording, tape.memory.pointee.kind == .graph {
                trap(
                    operation(),
                    "elements that depend on the input of an exported function cannot be read (shape \(shape))")
            }
            value = value.inner
        }
        return array
    }

    /// Ends the program because an example has left the function that was mapped in another way than its result.
    func trapOutsideOfMap() -> Never {
        trap("vmap", "a value of one example, of shape \(shape), is used outside of the function that made it")
    }

    /// The elements, inside of `vmap` those of all examples.
    package var arrayOfAllExamples: NDArray {
        var value = self
        while value.tape != nil { value = value.inner }
        return value.array
    }
}
