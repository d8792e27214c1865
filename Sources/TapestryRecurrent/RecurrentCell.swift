import TapestryAutograd

/// One step of a recurrence: from an input and the state before it to an output and the state after it.
///
/// A cell is a plain struct of parameters with two functions. From that, it gets named parameters, drivers over time
/// and layers, training, gradient and equation checks, and the engine's full speed:
///
/// ```swift
/// enum LeakyGate: String, CaseIterable { case leak, candidate }
///
/// struct LeakyCell<Scalar: DifferentiableScalar>: RecurrentCell {
///     var input, recurrent: GateProjection<LeakyGate, Scalar>
///
///     init(inputSize: Int, hiddenSize: Int) {
///         input = GateProjection(inputSize, hiddenSize)
///         recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
///     }
///
///     func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, recurrent.unitCount]) }
///
///     func step(_ x: Tensor<Scalar>, _ h: Tensor<Scalar>) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
///         let z = input(x) + recurrent(h)
///         let leak = sigmoid(z[.leak]).named("leak")
///         let candidate = tanh(z[.candidate]).named("candidate")
///         let next = leak * h + (1 - leak) * candidate
///         return (next, next)
///     }
/// }
/// ```
public protocol RecurrentCell<Scalar>: StructuredRecurrentCell
where Input == Tensor<Scalar>, Output == Tensor<Scalar> {
    // What it has from the general protocol stands here again: so the compiler infers the types from a cell's
    // functions.

    /// The type of the elements of inputs, outputs and parameters.
    associatedtype Scalar
    /// What carries over from step to step: any tree of tensors, each `[batch, …]`.
    associatedtype State

    /// The state before the first step when none is given.
    func initialState(batchSize: Int) -> State

    /// One step.
    ///
    /// - Parameters:
    ///   - input: xₜ, `[batch, features]`.
    ///   - state: the state after step t − 1.
    /// - Returns: the output yₜ, `[batch, units]`, and the state after step t.
    func step(_ input: Tensor<Scalar>, _ state: State) -> (output: Tensor<Scalar>, state: State)
}

/// What a `RecurrentCell` is where inputs and outputs are not tensors but trees of them: a measurement with the time
/// that has passed, several streams. All drivers and wrappers take it. See `RecurrentCell` for how to write one.
public protocol StructuredRecurrentCell<Scalar>: Module {
    /// The type of the elements of parameters.
    associatedtype Scalar: DifferentiableScalar
    /// What a step takes: any tree of tensors, each `[batch, …]`.
    associatedtype Input: Module
    /// What carries over from step to step: any tree of tensors, each `[batch, …]`.
    associatedtype State: Module
    /// What a step returns beside the state: any tree of tensors, each `[batch, …]`.
    associatedtype Output: Module

    /// The state before the first step when none is given.
    func initialState(batchSize: Int) -> State

    /// One step, from an input and the state before it to an output and the state after it.
    func step(_ input: Input, _ state: State) -> (output: Output, state: State)

    /// The cell as it is applied to one sequence, with what stays the same at all of its steps: a weight matrix that is
    /// computed from parameters, a dropout mask. Drivers call it once before the first step. The cell itself unless it
    /// says otherwise.
    ///
    /// - Parameters:
    ///   - input: of the first step.
    ///   - state: before the first step.
    func prepared(for input: Input, _ state: State) -> Self
}

extension StructuredRecurrentCell {
    /// The cell itself.
    public func prepared(for input: Input, _ state: State) -> Self { self }
}

/// A cell that is made from two sizes, so that layers of it can be stacked by `RecurrentLayers`.
public protocol SizedRecurrentCell<Scalar>: RecurrentCell {
    /// A cell with first parameters for `[batch, inputSize]` inputs and a state of `hiddenSize` units.
    init(inputSize: Int, hiddenSize: Int)
}
