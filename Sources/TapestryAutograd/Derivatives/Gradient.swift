import TapestryArrays

// The derivative operators. Each opens a tape of its own one level inside the derivatives that enclose it, so they
// nest to any order. What leaves the closure in another way than its result becomes a constant.

/// The value of a scalar function and its gradient with respect to every parameter of a module (or a tensor).
///
/// ```swift
/// let (loss, gradient) = valueAndGradient(at: model) { crossEntropy($0(inputs), targets) }
/// optimizer.update(&model, along: gradient)
/// ```
///
/// - Parameters:
///   - input: where the gradient is taken; the gradient is a value of its type.
///   - frozen: parameters by path that are treated as constants; their gradient is zero.
///   - mode: whether layers train (the default) or infer inside the function.
///   - function: returns a tensor of one element, else it traps. It runs once.
public func valueAndGradient<Input: Module, Scalar: DifferentiableScalar, Failure: Error>(
    at input: Input, freezing frozen: [ParameterPattern] = [], mode: Mode = .training,
    of function: (Input) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> (value: Tensor<Scalar>, gradient: Input) {
    try valueAndGradient(in: "valueAndGradient", at: input, freezing: frozen, mode: mode, of: function)
}

/// The value of a scalar function of one tensor and its gradient; see `valueAndGradient(at:freezing:mode:of:)`. (A form
/// of its own, because the type checker knows the closure's types from it.)
public func valueAndGradient<Scalar: DifferentiableScalar, Failure: Error>(
    at input: Tensor<Scalar>, mode: Mode = .training,
    of function: (Tensor<Scalar>) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> (value: Tensor<Scalar>, gradient: Tensor<Scalar>) {
    try valueAndGradient(in: "valueAndGradient", at: input, mode: mode, of: function)
}

/// The gradient of a scalar function of one tensor; see `valueAndGradient(at:mode:of:)`.
public func gradient<Scalar: DifferentiableScalar, Failure: Error>(
    at input: Tensor<Scalar>, mode: Mode = .training,
    of function: (Tensor<Scalar>) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> Tensor<Scalar> {
    try valueAndGradient(in: "gradient", at: input, mode: mode, of: function).gradient
}

/// The same for a function that returns something beside the loss, which is handed on as a constant.
@_disfavoredOverload
public func valueAndGradient<Input: Module, Scalar: DifferentiableScalar, Auxiliary, Failure: Error>(
    at input: Input, freezing frozen: [ParameterPattern] = [], mode: Mode = .training,
    of function: (Input) throws(Failure) -> (loss: Tensor<Scalar>, auxiliary: Auxiliary)
) throws(Failure) -> (value: Tensor<Scalar>, gradient: Input, auxiliary: Auxiliary) {
    var auxiliary: Auxiliary?
    let (value, gradient) = try valueAndGradient(in: "valueAndGradient", at: input, freezing: frozen, mode: mode) {
        (input) throws(Failure) in
        let output = try function(input)
        auxiliary = output.auxiliary
        return output.loss
    }
    return (value, gradient, auxiliary!)
}

/// The gradient of a scalar function; see `valueAndGradient(at:freezing:mode:of:)`.
public func gradient<Input: Module, Scalar: DifferentiableScalar, Failure: Error>(
    at input: Input, freezing frozen: [ParameterPattern] = [], mode: Mode = .training,
    of function: (Input) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> Input {
    try valueAndGradient(in: "gradient", at: input, freezing: frozen, mode: mode, of: function).gradient
}

/// The value of a scalar function of two modules or tensors, and its gradients with respect to both. A `Tied` part is
/// tied within one argument, not between the two.
public func valueAndGradient<First: Module, Second: Module, Scalar: DifferentiableScalar, Failure: Error>(
    at first: First, _ second: Second, mode: Mode = .training,
    of function: (First, Second) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> (value: Tensor<Scalar>, gradient: (First, Second)) {
    try valueAndGradient(in: "valueAndGradient", at: first, second, mode: mode, of: function)
}

/// The gradients of a scalar function of two modules or tensors.
public func gradient<First: Module, Second: Module, Scalar: DifferentiableScalar, Failure: Error>(
    at first: First, _ second: Second, mode: Mode = .training,
    of function: (First, Second) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> (First, Second) {
    try valueAndGradient(in: "gradient", at: first, second, mode: mode, of: function).gradient
}

// The same for the operator that is named in messages.

func valueAndGradient<Input: Module, Scalar: DifferentiableScalar, Failure: Error>(
    in operation: String, at input: Input, freezing frozen: [ParameterPattern] = [], mode: Mode,
    of function: (Input) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> (value: Tensor<Scalar>, gradient: Input) {
    let tape = Tape(isScoped: true)
    let argument = TrackedArgument(input, on: tape, freezing: frozen, in: operation)
    let loss = try tape.run(mode: mode) { () throws(Failure) in try function(argument.tracked) }
    checkScalarLoss(operation, loss.value)
    var cotangents = tape.pullback(loss.value, to: argument.wanted)[...]
    return (tape.leaving(loss), argument.gradient(&cotangents))
}

private func valueAndGradient<First: Module, Second: Module, Scalar: DifferentiableScalar, Failure: Error>(
    in operation: String, at first: First, _ second: Second, mode: Mode,
    of function: (First, Second) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> (value: Tensor<Scalar>, gradient: (First, Second)) {
    let tape = Tape(isScoped: true)
    let (first, second) = (TrackedArgument(first, on: tape), TrackedArgument(second, on: tape))
    let loss = try tape.run(mode: mode) { () throws(Failure) in try function(first.tracked, second.tracked) }
    checkScalarLoss(operation, loss.value)
    var cotangents = tape.pullback(loss.value, to: first.wanted + second.wanted)[...]
    return (tape.leaving(loss), (first.gradient(&cotangents), second.gradient(&cotangents)))
}

/// The value of a function and its pullback: the vector–Jacobian product v ↦ Jᵀ v, which may be called any number of
/// times.
///
/// - Parameter function: may return any module; its Boolean and integer tensors take no part.
public func vjp<Input: Module, Output: Module, Failure: Error>(
    at input: Input, mode: Mode = .training, of function: (Input) throws(Failure) -> Output
) throws(Failure) -> (value: Output, pullback: (Output) -> Input) {
    try vjp(in: "vjp", at: input, mode: mode, of: function)
}

/// The same for the operator that is named in messages.
func vjp<Input: Module, Output: Module, Failure: Error>(
    in operation: String, at input: Input, mode: Mode, of function: (Input) throws(Failure) -> Output
) throws(Failure) -> (value: Output, pullback: (Output) -> Input) {
    let tape = Tape(isScoped: true)
    let argument = TrackedArgument(input, on: tape)
    let output = try tape.run(mode: mode) { () throws(Failure) in try function(argument.tracked) }
    let tree = ModuleTree(of: output)
    var leaving = tree
    for index in leaving.leaves.indices {
        leaving.leaves[index].value = leaving.leaves[index].value.leaving(tape)
    }
    return (
        leaving.module(),
        { cotangent in
            let cotangents = ModuleTree(of: cotangent).leaves
            if cotangents.count != tree.leaves.count {
                trap(
                    operation,
                    "the cotangent has \(cotangents.count) tensors, and the result has \(tree.leaves.count)")
            }
            for (leaf, cotangent) in zip(tree.leaves, cotangents) where leaf.value.shape != cotangent.value.shape {
                trap(
                    operation,
                    "a cotangent of shape \(cotangent.value.shape) for a result of shape \(leaf.value.shape) \(leaf.path)"
                )
            }
            let seeds = zip(tree.leaves, cotangents).filter { $0.0.isParameter }.map { ($0.value, $1.value) }
            var result = tape.pullback(seeds, to: argument.wanted, keepingRecords: true)[...]
            return argument.gradient(&result)
        }
    )
}

// MARK: - Explicit tapes

extension Tape {
    /// Tracks every parameter of a module (or a tensor) on this tape and returns the tracked module.
    public func watch<Input: Module>(_ input: Input) -> Input {
        if !isRecording { trap("watch", Tape.hasFinished) }
        return TrackedArgument(input, on: self).tracked
    }

    /// The gradient of a recorded scalar with respect to a tracked module or tensor: an input, or any value on the way.
    ///
    /// A lean tape is used up by this: its records go, and values on it can't be used again. A full one stays.
    public func gradient<Input: Module, Scalar: DifferentiableScalar>(
        of result: Tensor<Scalar>, at input: Input
    ) -> Input {
        if !isRecording { trap("gradient", Tape.hasFinished) }
        checkScalarLoss("gradient", result.value)
        let value = result.value.resolved
        if value.tape != reference {
            trap("gradient", "the result was not recorded on this tape")
        }
        var tree = ModuleTree(of: input)
        for index in tree.leaves.indices { tree.leaves[index].value = tree.leaves[index].value.resolved }
        let tracked = tree.leaves.indices.filter { tree.leaves[$0].value.tape == reference }
        if tracked.isEmpty { trap("gradient", "no tensor of the input is tracked on this tape") }
        let keeps = recording == .full
        var cotangents = pullback(value, to: tracked.map { tree.leaves[$0].value.node }, keepingRecords: keeps)[...]
        for index in tree.leaves.indices where tree.leaves[index].isParameter {
            let cotangent = tracked.contains(index) ? cotangents.removeFirst() : nil
            tree.leaves[index].value = tree.leaves[index].value.gradient(cotangent)
        }
        if !keeps { close() }
        return tree.module()
    }
}

extension Tape {
    private static let hasFinished = """
        the tape has finished: a lean one gives one gradient; record with Tape(recording: .full) for more
        """
}

// MARK: - Parts

extension Tape {
    fileprivate func leaving<Scalar>(_ loss: Tensor<Scalar>) -> Tensor<Scalar> { Tensor(loss.value.leaving(self)) }
}
