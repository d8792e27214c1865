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
///   - direction: by default the one that takes fewer passes, for which the function may run twice.
///   - mode: whether layers train (the default) or infer inside the function.
public func jacobian<Scalar: DifferentiableScalar, Failure: Error>(
    at input: Tensor<Scalar>, _ direction: DerivativeDirection? = nil, mode: Mode = .training,
    of function: (Tensor<Scalar>) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> Tensor<Scalar> {
    if direction != .forward {
        let (output, pullback) = try vjp(at: input, mode: mode, of: function)
        if direction == .reverse || output.count <= input.count {
            let rows = vmap(over: Tensor<Scalar>.basis(of: output.shape)) { pullback($0) }
            return rows.reshaped(to: output.shape + input.shape)
        }
    }
    let columns = try vmap(over: Tensor<Scalar>.basis(of: input.shape), outputAxis: -1) {
        (direction) throws(Failure) in try jvp(at: input, along: direction, mode: mode, of: function).tangent
    }
    return columns.reshaped(to: columns.shape.dropLast() + input.shape)
}

/// The Jacobian of a tensor by every parameter of a module: a module of the input's type in which a parameter of the
/// shape `[k…]` has become ∂f[i…] / ∂p[k…], `output.shape + [k…]`. In reverse mode.
public func jacobian<Input: Module, Scalar: DifferentiableScalar, Failure: Error>(
    at input: Input, mode: Mode = .training, of function: (Input) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> Input {
    let (output, pullback) = try vjp(at: input, mode: mode, of: function)
    let rows = vmap(over: Tensor<Scalar>.basis(of: output.shape)) { pullback($0) }
    return rows.mapValues { $0.reshaped(to: output.shape + $0.shape.dropFirst()) }
}

/// The Hessian of a scalar function of one tensor, H[i…, k…] = ∂²f / ∂x[i…] ∂x[k…]: `input.shape + input.shape`. Forward
/// over reverse mode.
public func hessian<Scalar: DifferentiableScalar, Failure: Error>(
    at input: Tensor<Scalar>, mode: Mode = .training, of function: (Tensor<Scalar>) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> Tensor<Scalar> {
    try jacobian(at: input, .forward, mode: mode) { (x) throws(Failure) in
        try valueAndGradient(in: "hessian", at: x, mode: mode, of: function).gradient
    }
}

/// The Hessian of a scalar function times a vector, H v, without the Hessian: the derivative of the gradient along v.
/// Forward over reverse mode, at the cost of a few gradients.
///
/// - Parameter direction: v, a value of the input's type.
///
/// Reference: B. A. Pearlmutter, "Fast exact multiplication by the Hessian", 1994.
public func hessianVectorProduct<Input: Module, Scalar: DifferentiableScalar, Failure: Error>(
    at input: Input, along direction: Input, mode: Mode = .training,
    of function: (Input) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> Input {
    let operation = "hessianVectorProduct"
    return try jvp(in: operation, at: input, along: direction, mode: mode) { (x) throws(Failure) in
        try valueAndGradient(in: operation, at: x, mode: mode, of: function).gradient
    }.tangent
}

/// A vector times the Hessian of a scalar function, vᵀ H: reverse over reverse mode. Equal to
/// `hessianVectorProduct(at:along:mode:of:)` where the Hessian is symmetric, and so a check of it.
public func vectorHessianProduct<Input: Module, Scalar: DifferentiableScalar, Failure: Error>(
    at input: Input, _ vector: Input, mode: Mode = .training, of function: (Input) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> Input {
    let operation = "vectorHessianProduct"
    return try vjp(in: operation, at: input, mode: mode) { (x) throws(Failure) in
        try valueAndGradient(in: operation, at: x, mode: mode, of: function).gradient
    }.pullback(vector)
}

extension Tensor where Scalar: DifferentiableScalar {
    /// Every tensor of a shape that has a single 1, along a new first axis.
    fileprivate static func basis(of shape: [Int]) -> Tensor {
        let count = Layout.count(of: shape)
        return .identity(count).reshaped(to: [count] + shape)
    }
}
