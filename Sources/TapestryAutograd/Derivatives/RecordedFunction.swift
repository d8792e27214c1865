import TapestryArrays

/// A function that was recorded once, and of which pullbacks are taken as often as is wanted.
struct RecordedFunction<Input: Module, Output: Module> {
    /// Its results, untracked.
    let value: Output
    /// Its results as they were recorded.
    let results: ModuleTree
    private let tape: Tape
    private let argument: TrackedArgument<Input>

    init<Failure: Error>(
        at input: Input, mode: Mode, of function: (Input) throws(Failure) -> Output
    ) throws(Failure) {
        let tape = Tape(isScoped: true)
        let argument = TrackedArgument(input, on: tape)
        results = ModuleTree(of: try tape.run(mode: mode) { () throws(Failure) in try function(argument.tracked) })
        var leaving = results
        for index in leaving.leaves.indices {
            leaving.leaves[index].value = leaving.leaves[index].value.leaving(tape)
        }
        value = leaving.module()
        (self.tape, self.argument) = (tape, argument)
    }

    /// Jᵀ v for a whole cotangent v.
    func pullback(_ cotangent: Output, in operation: String = "vjp") -> Input {
        let cotangents = ModuleTree(of: cotangent).leaves
        if cotangents.count != results.leaves.count {
            trap(operation, "the cotangent has \(cotangents.count) tensors, and the result has \(results.leaves.count)")
        }
        for (leaf, cotangent) in zip(results.leaves, cotangents) where leaf.value.shape != cotangent.value.shape {
            trap(operation, "a cotangent of shape \(cotangent.value.shape) for \(leaf.described(as: "result"))")
        }
        return pullback(zip(results.leaves, cotangents).filter { $0.0.isParameter }.map { ($0.value, $1.value) })
    }

    /// The same for cotangents of some results.
    func pullback(_ seeds: [(result: Value, cotangent: Value)]) -> Input {
        var cotangents = tape.pullback(seeds, to: argument.wanted, keepingRecords: true)[...]
        return argument.gradient(&cotangents)
    }
}
