import TapestryArrays

/// A function whose intermediate values are not kept for the way back, but computed again when they are needed.
///
/// A recurrence of T steps that is cut into √T checkpointed segments keeps the states between segments and, on the way
/// back, what one segment needs: memory that grows with √T instead of T, for one more forward pass.
///
/// ```swift
/// for segment in segments { state = checkpointed(state) { run(cell, over: segment, from: $0) } }
/// ```
///
/// The function may read tracked values from outside, such as a model's parameters. It runs again in the mode and with
/// the random numbers that it had at first, if it draws from the current source. A value that leaves it in another way
/// than its result is a constant, as with any derivative. Outside of reverse mode it is an ordinary call, and on a full
/// tape, which keeps every operation to be looked at: what it prints is the function's own records. So it is where the
/// function reads values of a derivative further in than the input's; passed as a part of the input they cost no memory
/// either.
///
/// - Parameters:
///   - input: a tensor or a module that the function takes.
///   - function: may return any module. It runs twice, and traps if it returns other shapes the second time.
///
/// Reference: T. Chen, B. Xu, C. Zhang and C. Guestrin, "Training deep nets with sublinear memory cost", 2016.
@_disfavoredOverload
public func checkpointed<Input: Module, Output: Module>(
    _ input: Input, of function: @escaping (Input) -> Output
) -> Output {
    recomputed(input, of: function)
}

/// What all forms of `checkpointed` do.
func recomputed<Input: Module, Output: Module>(_ input: Input, of function: @escaping (Input) -> Output) -> Output {
    let operands = ModuleTree(of: input).leaves.map(\.value.resolved)
    let innermost = operands.reduce(nil) { TapeReference.innermost($0, $1.tape, .checkpoint) }
    guard let reference = innermost, reference.memory.pointee.kind == .reverse, !reference.keepsEverything else {
        return function(input)
    }
    reference.checkOwner("checkpointed")
    let surroundings = Surroundings()
    // Nothing is recorded at first, so what leaves the function in another way than its result is not on the tape.
    reference.pause()
    var tree = ModuleTree(of: function(input))
    reference.resume()
    let level = reference.memory.pointee.level
    let readsFurtherIn = tree.leaves.contains { ($0.value.resolved.tape?.memory.pointee.level ?? level) > level }
    if readsFurtherIn { return surroundings.restored { function(input) } }
    tree.leaves = reference.memory.pointee.checkpointed(tree.leaves) {
        surroundings.restored { ModuleTree(of: function(input)).leaves.map(\.value) }
    }
    return tree.module()
}

/// The same for a function that returns a tuple; see `checkpointed(_:_:_:of:)`.
@_disfavoredOverload
public func checkpointed<Input: Module, each Output: Module>(
    _ input: Input, of function: @escaping (Input) -> (repeat each Output)
) -> (repeat each Output) {
    recomputed(input) { ModuleTuple($0).passed(toFunctionOfTuple: function, in: "checkpointed") }.elements
}

/// The same for a function of several modules or tensors.
///
/// ```swift
/// let (output, state) = checkpointed(x, state) { x, state in (head(state), next(x, state)) }
/// ```
///
/// - Parameters:
///   - first: the first argument, a module or a tensor.
///   - second: the second one.
///   - others: any further ones.
///   - function: may return any module, or a tuple of them without labels. It runs twice, and traps if it returns other
///     shapes the second time.
@_disfavoredOverload
public func checkpointed<First: Module, Second: Module, each Other: Module, each Output: Module>(
    _ first: First, _ second: Second, _ others: repeat each Other,
    of function: @escaping (First, Second, repeat each Other) -> (repeat each Output)
) -> (repeat each Output) {
    recomputed(ModuleTuple(first, second, repeat each others)) {
        $0.passed(toFunctionOfTuple: function, in: "checkpointed")
    }.elements
}

/// The same for a closure of several statements that returns one module.
@_disfavoredOverload
public func checkpointed<First: Module, Second: Module, each Other: Module, Output: Module>(
    _ first: First, _ second: Second, _ others: repeat each Other,
    of function: @escaping (First, Second, repeat each Other) -> Output
) -> Output {
    recomputed(ModuleTuple(first, second, repeat each others)) { $0.passed(to: function) }
}

/// What a function finds around it when it runs first, so that it can run there again.
private struct Surroundings {
    private let mode = Mode.current
    private let enclosing = Tape.enclosing
    private let source = RandomSource.current.copy()
    private let scope = Naming.scope

    func restored<Result>(_ body: () -> Result) -> Result {
        withMode(mode) {
            Tape.enclosed(by: enclosing) {
                Naming.$scope.withValue(scope) { withRandomSource(source.copy(), body) }
            }
        }
    }
}

extension TapeMemory {
    /// Appends a checkpoint, in the place of a function's records, and its results.
    ///
    /// - Parameter results: the function's results, which are returned as results of the checkpoint, but for those that
    ///   were on the tape before.
    fileprivate mutating func checkpointed(
        _ results: [ModuleTree.Leaf], _ function: @escaping () -> [Value]
    ) -> [ModuleTree.Leaf] {
        var results = results
        let checkpoint = records.count
        for index in results.indices where results[index].isParameter {
            let value = results[index].value.resolved
            if value.tape == reference { continue }
            if records.count == checkpoint {
                let attributes = CheckpointAttributes(resultCount: results.count, function)
                records.append(Record(.checkpoint, operandCount, attributes, saved: nil))
            }
            let firstOperand = operandCount
            appendOperand(checkpoint)
            results[index].value = append(
                .checkpointed, firstOperand, value, saving: false, CheckpointedAttributes(index))
        }
        return results
    }
}
