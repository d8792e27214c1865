import Synchronization
import TapestryArrays

/// A function with a derivative of one's own: for what is known in closed form, for surrogate gradients, and for
/// clipped or scaled ones.
///
/// ```swift
/// /// Rounds, and lets the gradient through.
/// let y = withCustomGradient(named: "straight-through", at: x, of: { round($0) }) { g, y, x in g }
/// ```
///
/// What is given as the derivative is taken for it, and everything follows from it: forward mode (the derivative is
/// linear in g, so its transpose is found by differentiating it), `vmap`, and higher orders as far as `pullback` is
/// written in differentiable operations. In a printed tape the record is `custom "name"`. A function with several
/// results has `withCustomPullback(named:at:of:pullback:)`.
///
/// - Parameters:
///   - name: what tapes and reports call it.
///   - input: tensors, or modules of tensors. The function reads tracked values from it alone, and traps on others; to
///     the pullback those are constants.
///   - function: the value y.
///   - pullback: from the cotangent g of y, y, and the input x to the cotangent of the input, Jᵀ g, a value of the
///     input's type in which every tensor has its shape (else it traps). With several arguments
///     `{ g, y, a, b in (g * b, g * a) }`.
@_disfavoredOverload
public func withCustomGradient<each Input: Module, Scalar: DifferentiableScalar>(
    named name: String, at input: repeat each Input,
    of function: @escaping @Sendable (repeat each Input) -> Tensor<Scalar>,
    pullback:
        @escaping @Sendable (
            _ cotangent: Tensor<Scalar>, _ value: Tensor<Scalar>, _ input: repeat each Input
        ) -> (repeat each Input)
) -> Tensor<Scalar> {
    customFunction(named: name, ModuleTuple(repeat each input)) {
        $0.passed(to: function)
    } pullback: { cotangent, value, input in
        let cotangents = pullback(cotangent, value, repeat each input.elements)
        return ModuleTuple<repeat each Input>(repeat each cotangents)
    }
}

/// A function with several results and a derivative of one's own: `withCustomGradient(named:at:of:pullback:)` for one
/// that returns a module of tensors. (It has a name of its own since the type checker gives up on closures that may be
/// for either.)
///
/// The results are one record, in which they lie one after the other, so the pullback runs once for all of them. Traps
/// on results that are not floating-point numbers: they have no derivative, and can be computed outside.
public func withCustomPullback<each Input: Module, Output: Module>(
    named name: String, at input: repeat each Input, of function: @escaping @Sendable (repeat each Input) -> Output,
    pullback:
        @escaping @Sendable (_ cotangent: Output, _ value: Output, _ input: repeat each Input) -> (repeat each Input)
) -> Output {
    packedFunction(named: name, ModuleTuple(repeat each input)) {
        $0.passed(to: function)
    } pullback: { cotangent, value, input in
        let cotangents = pullback(cotangent, value, repeat each input.elements)
        return ModuleTuple<repeat each Input>(repeat each cotangents)
    }
}

/// The same for a function that returns two tensors or modules, as a tuple without labels. The pullback takes the
/// cotangent and the value as tuples, too:
///
/// ```swift
/// /// The polar coordinates of a point.
/// let (radius, angle) = withCustomPullback(named: "polar", at: x, y) { x, y in
///     (hypot(x, y), atan2(y, x))
/// } pullback: { g, value, x, y in
///     let (r, turn) = (value.0, g.1 / value.0)
///     return ((g.0 * x - turn * y) / r, (g.0 * y + turn * x) / r)
/// }
/// ```
///
/// (More results are a module, or an array: Swift 6.3 crashes on closures that take two tuples of any number of
/// elements.)
@_disfavoredOverload
public func withCustomPullback<each Input: Module, FirstOutput: Module, SecondOutput: Module>(
    named name: String, at input: repeat each Input,
    of function: @escaping @Sendable (repeat each Input) -> (FirstOutput, SecondOutput),
    pullback:
        @escaping @Sendable (
            _ cotangent: (FirstOutput, SecondOutput), _ value: (FirstOutput, SecondOutput),
            _ input: repeat each Input
        ) -> (repeat each Input)
) -> (FirstOutput, SecondOutput) {
    packedFunction(named: name, ModuleTuple(repeat each input)) {
        let (first, second) = $0.passed(to: function)
        return ModuleTuple(first, second)
    } pullback: { cotangent, value, input in
        let cotangents = pullback(cotangent.elements, value.elements, repeat each input.elements)
        return ModuleTuple<repeat each Input>(repeat each cotangents)
    }.elements
}

