import TapestryArrays

// The derivative operators. Each opens a tape of its own one level inside the derivatives that enclose it, so they
// nest to any order. What leaves the closure in another way than its result becomes a constant.
//
// Each takes one module, in the form that does the work, or several arguments, and those with results of any type give
// one module or a tuple. With parameter packs one form would do for all, but the type checker would take several times
// as long over closures, or give up. So one argument is not a pack, several begin with two that are not, and plain
// tensors have forms of their own (`OperatorsOnTensors.swift`), beside which the forms with packs are disfavoured: as
// long as one form alone is not, the type checker settles on it before it looks into the closure.

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
@_disfavoredOverload
public func valueAndGradient<Input: Module, Scalar: DifferentiableScalar, Failure: Error>(
    at input: Input, freezing frozen: [ParameterPattern] = [], mode: Mode = .training,
    of function: (Input) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> (value: Tensor<Scalar>, gradient: Input) {
    let (value, gradient, _) = try differentiated(
        in: "valueAndGradient", at: input, freezing: frozen, mode: mode, of: function
    ) { $0 }
    return (value, gradient)
}

/// The value of a scalar function of several modules or tensors, and its gradients with respect to all of them.
///
/// ```swift
/// let (value, (dw, db)) = valueAndGradient(at: w, b) { w, b in (w * x + b).sum() }
/// ```
///
/// - Parameters:
///   - first: where the derivative is taken: the first argument, a module or a tensor.
///   - second: the second one.
///   - others: any further ones.
///   - frozen: parameters by path that are treated as constants; their gradient is zero. The paths begin with the
///     argument's number, `1.bias`.
///   - mode: whether layers train (the default) or infer inside the function.
///   - function: returns a tensor of one element, else it traps. It runs once.
///
/// A `Tied` part is tied within one argument, not between two.
@_disfavoredOverload
public func valueAndGradient<
    First: Module, Second: Module, each Other: Module, Scalar: DifferentiableScalar, Failure: Error
>(
    at first: First, _ second: Second, _ others: repeat each Other, freezing frozen: [ParameterPattern] = [],
    mode: Mode = .training, of function: (First, Second, repeat each Other) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> (value: Tensor<Scalar>, gradient: (First, Second, repeat each Other)) {
    let input = ModuleTuple(first, second, repeat each others)
    let (value, gradient, _) = try differentiated(in: "valueAndGradient", at: input, freezing: frozen, mode: mode) {
        (input) throws(Failure) in
        try input.passed(to: function)
    } loss: {
        $0
    }
    return (value, gradient.elements)
}

/// The same for a function that returns something beside the loss, which is handed on as a constant.
@_disfavoredOverload
public func valueAndGradient<Input: Module, Scalar: DifferentiableScalar, Auxiliary, Failure: Error>(
    at input: Input, freezing frozen: [ParameterPattern] = [], mode: Mode = .training,
    of function: (Input) throws(Failure) -> (loss: Tensor<Scalar>, auxiliary: Auxiliary)
) throws(Failure) -> (value: Tensor<Scalar>, gradient: Input, auxiliary: Auxiliary) {
    let (value, gradient, output) = try differentiated(
        in: "valueAndGradient", at: input, freezing: frozen, mode: mode, of: function
    ) { $0.loss }
    return (value, gradient, output.auxiliary)
}

/// The same for a function of several modules or tensors.
@_disfavoredOverload
public func valueAndGradient<
    First: Module, Second: Module, each Other: Module, Scalar: DifferentiableScalar, Auxiliary, Failure: Error
>(
    at first: First, _ second: Second, _ others: repeat each Other, freezing frozen: [ParameterPattern] = [],
    mode: Mode = .training,
    of function: (First, Second, repeat each Other) throws(Failure) -> (loss: Tensor<Scalar>, auxiliary: Auxiliary)
) throws(Failure) -> (
    value: Tensor<Scalar>, gradient: (First, Second, repeat each Other), auxiliary: Auxiliary
) {
    let input = ModuleTuple(first, second, repeat each others)
    let (value, gradient, auxiliary) = try valueAndGradient(at: input, freezing: frozen, mode: mode) {
        (input) throws(Failure) in try input.passed(to: function)
    }
    return (value, gradient.elements, auxiliary)
}

/// The gradient of a scalar function; see `valueAndGradient(at:freezing:mode:of:)`.
@_disfavoredOverload
public func gradient<Input: Module, Scalar: DifferentiableScalar, Failure: Error>(
    at input: Input, freezing frozen: [ParameterPattern] = [], mode: Mode = .training,
    of function: (Input) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> Input {
    try differentiated(in: "gradient", at: input, freezing: frozen, mode: mode, of: function) { $0 }.gradient
}

/// The gradients of a scalar function of several modules or tensors; see `valueAndGradient(at:_:_:freezing:mode:of:)`.
@_disfavoredOverload
public func gradient<
    First: Module, Second: Module, each Other: Module, Scalar: DifferentiableScalar, Failure: Error
>(
    at first: First, _ second: Second, _ others: repeat each Other, freezing frozen: [ParameterPattern] = [],
    mode: Mode = .training, of function: (First, Second, repeat each Other) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> (First, Second, repeat each Other) {
    let input = ModuleTuple(first, second, repeat each others)
    let (_, gradient, _) = try differentiated(in: "gradient", at: input, freezing: frozen, mode: mode) {
        (input) throws(Failure) in
        try input.passed(to: function)
    } loss: {
        $0
    }
    return gradient.elements
}

/// The value of a function and its pullback: the vector–Jacobian product v ↦ Jᵀ v, which may be called any number of
/// times.
///
/// - Parameters:
///   - input: where the derivative is taken, a module or a tensor.
///   - mode: whether layers train (the default) or infer inside the function.
///   - function: may return any module; its Boolean and integer tensors take no part.
/// - Returns: the value, and the pullback from a cotangent of the value's type to one of the input's. It traps when a
///   tensor of the cotangent has not its result's shape.
@_disfavoredOverload
public func vjp<Input: Module, Output: Module, Failure: Error>(
    at input: Input, mode: Mode = .training, of function: (Input) throws(Failure) -> Output
) throws(Failure) -> (value: Output, pullback: (Output) -> Input) {
    try vjp(in: "vjp", at: input, mode: mode, of: function)
}

/// The same for the operator that is named in messages.
func vjp<Input: Module, Output: Module, Failure: Error>(
    in operation: String, at input: Input, mode: Mode, of function: (Input) throws(Failure) -> Output
) throws(Failure) -> (value: Output, pullback: (Output) -> Input) {
    let recorded = try RecordedFunction(at: input, mode: mode, of: function)
    return (recorded.value, { recorded.pullback($0, in: operation) })
}

/// The same for a function that returns a tuple; see `vjp(at:_:_:mode:of:)`.
@_disfavoredOverload
public func vjp<Input: Module, each Output: Module, Failure: Error>(
    at input: Input, mode: Mode = .training, of function: (Input) throws(Failure) -> (repeat each Output)
) throws(Failure) -> (value: (repeat each Output), pullback: (repeat each Output) -> Input) {
    let (value, pullback) = try vjp(at: input, mode: mode) { (input) throws(Failure) in
        try ModuleTuple(input).passed(toFunctionOfTuple: function, in: "vjp")
    }
    return (value.elements, { (cotangent: repeat each Output) in pullback(ModuleTuple(repeat each cotangent)) })
}

/// The value of a function of several modules or tensors, and its pullback.
///
/// ```swift
/// let ((y, state), pullback) = vjp(at: x, h) { x, h in (tanh(x * h), x + h) }
/// let (dx, dh) = pullback(dy, dState)
/// ```
///
/// - Parameters:
///   - first: where the derivative is taken: the first argument, a module or a tensor.
///   - second: the second one.
///   - others: any further ones.
///   - mode: whether layers train (the default) or infer inside the function.
///   - function: may return any module, or a tuple of them without labels; the pullback takes a cotangent for each of
///     its elements.
@_disfavoredOverload
public func vjp<First: Module, Second: Module, each Other: Module, each Output: Module, Failure: Error>(
    at first: First, _ second: Second, _ others: repeat each Other, mode: Mode = .training,
    of function: (First, Second, repeat each Other) throws(Failure) -> (repeat each Output)
) throws(Failure) -> (
    value: (repeat each Output), pullback: (repeat each Output) -> (First, Second, repeat each Other)
) {
    let (value, pullback) = try vjp(at: ModuleTuple(first, second, repeat each others), mode: mode) {
        (input) throws(Failure) in try input.passed(toFunctionOfTuple: function, in: "vjp")
    }
    return (
        value.elements, { (cotangent: repeat each Output) in pullback(ModuleTuple(repeat each cotangent)).elements }
    )
}

/// The same for a closure of several statements that returns one module.
@_disfavoredOverload
public func vjp<First: Module, Second: Module, each Other: Module, Output: Module, Failure: Error>(
    at first: First, _ second: Second, _ others: repeat each Other, mode: Mode = .training,
    of function: (First, Second, repeat each Other) throws(Failure) -> Output
) throws(Failure) -> (value: Output, pullback: (Output) -> (First, Second, repeat each Other)) {
    let (value, pullback) = try vjp(at: ModuleTuple(first, second, repeat each others), mode: mode) {
        (input) throws(Failure) in try input.passed(to: function)
    }
    return (value, { pullback($0).elements })
}

// MARK: - Explicit tapes

extension Tape {
    /// Tracks every parameter of modules (or tensors) on this tape and returns the tracked ones. A full tape knows each
    /// by the name that it was given while the tape was there, `tape.watch(x.named("x"))`, or else by its path,
    /// `0.bias` in the first of several modules. Shapes stay as they are; integer and Boolean tensors are passed
    /// through. Traps when the tape has finished.
    public func watch<each Input: Module>(_ input: repeat each Input) -> (repeat each Input) {
        if !isRecording { trap("watch", Tape.hasFinished) }
        return TrackedArgument(ModuleTuple(repeat each input), on: self).tracked.elements
    }

    /// The gradient of a recorded scalar with respect to tracked modules or tensors: inputs, or any values on the way.
    ///
    /// A lean tape is used up by this: its records go, and values on it can't be used again. A full one stays.
    ///
    /// - Returns: modules of the inputs' types and shapes; zeros for what the result does not depend on.
    ///
    /// Traps unless the result is one number, of shape `[]`, that was recorded on this tape, if no tensor of the inputs
    /// is tracked on it, and when the tape has finished.
    public func gradient<each Input: Module, Scalar: DifferentiableScalar>(
        of result: Tensor<Scalar>, at input: repeat each Input
    ) -> (repeat each Input) {
        if !isRecording { trap("gradient", Tape.hasFinished) }
        checkScalarLoss("gradient", result.value)
        let value = result.value.resolved
        if value.tape != reference {
            trap("gradient", "the result was not recorded on this tape")
        }
        var tree = ModuleTree(of: ModuleTuple(repeat each input))
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
        return tree.module(as: ModuleTuple<repeat each Input>.self).elements
    }
}

extension Tape {
    private static let hasFinished = """
        the tape has finished: a lean one gives one gradient; record with Tape(recording: .full) for more
        """
}

// MARK: - Parts

/// The value of a scalar function and its gradient for the operator that is named in messages.
func valueAndGradient<Input: Module, Scalar: DifferentiableScalar, Failure: Error>(
    in operation: String, at input: Input, mode: Mode, of function: (Input) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> (value: Tensor<Scalar>, gradient: Input) {
    let (value, gradient, _) = try differentiated(in: operation, at: input, mode: mode, of: function) { $0 }
    return (value, gradient)
}

/// The gradient alone.
func gradient<Input: Module, Scalar: DifferentiableScalar, Failure: Error>(
    in operation: String, at input: Input, mode: Mode, of function: (Input) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> Input {
    try valueAndGradient(in: operation, at: input, mode: mode, of: function).gradient
}

/// What all forms of `gradient` do.
private func differentiated<Input: Module, Scalar: DifferentiableScalar, Output, Failure: Error>(
    in operation: String, at input: Input, freezing frozen: [ParameterPattern] = [], mode: Mode,
    of function: (Input) throws(Failure) -> Output, loss: (Output) -> Tensor<Scalar>
) throws(Failure) -> (value: Tensor<Scalar>, gradient: Input, output: Output) {
    let tape = Tape(isScoped: true)
    let argument = TrackedArgument(input, on: tape, freezing: frozen, in: operation)
    let output = try tape.run(mode: mode) { () throws(Failure) in try function(argument.tracked) }
    let loss = loss(output).value
    checkScalarLoss(operation, loss)
    var cotangents = tape.pullback(loss, to: argument.wanted)[...]
    return (Tensor(loss.leaving(tape)), argument.gradient(&cotangents), output)
}
