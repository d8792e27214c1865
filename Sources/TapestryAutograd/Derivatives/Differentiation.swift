import TapestryArrays

/// One derivative: the tape, the input that is tracked on it, and the way back.
struct Differentiation<Input: Module> {
    let tape: Tape
    private let inputTree: ModuleTree
    /// For each leaf of the input its node, `nil` for those that are not differentiated.
    private let nodes: [Int?]

    /// Tracks the parameters of `input`, but for the frozen ones, runs `body` on it, and closes the tape.
    static func run<Output, Failure: Error>(
        at input: Input, freezing frozen: [ParameterPattern], mode: Mode,
        _ body: (Input) throws(Failure) -> Output
    ) throws(Failure) -> (output: Output, differentiation: Differentiation) {
        let tape = Tape(isScoped: true)
        let (tracked, differentiation) = track(input, on: tape, freezing: frozen)
        defer { tape.close() }
        let result = Mode.$scoped.withValue(mode) {
            Tape.$depth.withValue(Tape.depth + 1) {
                Result { () throws(Failure) in try body(tracked) }
            }
        }
        return (try result.get(), differentiation)
    }

    static func track(
        _ input: Input, on tape: Tape, freezing frozen: [ParameterPattern] = []
    ) -> (tracked: Input, differentiation: Differentiation) {
        let tree = ModuleTree(of: input)
        var tracked = tree
        var nodes: [Int?] = []
        for index in tracked.leaves.indices {
            let leaf = tracked.leaves[index]
            guard leaf.isParameter, !frozen.matches(leaf.path) else {
                nodes.append(nil)
                continue
            }
            tracked.leaves[index].value = tape.input(leaf.value)
            nodes.append(tracked.leaves[index].value.node)
        }
        return (tracked.module(), Differentiation(tape: tape, inputTree: tree, nodes: nodes))
    }

    /// The cotangents of the input for the given cotangents of results; zero where nothing depends on an input, and
    /// for frozen parameters.
    func pullback(_ seeds: [(result: Value, cotangent: Value)], keepingRecords: Bool) -> Input {
        let onTape = seeds.map { (result: $0.result.seen(from: tape), cotangent: $0.cotangent) }
            .filter { $0.result.tape === tape }
            .map { ($0.result.node, $0.cotangent) }
        let cotangents = Walk.cotangents(
            on: tape, seeds: onTape, wanted: nodes.compactMap { $0 }, keepingRecords: keepingRecords)
        var remaining = cotangents.makeIterator()
        var tree = inputTree
        for index in tree.leaves.indices where tree.leaves[index].isParameter {
            let leaf = tree.leaves[index].value
            let cotangent = nodes[index] == nil ? nil : remaining.next()!
            // Owned and laid out like the parameter, whatever view the last rule left.
            tree.leaves[index].value =
                cotangent.map(\.contiguous) ?? Value(NDArray(repeating: 0, layout: leaf.layout, leaf.elementType))
        }
        if !keepingRecords { tape.dropAll() }
        return tree.module()
    }
}

extension Value {
    /// The same value without gaps or broadcast axes; a constant is copied only if need be.
    fileprivate var contiguous: Value {
        tape != nil || layout.isContiguous ? self : Value(array.contiguous())
    }

    /// This value as code around `tape` has it: a result may come out of a derivative further in, which has finished.
    fileprivate func seen(from tape: Tape) -> Value {
        var value = self
        while let innermost = value.tape, innermost !== tape, !innermost.isRecording {
            value = innermost.isScoped ? value.inner : value.resolved
        }
        return value
    }

    /// What is left of a tape's result when the tape has closed: its value on the enclosing levels.
    func leaving(_ tape: Tape) -> Value {
        let value = seen(from: tape)
        return value.tape === tape ? value.inner : value
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
