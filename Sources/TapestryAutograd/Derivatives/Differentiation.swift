import TapestryArrays

/// One argument of a function that is being differentiated: its structure, and where its tensors are on the tape.
struct TrackedArgument<Input: Module> {
    let tracked: Input
    private let tree: ModuleTree
    /// For each leaf of the input its node, `nil` for those that are not differentiated.
    private let nodes: [Int?]

    /// Tracks the parameters of `input` on a tape, but for the frozen ones.
    init(
        _ input: Input, on tape: Tape, freezing frozen: [ParameterPattern] = [], in operation: String = "gradient"
    ) {
        var tree = ModuleTree(of: input)
        tree.leaves.checkMatches(of: frozen, "frozen pattern", in: operation)
        nodes = tree.leaves.indices.map { index in
            let leaf = tree.leaves[index]
            guard leaf.isParameter, !frozen.matches(leaf.path) else { return nil }
            let input = tape.memory.pointee.input(leaf.value)
            if tape.recording == .full { tape.memory.pointee.nameInput(input, path: leaf.path) }
            tree.leaves[index].value = input
            return input.node
        }
        self.tree = tree
        tracked = tree.module()
    }

    /// The nodes whose cotangents make the gradient.
    var wanted: [Int] { nodes.compactMap { $0 } }

    /// The gradient, a module of the input's type, from the next cotangents of `wanted`: zero where nothing depends on
    /// an input, and for frozen parameters.
    func gradient(_ cotangents: inout ArraySlice<Value?>) -> Input {
        var result = tree
        for index in tree.leaves.indices where tree.leaves[index].isParameter {
            let cotangent = nodes[index] == nil ? nil : cotangents.removeFirst()
            result.leaves[index].value = tree.leaves[index].value.gradient(cotangent)
        }
        return result.module()
    }
}

extension Tape {
    /// Runs a function of values that are tracked on this tape, one level inside, and closes the tape.
    func run<Output, Failure: Error>(
        mode: Mode, _ body: () throws(Failure) -> Output
    ) throws(Failure) -> Output {
        defer { close() }
        let result = Mode.$scoped.withValue(mode) {
            Tape.enclosed(by: Tape.enclosing + [reference]) {
                Result { () throws(Failure) in try body() }
            }
        }
        return try result.get()
    }

    /// The cotangents of the wanted nodes for those of results.
    func pullback(
        _ seeds: [(result: Value, cotangent: Value)], to wanted: [Int], keepingRecords: Bool = false
    ) -> [Value?] {
        let onTape = seeds.map { (result: $0.result.seen(from: self), cotangent: $0.cotangent) }
            .filter { $0.result.tape == reference }
            .map { ($0.result.node, $0.cotangent) }
        let cotangents = Walk.cotangents(on: self, seeds: onTape, wanted: wanted, keepingRecords: keepingRecords)
        if !keepingRecords { memory.pointee.dropAll() }
        return cotangents
    }

    /// The cotangents of the wanted nodes for a result of one number.
    func pullback(_ loss: Value, to wanted: [Int], keepingRecords: Bool = false) -> [Value?] {
        let one = Value(NDArray(repeating: 1, layout: loss.layout, loss.elementType))
        return pullback([(loss, one)], to: wanted, keepingRecords: keepingRecords)
    }
}

extension Value {
    /// The gradient at this value from what the walk left of it: owned and laid out like the value, whatever view the
    /// last rule returned, and zero if nothing reached it.
    func gradient(_ cotangent: Value?) -> Value {
        guard let cotangent else { return Value(NDArray(repeating: 0, layout: layout, elementType)) }
        return cotangent.tape != nil || cotangent.layout.isContiguous ? cotangent : Value(cotangent.array.contiguous())
    }

    /// This value as code around `tape` has it: a result may come out of a derivative further in, which has finished.
    func seen(from tape: Tape) -> Value {
        var value = self
        while let innermost = value.tape, innermost != tape.reference, !innermost.isRecording {
            value = innermost.isAlive && !innermost.isScoped ? value.resolved : value.inner
        }
        return value
    }

    /// What is left of a tape's result when the tape has closed: its value on the enclosing levels.
    func leaving(_ tape: Tape) -> Value {
        let value = seen(from: tape)
        return value.tape == tape.reference ? value.inner : value
    }
}

func checkScalarLoss(_ operation: String, _ loss: Value) {
    if loss.count != 1 {
        trap(
            operation,
            "the function must return one number, and returned a tensor of shape \(loss.shape); reduce it with sum() or mean()"
        )
    }
}
