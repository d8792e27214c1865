import TapestryArrays

/// Applies a function of one example to every example of a batch, all at once.
///
/// The function sees tensors without the batch's axis, and every operation in it is done to the whole batch by its
/// batching rule: `vmap(over: inputs) { gradient(at: model) { … } }` gives a gradient for each example at the cost of
/// one for the batch. What the function takes from outside is the same for all examples. It nests with the derivative
/// operators in any order, and within itself.
///
/// ```swift
/// let products = vmap(over: matrices) { matmul($0, other).trace() }          // [batch]
/// ```
///
/// As an argument of another call, such as `print`, a closure of several statements that takes or returns another
/// module than a tensor needs the type of its result, `{ x -> [Tensor<Float>] in … }`; so it does in the other
/// operators.
///
/// Random numbers that are drawn inside are the same for all examples. Traps if the elements of one example are read
/// (`scalar`, `scalars`, printing), or if one leaves the function in another way than its result.
///
/// - Parameters:
///   - batch: tensors that all have the batch's axis, integer and Boolean ones too.
///   - axis: the batch's axis in all of them; a negative one counts from the end.
///   - outputAxis: where the batch's axis is in the results.
///   - function: from one example to any module.
/// - Returns: the results of all examples.
@_disfavoredOverload
public func vmap<Input: Module, Output: Module, Failure: Error>(
    over batch: Input, axis: Int = 0, outputAxis: Int = 0, _ function: (Input) throws(Failure) -> Output
) throws(Failure) -> Output {
    try Tape.mapped(over: batch, axis: axis, outputAxis: outputAxis, function)
}

/// The same, or nothing if the function reads elements of an example, as one does that branches on them. It then sees
/// those of the first example, so it must be one that can be thrown away.
package func vmapUnlessRead<Input: Module, Output: Module>(
    over batch: Input, _ function: (Input) -> Output
) -> Output? {
    let level = Tape(isScoped: true, kind: .batch)
    level.memory.pointee.reading = .isAllowed
    let output = level.mapped(over: batch, axis: 0, outputAxis: 0, function)
    return level.memory.pointee.reading == .hasHappened ? nil : output
}

/// The same for a function that returns a tuple; see `vmap(over:_:_:axis:outputAxis:_:)`.
@_disfavoredOverload
public func vmap<Input: Module, each Output: Module, Failure: Error>(
    over batch: Input, axis: Int = 0, outputAxis: Int = 0,
    _ function: (Input) throws(Failure) -> (repeat each Output)
) throws(Failure) -> (repeat each Output) {
    try vmap(over: batch, axis: axis, outputAxis: outputAxis) { (input) throws(Failure) in
        try ModuleTuple(input).passed(toFunctionOfTuple: function, in: "vmap")
    }.elements
}

/// The same for a function of several modules or tensors.
///
/// ```swift
/// let (outputs, states) = vmap(over: xs, hs) { x, h in (tanh(x * h), x + h) }
/// ```
///
/// - Parameters:
///   - first: the first argument: tensors that all have the batch's axis.
///   - second: the second one.
///   - others: any further ones.
///   - axis: the batch's axis in all of them; a negative one counts from the end.
///   - outputAxis: where the batch's axis is in the results.
///   - function: may return any module, or a tuple of them without labels.
@_disfavoredOverload
public func vmap<First: Module, Second: Module, each Other: Module, each Output: Module, Failure: Error>(
    over first: First, _ second: Second, _ others: repeat each Other, axis: Int = 0, outputAxis: Int = 0,
    _ function: (First, Second, repeat each Other) throws(Failure) -> (repeat each Output)
) throws(Failure) -> (repeat each Output) {
    let batch = ModuleTuple(first, second, repeat each others)
    return try vmap(over: batch, axis: axis, outputAxis: outputAxis) { (input) throws(Failure) in
        try input.passed(toFunctionOfTuple: function, in: "vmap")
    }.elements
}

