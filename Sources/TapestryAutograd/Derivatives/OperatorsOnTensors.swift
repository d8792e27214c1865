// The operators on plain tensors of one scalar type, for functions that return such a tensor. They do what the general
// forms do. But there the scalar type of the closure's result is found in the closure's body alone, and arithmetic with
// literals then takes the type checker longer by a factor for each literal, until it gives up; here all types of the
// closure follow from the arguments.

// MARK: One tensor

/// The value of a scalar function of one tensor and its gradient; see `valueAndGradient(at:freezing:mode:of:)`.
public func valueAndGradient<Scalar: DifferentiableScalar, Failure: Error>(
    at input: Tensor<Scalar>, mode: Mode = .training,
    of function: (Tensor<Scalar>) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> (value: Tensor<Scalar>, gradient: Tensor<Scalar>) {
    try valueAndGradient(in: "valueAndGradient", at: input, mode: mode, of: function)
}

/// The gradient of a scalar function of one tensor; see `valueAndGradient(at:freezing:mode:of:)`.
public func gradient<Scalar: DifferentiableScalar, Failure: Error>(
    at input: Tensor<Scalar>, mode: Mode = .training,
    of function: (Tensor<Scalar>) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> Tensor<Scalar> {
    try gradient(in: "gradient", at: input, mode: mode, of: function)
}

/// The value of a function of one tensor and its pullback; see `vjp(at:mode:of:)`.
public func vjp<Scalar: DifferentiableScalar, Failure: Error>(
    at input: Tensor<Scalar>, mode: Mode = .training,
    of function: (Tensor<Scalar>) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> (value: Tensor<Scalar>, pullback: (Tensor<Scalar>) -> Tensor<Scalar>) {
    try vjp(in: "vjp", at: input, mode: mode, of: function)
}

/// The value of a function of one tensor and its derivative along a direction; see `jvp(at:along:mode:of:)`.
public func jvp<Scalar: DifferentiableScalar, Failure: Error>(
    at input: Tensor<Scalar>, along direction: Tensor<Scalar>, mode: Mode = .training,
    of function: (Tensor<Scalar>) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> (value: Tensor<Scalar>, tangent: Tensor<Scalar>) {
    try jvp(in: "jvp", at: input, along: direction, mode: mode, of: function)
}

/// A function of one example, done to a batch; see `vmap(over:axis:outputAxis:_:)`.
public func vmap<Scalar: DifferentiableScalar, Failure: Error>(
    over batch: Tensor<Scalar>, axis: Int = 0, outputAxis: Int = 0,
    _ function: (Tensor<Scalar>) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> Tensor<Scalar> {
    try Tape.mapped(over: batch, axis: axis, outputAxis: outputAxis, function)
}

/// A function of one tensor that is computed again on the way back; see `checkpointed(_:of:)`.
public func checkpointed<Scalar: DifferentiableScalar>(
    _ input: Tensor<Scalar>, of function: @escaping (Tensor<Scalar>) -> Tensor<Scalar>
) -> Tensor<Scalar> {
    recomputed(input, of: function)
}

/// A function of one tensor with a derivative of one's own; see `withCustomGradient(named:at:of:pullback:)`.
public func withCustomGradient<Scalar: DifferentiableScalar>(
    named name: String, at input: Tensor<Scalar>, of function: @escaping @Sendable (Tensor<Scalar>) -> Tensor<Scalar>,
    pullback:
        @escaping @Sendable (
            _ cotangent: Tensor<Scalar>, _ value: Tensor<Scalar>, _ input: Tensor<Scalar>
        ) -> Tensor<Scalar>
) -> Tensor<Scalar> {
    customFunction(named: name, input, of: function, pullback: pullback)
}

// MARK: Two tensors, and three

/// The value of a scalar function of two tensors and its gradients; see `valueAndGradient(at:_:_:freezing:mode:of:)`.
public func valueAndGradient<Scalar: DifferentiableScalar, Failure: Error>(
    at first: Tensor<Scalar>, _ second: Tensor<Scalar>, mode: Mode = .training,
    of function: (Tensor<Scalar>, Tensor<Scalar>) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> (value: Tensor<Scalar>, gradient: (Tensor<Scalar>, Tensor<Scalar>)) {
    let input = ModuleTuple(first, second)
    let (value, gradient) = try valueAndGradient(in: "valueAndGradient", at: input, mode: mode) {
        (input) throws(Failure) in try input.passed(to: function)
    }
    return (value, gradient.elements)
}

/// The value of a scalar function of three tensors and its gradients; see `valueAndGradient(at:_:_:freezing:mode:of:)`.
public func valueAndGradient<Scalar: DifferentiableScalar, Failure: Error>(
    at first: Tensor<Scalar>, _ second: Tensor<Scalar>, _ third: Tensor<Scalar>, mode: Mode = .training,
    of function: (Tensor<Scalar>, Tensor<Scalar>, Tensor<Scalar>) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> (value: Tensor<Scalar>, gradient: (Tensor<Scalar>, Tensor<Scalar>, Tensor<Scalar>)) {
    let input = ModuleTuple(first, second, third)
    let (value, gradient) = try valueAndGradient(in: "valueAndGradient", at: input, mode: mode) {
        (input) throws(Failure) in try input.passed(to: function)
    }
    return (value, gradient.elements)
}

/// The gradients of a scalar function of two tensors; see `valueAndGradient(at:_:_:freezing:mode:of:)`.
public func gradient<Scalar: DifferentiableScalar, Failure: Error>(
    at first: Tensor<Scalar>, _ second: Tensor<Scalar>, mode: Mode = .training,
    of function: (Tensor<Scalar>, Tensor<Scalar>) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> (Tensor<Scalar>, Tensor<Scalar>) {
    try gradient(in: "gradient", at: ModuleTuple(first, second), mode: mode) {
        (input) throws(Failure) in try input.passed(to: function)
    }.elements
}

/// The gradients of a scalar function of three tensors; see `valueAndGradient(at:_:_:freezing:mode:of:)`.
public func gradient<Scalar: DifferentiableScalar, Failure: Error>(
    at first: Tensor<Scalar>, _ second: Tensor<Scalar>, _ third: Tensor<Scalar>, mode: Mode = .training,
    of function: (Tensor<Scalar>, Tensor<Scalar>, Tensor<Scalar>) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> (Tensor<Scalar>, Tensor<Scalar>, Tensor<Scalar>) {
    try gradient(in: "gradient", at: ModuleTuple(first, second, third), mode: mode) {
        (input) throws(Failure) in try input.passed(to: function)
    }.elements
}

/// The value of a function of two tensors and its pullback; see `vjp(at:_:_:mode:of:)`.
public func vjp<Scalar: DifferentiableScalar, Failure: Error>(
    at first: Tensor<Scalar>, _ second: Tensor<Scalar>, mode: Mode = .training,
    of function: (Tensor<Scalar>, Tensor<Scalar>) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> (value: Tensor<Scalar>, pullback: (Tensor<Scalar>) -> (Tensor<Scalar>, Tensor<Scalar>)) {
    let (value, pullback) = try vjp(in: "vjp", at: ModuleTuple(first, second), mode: mode) {
        (input) throws(Failure) in try input.passed(to: function)
    }
    return (value, { pullback($0).elements })
}

/// The value of a function of two tensors and its derivative along directions; see `jvp(at:_:_:along:_:_:mode:of:)`.
public func jvp<Scalar: DifferentiableScalar, Failure: Error>(
    at first: Tensor<Scalar>, _ second: Tensor<Scalar>, along direction: Tensor<Scalar>,
    _ secondDirection: Tensor<Scalar>, mode: Mode = .training,
    of function: (Tensor<Scalar>, Tensor<Scalar>) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> (value: Tensor<Scalar>, tangent: Tensor<Scalar>) {
    let (input, directions) = (ModuleTuple(first, second), ModuleTuple(direction, secondDirection))
    return try jvp(in: "jvp", at: input, along: directions, mode: mode) {
        (input) throws(Failure) in try input.passed(to: function)
    }
}

/// A function of one example of each of two batches; see `vmap(over:_:_:axis:outputAxis:_:)`.
public func vmap<Scalar: DifferentiableScalar, Failure: Error>(
    over first: Tensor<Scalar>, _ second: Tensor<Scalar>, axis: Int = 0, outputAxis: Int = 0,
    _ function: (Tensor<Scalar>, Tensor<Scalar>) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> Tensor<Scalar> {
    try Tape.mapped(over: ModuleTuple(first, second), axis: axis, outputAxis: outputAxis) {
        (input) throws(Failure) in try input.passed(to: function)
    }
}

/// A function of two tensors that is computed again on the way back; see `checkpointed(_:_:_:of:)`.
public func checkpointed<Scalar: DifferentiableScalar>(
    _ first: Tensor<Scalar>, _ second: Tensor<Scalar>,
    of function: @escaping (Tensor<Scalar>, Tensor<Scalar>) -> Tensor<Scalar>
) -> Tensor<Scalar> {
    recomputed(ModuleTuple(first, second)) { $0.passed(to: function) }
}

/// The Jacobians of a function of two tensors; see `jacobian(at:_:_:direction:mode:of:)`.
public func jacobian<Scalar: DifferentiableScalar, Failure: Error>(
    at first: Tensor<Scalar>, _ second: Tensor<Scalar>, direction: DerivativeDirection? = nil,
    mode: Mode = .training, of function: (Tensor<Scalar>, Tensor<Scalar>) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> (Tensor<Scalar>, Tensor<Scalar>) {
    try jacobian(at: ModuleTuple(first, second), direction: direction, mode: mode) {
        (input) throws(Failure) in try input.passed(to: function)
    }.elements
}

/// The Hessian of a scalar function of two tensors, in blocks; see `hessianRows(at:_:_:mode:of:)`.
public func hessianRows<Scalar: DifferentiableScalar, Failure: Error>(
    at first: Tensor<Scalar>, _ second: Tensor<Scalar>, mode: Mode = .training,
    of function: (Tensor<Scalar>, Tensor<Scalar>) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> JacobianRows<Tensor<Scalar>, Tensor<Scalar>> {
    try JacobianRows(
        hessianBlocks(at: ModuleTuple(first, second), mode: mode) {
            (input) throws(Failure) in try input.passed(to: function)
        })
}

/// The Hessian of a scalar function of two tensors times vectors; see
/// `hessianVectorProduct(at:_:_:along:_:_:mode:of:)`.
public func hessianVectorProduct<Scalar: DifferentiableScalar, Failure: Error>(
    at first: Tensor<Scalar>, _ second: Tensor<Scalar>, along direction: Tensor<Scalar>,
    _ secondDirection: Tensor<Scalar>, mode: Mode = .training,
    of function: (Tensor<Scalar>, Tensor<Scalar>) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> (Tensor<Scalar>, Tensor<Scalar>) {
    let (input, directions) = (ModuleTuple(first, second), ModuleTuple(direction, secondDirection))
    return try hessianVectorProduct(at: input, along: directions, mode: mode) {
        (input) throws(Failure) in try input.passed(to: function)
    }.elements
}

/// Vectors times the Hessian of a scalar function of two tensors; see
/// `vectorHessianProduct(at:_:_:along:_:_:mode:of:)`.
public func vectorHessianProduct<Scalar: DifferentiableScalar, Failure: Error>(
    at first: Tensor<Scalar>, _ second: Tensor<Scalar>, along vector: Tensor<Scalar>,
    _ secondVector: Tensor<Scalar>, mode: Mode = .training,
    of function: (Tensor<Scalar>, Tensor<Scalar>) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> (Tensor<Scalar>, Tensor<Scalar>) {
    let (input, vectors) = (ModuleTuple(first, second), ModuleTuple(vector, secondVector))
    return try vectorHessianProduct(at: input, along: vectors, mode: mode) {
        (input) throws(Failure) in try input.passed(to: function)
    }.elements
}

/// A function of two tensors with a derivative of one's own; see `withCustomGradient(named:at:of:pullback:)`.
public func withCustomGradient<Scalar: DifferentiableScalar>(
    named name: String, at first: Tensor<Scalar>, _ second: Tensor<Scalar>,
    of function: @escaping @Sendable (Tensor<Scalar>, Tensor<Scalar>) -> Tensor<Scalar>,
    pullback:
        @escaping @Sendable (
            _ cotangent: Tensor<Scalar>, _ value: Tensor<Scalar>, _ first: Tensor<Scalar>, _ second: Tensor<Scalar>
        ) -> (Tensor<Scalar>, Tensor<Scalar>)
) -> Tensor<Scalar> {
    customFunction(named: name, ModuleTuple(first, second)) {
        $0.passed(to: function)
    } pullback: { cotangent, value, input in
        let (first, second) = pullback(cotangent, value, input.elements.0, input.elements.1)
        return ModuleTuple(first, second)
    }
}
