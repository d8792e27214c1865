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
    let level = Tape(isScoped: true, kind: .forward)
    let argument: Input = dualArgument(input, direction, on: level, in: operation)
    let output = try level.run(mode: mode) { () throws(Failure) in try function(argument) }
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

/// The input with a tangent beside each of its parameters.
private func dualArgument<Input: Module>(
    _ input: Input, _ direction: Input, on level: Tape, in operation: String
) -> Input {
    var tree = ModuleTree(of: input)
    let tangents = ModuleTree(of: direction).leaves
    if tangents.count != tree.leaves.count {
        trap(operation, "the direction has \(tangents.count) tensors, and the input has \(tree.leaves.count)")
    }
    for index in tree.leaves.indices where tree.leaves[index].isParameter {
        let (leaf, tangent) = (tree.leaves[index], tangents[index].value)
        if leaf.value.shape != tangent.shape {
            trap(
                operation,
                "a direction of shape \(tangent.shape) for an input of shape \(leaf.value.shape) \(leaf.path)")
        }
        tree.leaves[index].value = level.reference.dual(leaf.value.resolved, tangent.resolved)
    }
    return tree.module()
}