/// The same for a closure of several statements that returns one module.
@_disfavoredOverload
public func vmap<First: Module, Second: Module, each Other: Module, Output: Module, Failure: Error>(
    over first: First, _ second: Second, _ others: repeat each Other, axis: Int = 0, outputAxis: Int = 0,
    _ function: (First, Second, repeat each Other) throws(Failure) -> Output
) throws(Failure) -> Output {
    let batch = ModuleTuple(first, second, repeat each others)
    return try vmap(over: batch, axis: axis, outputAxis: outputAxis) { (input) throws(Failure) in
        try input.passed(to: function)
    }
}

extension Tape {
    /// What all forms of `vmap` do.
    static func mapped<Input: Module, Output: Module, Failure: Error>(
        over batch: Input, axis: Int, outputAxis: Int, _ function: (Input) throws(Failure) -> Output
    ) throws(Failure) -> Output {
        let level = Tape(isScoped: true, kind: .batch)
        return try level.mapped(over: batch, axis: axis, outputAxis: outputAxis, function)
    }

    fileprivate func mapped<Input: Module, Output: Module, Failure: Error>(
        over batch: Input, axis: Int, outputAxis: Int, _ function: (Input) throws(Failure) -> Output
    ) throws(Failure) -> Output {
        let (argument, count): (Input, Int) = exampleArgument(batch, axis, on: self)
        let output = try run(mode: .current) { () throws(Failure) in try function(argument) }
        var tree = ModuleTree(of: output)
        for index in tree.leaves.indices {
            let all = tree.leaves[index].value.batch(of: count, on: self)
            tree.leaves[index].value = all.movingAxis(0, to: all.layout.axis(outputAxis, in: "vmap"))
        }
        return tree.module()
    }
}

/// One example of the batch, and how many there are.
private func exampleArgument<Input: Module>(_ batch: Input, _ axis: Int, on level: Tape) -> (Input, Int) {
    var tree = ModuleTree(of: batch)
    let batches = tree.leaves
    var count: Int?
    for index in tree.leaves.indices {
        let (first, leaf) = (batches[0], batches[index])
        let value = leaf.value.resolved
        let all = value.movingAxis(value.layout.axis(axis, in: "vmap"), to: 0)
        if let count, all.shape[0] != count {
            // Several arguments have the numbers of their places as paths.
            let noun = batch is any SeveralArguments ? "argument" : "tensor"
            trap(
                "vmap",
                """
                tensors with different numbers of examples along axis \(axis): \(count) in \(noun) \(first.path) of shape \
                \(first.value.shape), \(all.shape[0]) in \(noun) \(leaf.path) of shape \(value.shape)
                """)
        }
        count = all.shape[0]
        tree.leaves[index].value = level.reference.example(of: all)
    }
    guard let count else { trap("vmap", "the batch has no tensor") }
    return (tree.module(), count)
}

extension Value {
    /// The same on values, whose batch axis is the first.
    static func mapped<Failure: Error>(
        over batches: [Value], _ count: Int, _ function: ([Value]) throws(Failure) -> [Value]
    ) throws(Failure) -> [Value] {
        let level = Tape(isScoped: true, kind: .batch)
        let examples = batches.map { level.reference.example(of: $0) }
        let results = try level.run(mode: .current) { () throws(Failure) in try function(examples) }
        return results.map { $0.batch(of: count, on: level) }
    }

    /// All examples of a result of a function of one example, `[count, …]`.
    fileprivate func batch(of count: Int, on level: Tape) -> Value {
        let result = seen(from: level)
        if result.tape == level.reference { return result.inner }
        return result.unsqueezed([0]).expanded(to: [count] + result.shape)
    }

    func movingAxis(_ axis: Int, to place: Int) -> Value {
        if axis == place { return self }
        var order = Array(0..<rank)
        order.insert(order.remove(at: axis), at: place)
        return permuted(order)
    }
}
