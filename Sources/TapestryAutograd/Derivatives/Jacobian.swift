import TapestryArrays

/// Which way derivatives are taken.
public enum DerivativeDirection: Sendable {
    /// One forward pass for each element of the input.
    case forward
    /// One way back for each element of the output.
    case reverse
}

/// The Jacobian of a function of one tensor, J[i…, k…] = ∂f[i…] / ∂x[k…]: `output.shape + input.shape`.
///
/// All rows (or all columns) are computed at once, as a batch.
///
/// - Parameters:
///   - input: where the derivative is taken.
///   - direction: by default the one that takes fewer passes, for which the function may run twice.
///   - mode: whether layers train (the default) or infer inside the function.
///   - function: returns a tensor of any shape.
public func jacobian<Scalar: DifferentiableScalar, Failure: Error>(
    at input: Tensor<Scalar>, direction: DerivativeDirection? = nil, mode: Mode = .training,
    of function: (Tensor<Scalar>) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> Tensor<Scalar> {
    try JacobianBlocks(at: input, direction, mode: mode, of: function).row(0)
}

/// The Jacobian of a tensor by every parameter of a module: a module of the input's type in which a parameter of the
/// shape `[k…]` has become ∂f[i…] / ∂p[k…], `output.shape + [k…]`. Forward mode runs the function once for each
/// parameter.
public func jacobian<Input: Module, Scalar: DifferentiableScalar, Failure: Error>(
    at input: Input, direction: DerivativeDirection? = nil, mode: Mode = .training,
    of function: (Input) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> Input {
    try JacobianBlocks(at: input, direction, mode: mode, of: function).row(0)
}

/// The same for a function of several modules or tensors: a Jacobian for each of them.
@_disfavoredOverload
public func jacobian<
    First: Module, Second: Module, each Other: Module, Scalar: DifferentiableScalar, Failure: Error
>(
    at first: First, _ second: Second, _ others: repeat each Other, direction: DerivativeDirection? = nil,
    mode: Mode = .training, of function: (First, Second, repeat each Other) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> (First, Second, repeat each Other) {
    let input = ModuleTuple(first, second, repeat each others)
    return try jacobian(at: input, direction: direction, mode: mode) { (input) throws(Failure) in
        try input.passed(to: function)
    }.elements
}

/// The Jacobian of a function that returns a module: for every tensor of the result a row, its Jacobian by the input.
///
/// ```swift
/// let rows = jacobianRows(at: state) { state in cell.step(x, state).state }
/// print(rows["hidden"].cell)                                  // ∂hidden / ∂cell: both shapes, one after the other
/// ```
///
/// (JAX and `torch.func` give a tree of the result's structure whose leaves are trees of the input's. Swift has no way
/// to say "the result's type with another type in the place of its tensors", so the outer tree is a list by path.)
public func jacobianRows<Input: Module, Output: Module, Failure: Error>(
    at input: Input, direction: DerivativeDirection? = nil, mode: Mode = .training,
    of function: (Input) throws(Failure) -> Output
) throws(Failure) -> JacobianRows<Input> {
    let blocks = try JacobianBlocks(at: ModuleTuple(input), direction, mode: mode) { (input) throws(Failure) in
        try input.passed(to: function)
    }
    return JacobianRows(blocks)
}

/// The same for a function of several modules or tensors that returns a module, or a tuple of them without labels.
///
/// ```swift
/// let rows = jacobianRows(at: x, h) { x, h in (tanh(x * h), x + h) }
/// print(rows["1"].0)                                          // of the second result by the first argument
/// ```
@_disfavoredOverload
public func jacobianRows<each Input: Module, each Output: Module, Failure: Error>(
    at input: repeat each Input, direction: DerivativeDirection? = nil, mode: Mode = .training,
    of function: (repeat each Input) throws(Failure) -> (repeat each Output)
) throws(Failure) -> JacobianRows<repeat each Input> {
    let blocks = try JacobianBlocks(at: ModuleTuple(repeat each input), direction, mode: mode) {
        (input) throws(Failure) in try input.passed(toFunctionOfTuple: function, in: "jacobianRows")
    }
    return JacobianRows(blocks)
}

/// The Hessian of a scalar function of one tensor, H[i…, k…] = ∂²f / ∂x[i…] ∂x[k…]: `input.shape + input.shape`.
/// Forward over reverse mode.
///
/// By several tensors, or by a module, it is a matrix of blocks, which no one type has: `hessianRows(at:_:_:mode:of:)`.
public func hessian<Scalar: DifferentiableScalar, Failure: Error>(
    at input: Tensor<Scalar>, mode: Mode = .training, of function: (Tensor<Scalar>) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> Tensor<Scalar> {
    try jacobian(at: input, direction: .forward, mode: mode) { (x) throws(Failure) in
        try gradient(in: "hessian", at: x, mode: mode, of: function)
    }
}

/// There is no one type for a Hessian by several tensors: it is a matrix of blocks, whose rows `hessianRows` gives.
@available(*, unavailable, renamed: "hessianRows", message: "a matrix of blocks, of which rows[\"0\"].1 is one")
@_disfavoredOverload
public func hessian<First: Module, Second: Module, each Other: Module, Scalar: DifferentiableScalar>(
    at first: First, _ second: Second, _ others: repeat each Other, mode: Mode = .training,
    of function: (First, Second, repeat each Other) -> Tensor<Scalar>
) -> Tensor<Scalar> {
    trap("hessian", "is not available by several arguments")
}

/// The Hessian of a scalar function of a module, in blocks: for every parameter p a row, a module of the input's type
/// in which a parameter q of the shape `[k…]` has become ∂²f / ∂p[i…] ∂q[k…], `[i…] + [k…]`. Forward over reverse mode.
public func hessianRows<Input: Module, Scalar: DifferentiableScalar, Failure: Error>(
    at input: Input, mode: Mode = .training, of function: (Input) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> JacobianRows<Input> {
    try JacobianRows(
        hessianBlocks(at: ModuleTuple(input), mode: mode) { (input) throws(Failure) in
            try input.passed(to: function)
        })
}

/// The same for a function of several modules or tensors.
///
/// ```swift
/// let rows = hessianRows(at: w, b) { w, b in loss(w, b) }
/// print(rows["0"].1)                                          // ∂²f / ∂w ∂b: w.shape + b.shape
/// ```
@_disfavoredOverload
public func hessianRows<
    First: Module, Second: Module, each Other: Module, Scalar: DifferentiableScalar, Failure: Error
>(
    at first: First, _ second: Second, _ others: repeat each Other, mode: Mode = .training,
    of function: (First, Second, repeat each Other) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> JacobianRows<First, Second, repeat each Other> {
    let input = ModuleTuple(first, second, repeat each others)
    return try JacobianRows(
        hessianBlocks(at: input, mode: mode) { (input) throws(Failure) in
            try input.passed(to: function)
        })
}

/// What all forms of `hessianRows` do.
func hessianBlocks<Input: Module, Scalar: DifferentiableScalar, Failure: Error>(
    at input: Input, mode: Mode, of function: (Input) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> JacobianBlocks<Input, Input> {
    try JacobianBlocks(at: input, .forward, mode: mode) { (input) throws(Failure) in
        try gradient(in: "hessianRows", at: input, mode: mode, of: function)
    }
}

/// The Hessian of a scalar function times a vector, H v, without the Hessian: the derivative of the gradient along v.
/// Forward over reverse mode, at the cost of a few gradients.
///
/// - Parameters:
///   - input: where the Hessian is taken, a module or a tensor.
///   - direction: v, a value of the input's type.
///   - mode: whether layers train (the default) or infer inside the function.
///   - function: returns a tensor of one element, else it traps.
///
/// Reference: B. A. Pearlmutter, "Fast exact multiplication by the Hessian", 1994.
public func hessianVectorProduct<Input: Module, Scalar: DifferentiableScalar, Failure: Error>(
    at input: Input, along direction: Input, mode: Mode = .training,
    of function: (Input) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> Input {
    let operation = "hessianVectorProduct"
    return try jvp(in: operation, at: input, along: direction, mode: mode) { (x) throws(Failure) in
        try gradient(in: operation, at: x, mode: mode, of: function)
    }.tangent
}

/// The same for a function of several modules or tensors, with a vector for each of them.
@_disfavoredOverload
public func hessianVectorProduct<
    First: Module, Second: Module, each Other: Module, Scalar: DifferentiableScalar, Failure: Error
>(
    at first: First, _ second: Second, _ others: repeat each Other,
    along direction: First, _ secondDirection: Second, _ otherDirections: repeat each Other, mode: Mode = .training,
    of function: (First, Second, repeat each Other) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> (First, Second, repeat each Other) {
    let input = ModuleTuple(first, second, repeat each others)
    let direction = ModuleTuple(direction, secondDirection, repeat each otherDirections)
    return try hessianVectorProduct(at: input, along: direction, mode: mode) { (input) throws(Failure) in
        try input.passed(to: function)
    }.elements
}

/// A vector times the Hessian of a scalar function, vᵀ H: reverse over reverse mode. Equal to
/// `hessianVectorProduct(at:along:mode:of:)` where the Hessian is symmetric, and so a check of it.
public func vectorHessianProduct<Input: Module, Scalar: DifferentiableScalar, Failure: Error>(
    at input: Input, along vector: Input, mode: Mode = .training,
    of function: (Input) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> Input {
    let operation = "vectorHessianProduct"
    return try vjp(in: operation, at: input, mode: mode) { (x) throws(Failure) in
        try gradient(in: operation, at: x, mode: mode, of: function)
    }.pullback(vector)
}

/// The same for a function of several modules or tensors, with a vector for each of them.
@_disfavoredOverload
public func vectorHessianProduct<
    First: Module, Second: Module, each Other: Module, Scalar: DifferentiableScalar, Failure: Error
>(
    at first: First, _ second: Second, _ others: repeat each Other,
    along vector: First, _ secondVector: Second, _ otherVectors: repeat each Other, mode: Mode = .training,
    of function: (First, Second, repeat each Other) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> (First, Second, repeat each Other) {
    let input = ModuleTuple(first, second, repeat each others)
    let vector = ModuleTuple(vector, secondVector, repeat each otherVectors)
    return try vectorHessianProduct(at: input, along: vector, mode: mode) { (input) throws(Failure) in
        try input.passed(to: function)
    }.elements
}