/// What all forms with a tensor as result do. It takes one module, and not the arguments: in optimised code of other
/// packages Swift 6.3 calls a closure that is kept, and was made for arguments of any number, without their types.
func customFunction<Input: Module, Scalar: DifferentiableScalar>(
    named name: String, _ input: Input, of function: @escaping @Sendable (Input) -> Tensor<Scalar>,
    pullback: @escaping @Sendable (Tensor<Scalar>, Tensor<Scalar>, Input) -> Input
) -> Tensor<Scalar> {
    let input = CustomInput(input)
    let attributes = CustomAttributes(name) {
        function(input.module($0)).value
    } _: { g, operands, y in
        let cotangents = pullback(Tensor(g), Tensor(y), input.module(operands))
        return ModuleTree(of: cotangents).leaves.map(\.value)
    }
    return Tensor(.nary(.custom, input.operands, attributes))
}

/// What all other forms do.
private func packedFunction<Input: Module, Output: Module>(
    named name: String, _ input: Input, of function: @escaping @Sendable (Input) -> Output,
    pullback: @escaping @Sendable (_ cotangent: Output, _ value: Output, _ input: Input) -> Input
) -> Output {
    let input = CustomInput(input)
    let packing = ResultPacking()
    let attributes = CustomAttributes(name, in: "withCustomPullback") {
        packing.packed(ModuleTree(of: function(input.module($0))), of: name)
    } _: { g, operands, y in
        let cotangents = pullback(packing.unpacked(g), packing.unpacked(y), input.module(operands))
        return ModuleTree(of: cotangents).leaves.map(\.value)
    }
    return packing.unpacked(.nary(.custom, input.operands, attributes))
}

/// The argument of a user's primitive, taken apart into its operands.
private struct CustomInput<Input: Module>: @unchecked Sendable {
    private let tree: ModuleTree

    init(_ input: Input) { tree = ModuleTree(of: input) }

    var operands: [Value] { tree.leaves.map(\.value) }

    /// The argument with other tensors.
    func module(_ operands: [Value]) -> Input {
        var tree = tree
        for index in tree.leaves.indices { tree.leaves[index].value = operands[index] }
        return tree.module()
    }
}

/// The results of a function as one vector, since a primitive has one result, and their structure, which is known when
/// the function has run.
private final class ResultPacking: Sendable {
    private struct Structure: @unchecked Sendable { let results: ModuleTree }
    private let structure = Mutex<Structure?>(nil)

    func packed(_ results: ModuleTree, of name: String) -> Value {
        for leaf in results.leaves where !leaf.isParameter {
            let (type, path) = (leaf.value.elementType, leaf.path.isEmpty ? "" : " at \(leaf.path)")
            trap("withCustomPullback", "\"\(name)\" returns \(type) elements\(path), which have no derivative")
        }
        if results.leaves.isEmpty { trap("withCustomPullback", "\"\(name)\" returns no tensor") }
        var shapes = results
        for index in shapes.leaves.indices {
            let value = results.leaves[index].value
            shapes.leaves[index].value = .zerosWithoutMemory(value.shape, value.elementType)
        }
        structure.withLock { [shapes] in $0 = Structure(results: shapes) }
        let type = results.leaves.contains { $0.value.elementType == .float64 } ? ElementType.float64 : .float32
        let vectors = results.leaves.map { $0.value.converted(to: type).reshaped(to: [$0.value.count]) }
        return .concatenated(vectors, axis: 0)
    }

    /// The results that lie in such a vector, or their cotangents.
    func unpacked<Results: Module>(_ vector: Value) -> Results {
        var results = structure.withLock { $0! }.results
        var start = 0
        for index in results.leaves.indices {
            let result = results.leaves[index].value
            let part = vector.sliced(AxisSlice(axis: 0, start: start, count: result.count))
            results.leaves[index].value = part.reshaped(to: result.shape).converted(to: result.elementType)
            start += result.count
        }
        return results.module()
    }
}
