import TapestryArrays

/// Collects the nodes of one graph, for the level on which its values are. A value of such a level is its own array,
/// and the number of a node; derivatives that are taken further in record their rules here as well.
final class GraphRecorder {
    private let depth: Int
    /// Whether the steps of a recurrence become one node.
    let rollsLoops: Bool
    private var nodes: [OperationGraph.Node] = []

    init(depth: Int, rollsLoops: Bool) {
        self.depth = depth
        self.rollsLoops = rollsLoops
    }

    /// A value of the level that is a new node.
    func append(
        _ kind: OperationGraph.Kind, _ operands: [OperationGraph.Operand], _ array: NDArray, on level: TapeReference
    ) -> Value {
        nodes.append(
            OperationGraph.Node(
                kind: kind, operands: operands, shape: array.shape, elementType: array.elementType))
        return Value(array, tape: level, node: nodes.count - 1, outer: Value.Outer(Value(array)))
    }

    /// Applies an operation, and appends it.
    func record(
        _ id: Primitive.ID, _ operands: [Value], _ attributes: Attributes?, on level: TapeReference
    ) -> Value {
        // A user's function is what it consists of.
        if id == .custom { return CustomAttributes.of(attributes).function(operands) }
        let constants = operands.map { Value($0.array) }
        let result: Value =
            switch operands.count {
            case 1 where Primitive[id].pointee.takesOneOperand: .unary(id, constants[0], attributes)
            case 2 where Primitive[id].pointee.takesTwoOperands: .binary(id, constants[0], constants[1], attributes)
            default: .nary(id, constants, attributes)
            }
        return append(
            .primitive(id, OperationGraph.Settings(attributes)), operands.map(operand), result.array, on: level)
    }

    /// Where a value comes from: the innermost graph that it is a node of.
    func operand(_ value: Value) -> OperationGraph.Operand {
        var value = value.resolved
        while let tape = value.tape {
            if let recorder = tape.memory.pointee.graph {
                return .node(OperationGraph.Reference(depth: recorder.depth, index: value.node))
            }
            value = value.inner.resolved
        }
        return .constant(value.array)
    }

    /// What was collected, with the tensors of the function's result.
    func graph(returning results: [(path: String, value: Value)]) -> OperationGraph {
        OperationGraph(
            depth: depth, nodes: nodes,
            outputs: results.map { ($0.path, operand($0.value), $0.value.shape, $0.value.elementType) })
    }

    /// The level inside this one.
    var next: GraphRecorder { GraphRecorder(depth: depth + 1, rollsLoops: rollsLoops) }
}

extension Tape {
    /// A level whose operations a recorder collects.
    static func level(of recorder: GraphRecorder) -> Tape {
        let level = Tape(isScoped: true, kind: .graph)
        level.memory.pointee.graph = recorder
        return level
    }
}

extension Module {
    /// The same module with other tensors, each made of the one there was and its path.
    func mappingLeaves(_ transform: (Value, _ path: String) -> Value) -> Self {
        var tree = ModuleTree(of: self)
        for index in tree.leaves.indices {
            tree.leaves[index].value = transform(tree.leaves[index].value, tree.leaves[index].path)
        }
        return tree.module()
    }
}

extension OperationGraph {
    /// Runs a function once, in inference, and keeps what it does.
    ///
    /// Traps if the function reads the elements of what depends on its inputs, since what it does then would hold for
    /// these inputs alone.
    ///
    /// - Parameters:
    ///   - rollsLoops: whether the steps of a recurrence become one node.
    ///   - model: whose parameters are nodes with their paths.
    ///   - input: whose tensors are the inputs, whole numbers and truth values included.
    package init<Model: Module, Input: Module, Output: Module>(
        of model: Model, at input: Input, rollingLoops rollsLoops: Bool, _ function: (Model, Input) -> Output
    ) {
        let recorder = GraphRecorder(depth: 0, rollsLoops: rollsLoops)
        let level = Tape.level(of: recorder)
        let tracked = input.mappingLeaves { value, path in
            recorder.append(.input(path: path), [], value.readable(in: "export").contiguous(), on: level.reference)
        }
        let parameters = model.mappingLeaves { value, path in
            let array = value.readable(in: "export").contiguous()
            return recorder.append(.parameter(path: path, array), [], array, on: level.reference)
        }
        self = level.run(mode: .inference) {
            let leaves = ModuleTree(of: function(parameters, tracked)).leaves
            return recorder.graph(returning: leaves.map { ($0.path, $0.value.seen(from: level)) })
        }
    }

    /// Whether operations are being collected around the running code.
    package static var isRecording: Bool { Tape.enclosing.contains { $0.isAlive && $0.memory.pointee.kind == .graph } }

    /// The steps of a recurrence as one node, if operations are being collected that roll loops, and no derivative is
    /// being taken inside of that.
    ///
    /// - Parameters:
    ///   - sequences: tensors that all have the axis of time.
    ///   - state: before the first step.
    ///   - step: from one step's part of the sequences, and the state before it.
    ///   - unrolled: all steps, for the values of the results.
    package static func scan<Sequences: Module, State: Module, Step: Module, Outputs: Module>(
        over sequences: Sequences, axis: Int, isReversed: Bool, from state: State,
        step: (Step, State) -> (output: some Module, state: State), part: (Sequences) -> Step,
        unrolled: () -> (outputs: Outputs, state: State)
    ) -> (outputs: Outputs, state: State)? {
        guard let level = Tape.enclosing.last, let recorder = level.memory.pointee.graph, recorder.rollsLoops else {
            return nil
        }
        level.pause()
        let values = unrolled()
        let firsts = (part(sequences), state)
        level.resume()
        let body = recorder.next
        let inside = Tape.level(of: body)
        let first = firsts.0.mappingLeaves { value, path in
            body.append(.input(path: path), [], value.withoutTapes.array, on: inside.reference)
        }
        let before = firsts.1.mappingLeaves { value, path in
            body.append(.input(path: path), [], value.withoutTapes.array, on: inside.reference)
        }
        let graph = inside.run(mode: .current) {
            let (output, next) = step(first, before)
            let leaves = ModuleTree(of: output).leaves + ModuleTree(of: next).leaves
            return body.graph(returning: leaves.map { ($0.path, $0.value.seen(from: inside)) })
        }
        let states = ModuleTree(of: state).leaves
        let operands = (ModuleTree(of: sequences).leaves + states).map { recorder.operand($0.value) }
        let scan = Scan(body: graph, axis: axis, isReversed: isReversed, stateCount: states.count)
        let node = recorder.append(.scan(scan), operands, NDArray(scalar: 0, .float32), on: level)
        let source = recorder.operand(node)
        var number = 0
        func result(_ value: Value, _: String) -> Value {
            defer { number += 1 }
            return recorder.append(.result(number), [source], value.withoutTapes.array, on: level)
        }
        return (values.outputs.mappingLeaves(result), values.state.mappingLeaves(result))
    }
}
