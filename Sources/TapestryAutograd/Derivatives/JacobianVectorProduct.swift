import TapestryArrays

/// The value of a function and its derivative along a direction: the Jacobian–vector product J v, in forward mode.
///
/// Every operation computes its tangent beside its value, so the cost is that of a few evaluations, whatever the sizes
/// of input and output, and nothing is recorded. It nests with the other operators in any order.
///
/// - Parameters:
///   - input: where the derivative is taken.
///   - direction: v, a value of the input's type: a tangent for each parameter. Its integer and Boolean tensors take no
///     part. Traps unless the shapes agree.
///   - mode: whether layers train (the default) or infer inside the function.
///   - function: may return any module.
/// - Returns: the value and the tangent, both of the output's type; the tangent of what does not depend on the input is
///   zero.
///
/// Reference: R. E. Wengert, "A simple automatic derivative evaluation program", 1964.
@_disfavoredOverload
public func jvp<Input: Module, Output: Module, Failure: Error>(
    at input: Input, along direction: Input, mode: Mode = .training,
    of function: (Input) throws(Failure) -> Output
) throws(Failure) -> (value: Output, tangent: Output) {
    try jvp(in: "jvp", at: input, along: direction, mode: mode, of: function)
}

/// The same for the operator that is named in messages.
func jvp<Input: Module, Output: Module, Failure: Error>(
    in operation: String, at input: Input, along direction: Input, mode: Mode,
    of function: (Input) throws(Failure) -> Output
) throws(Failure) -> (value: Output, tangent: Output) {
    let argument = ModuleTree(of: input)
    let tangents = ModuleTree(of: direction).leaves
    if tangents.count != argument.leaves.count {
        trap(operation, "the direction has \(tangents.count) tensors, and the input has \(argument.leaves.count)")
    }
    for (leaf, tangent) in zip(argument.leaves, tangents)
    where leaf.isParameter && leaf.value.shape != tangent.value.shape {
        trap(operation, "a direction of shape \(tangent.value.shape) for \(leaf.described(as: "input"))")
    }
    return try argument.pushedForward(along: tangents.map(\.value), mode: mode, function)
}

/// The same for a function that returns a tuple; see `jvp(at:_:_:along:_:_:mode:of:)`.
@_disfavoredOverload
public func jvp<Input: Module, each Output: Module, Failure: Error>(
    at input: Input, along direction: Input, mode: Mode = .training,
    of function: (Input) throws(Failure) -> (repeat each Output)
) throws(Failure) -> (value: (repeat each Output), tangent: (repeat each Output)) {
    let (value, tangent) = try jvp(at: input, along: direction, mode: mode) { (input) throws(Failure) in
        try ModuleTuple(input).passed(toFunctionOfTuple: function, in: "jvp")
    }
    return (value.elements, tangent.elements)
}

/// The value of a function of several modules or tensors and its derivative along a direction for each of them.
///
/// ```swift
/// let ((y, next), (dy, dNext)) = jvp(at: x, h, along: dx, dh) { x, h in (tanh(x * h), x + h) }
/// ```
///
/// - Parameters:
///   - first: where the derivative is taken: the first argument, a module or a tensor.
///   - second: the second one.
///   - others: any further ones.
///   - direction: the direction of the first argument, of its type. Traps unless it has the same tensors in the same
///     shapes.
///   - secondDirection: that of the second one.
///   - otherDirections: those of the further ones.
///   - mode: whether layers train (the default) or infer inside the function.
///   - function: may return any module, or a tuple of them without labels.
@_disfavoredOverload
public func jvp<First: Module, Second: Module, each Other: Module, each Output: Module, Failure: Error>(
    at first: First, _ second: Second, _ others: repeat each Other,
    along direction: First, _ secondDirection: Second, _ otherDirections: repeat each Other, mode: Mode = .training,
    of function: (First, Second, repeat each Other) throws(Failure) -> (repeat each Output)
) throws(Failure) -> (value: (repeat each Output), tangent: (repeat each Output)) {
    let input = ModuleTuple(first, second, repeat each others)
    let direction = ModuleTuple(direction, secondDirection, repeat each otherDirections)
    let (value, tangent) = try jvp(at: input, along: direction, mode: mode) { (input) throws(Failure) in
        try input.passed(toFunctionOfTuple: function, in: "jvp")
    }
    return (value.elements, tangent.elements)
}

/// The same for a closure of several statements that returns one module.
@_disfavoredOverload
public func jvp<First: Module, Second: Module, each Other: Module, Output: Module, Failure: Error>(
    at first: First, _ second: Second, _ others: repeat each Other,
    along direction: First, _ secondDirection: Second, _ otherDirections: repeat each Other, mode: Mode = .training,
    of function: (First, Second, repeat each Other) throws(Failure) -> Output
) throws(Failure) -> (value: Output, tangent: Output) {
    let input = ModuleTuple(first, second, repeat each others)
    let direction = ModuleTuple(direction, secondDirection, repeat each otherDirections)
    return try jvp(at: input, along: direction, mode: mode) { (input) throws(Failure) in
        try input.passed(to: function)
    }
}

extension ModuleTree {
    /// The value of a function of the module and its tangent, for tangents of the module's parameters; without one, a
    /// parameter is a constant.
    func pushedForward<Input: Module, Output: Module, Failure: Error>(
        along tangents: [Value?], mode: Mode, _ function: (Input) throws(Failure) -> Output
    ) throws(Failure) -> (value: Output, tangent: Output) {
        let level = Tape(isScoped: true, kind: .forward)
        var argument = self
        for index in leaves.indices where leaves[index].isParameter {
            guard let tangent = tangents[index] else { continue }
            argument.leaves[index].value = level.reference.dual(leaves[index].value.resolved, tangent.resolved)
        }
        let input: Input = argument.module()
        let output = try level.run(mode: mode) { () throws(Failure) in try function(input) }
        var (value, tangent) = (ModuleTree(of: output), ModuleTree(of: output))
        for index in value.leaves.indices {
            let result = value.leaves[index].value.seen(from: level)
            let isDual = result.tape == level.reference
            value.leaves[index].value = isDual ? result.inner : result
            tangent.leaves[index].value =
                (isDual ? result.outer?.tangent : nil)
                ?? Value(NDArray(repeating: 0, layout: result.layout, result.elementType))
        }
        return (value.module(), tangent.module())
    }
}
