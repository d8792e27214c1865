import TapestryArrays

/// A function with a derivative of one's own: for what is known in closed form, for surrogate gradients, and for clipped
/// or scaled ones.
///
/// ```swift
/// /// Rounds, and lets the gradient through.
/// let y = withCustomGradient(named: "straight-through", at: x, of: { round($0) }) { g, y, x in g }
/// ```
///
/// What is given as the derivative is taken for it, and everything follows from it: forward mode (the derivative is
/// linear in g, so its transpose is found by differentiating it), `vmap`, and higher orders as far as `pullback` is
/// written in differentiable operations. In a printed tape the record is `custom "name"`.
///
/// - Parameters:
///   - name: what tapes and reports call it.
///   - input: tensors, or modules of tensors. The function reads tracked values from it alone, and traps on others; to the
///     pullback those are constants.
///   - function: the value y.
///   - pullback: from the cotangent g of y, y, and the input x to the cotangent of the input, Jᵀ g, a value of the input's
///     type in which every tensor has its shape (else it traps). With several arguments `{ g, y, a, b in (g * b, g * a) }`.
public func withCustomGradient<each Input: Module, Scalar: DifferentiableScalar>(
    named name: String, at input: repeat each Input,
    of function: @escaping @Sendable (repeat each Input) -> Tensor<Scalar>,
    pullback:
        @escaping @Sendable (
            _ cotangent: Tensor<Scalar>, _ value: Tensor<Scalar>, _ input: repeat each Input
        ) -> (repeat each Input)
) -> Tensor<Scalar> {
    let tree = ModuleTree(of: ModuleTuple(repeat each input))
    @Sendable func module(_ values: [Value]) -> ModuleTuple<repeat each Input> {
        var tree = tree
        for index in tree.leaves.indices { tree.leaves[index].value = values[index] }
        return tree.module()
    }
    let attributes = CustomAttributes(name) {
        function(repeat each module($0).elements).value
    } _: { g, operands, y in
        let cotangent = pullback(Tensor(g), Tensor(y), repeat each module(operands).elements)
        return ModuleTree(of: ModuleTuple<repeat each Input>(repeat each cotangent)).leaves.map(\.value)
    }
    return Tensor(.nary(.custom, tree.leaves.map(\.value), attributes))
}
