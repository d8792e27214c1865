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
public protocol RecurrentCell<Scalar>: Module {
    /// The type of the elements of parameters, and of inputs and outputs that are tensors.
    associatedtype Scalar: DifferentiableScalar
    /// What a step takes: a tensor `[batch, features]`, or any tree of tensors `[batch, …]`.
    associatedtype Input: Module = Tensor<Scalar>
    /// What carries over from step to step: any tree of tensors, each `[batch, …]`.
    associatedtype State: Module
    /// What a step returns beside the state: a tensor `[batch, units]`, or any tree of tensors `[batch, …]`.
    associatedtype Output: Module = Tensor<Scalar>

    /// The state before the first step when none is given.
    func initialState(batchSize: Int) -> State

    /// One step.
    ///
    /// - Parameters:
    ///   - input: xₜ, `[batch, features]`.
    ///   - state: the state after step t − 1.
    /// - Returns: the output yₜ, `[batch, units]`, and the state after step t.
    func step(_ input: Input, _ state: State) -> (output: Output, state: State)

    /// The cell as it is applied to one sequence, with what stays the same at all of its steps: a weight matrix that is
    /// computed from parameters, a dropout mask. Drivers call it once before the first step. The cell itself unless it says
    /// otherwise.
    ///
    /// - Parameters:
    ///   - input: of the first step.
    ///   - state: before the first step.
    func prepared(for input: Input, _ state: State) -> Self
}

extension RecurrentCell {
    /// The cell itself.
    public func prepared(for input: Input, _ state: State) -> Self { self }
}

/// A cell that is made from two sizes, so that layers of it can be stacked by `RecurrentLayers`.
public protocol SizedRecurrentCell: RecurrentCell where Input == Tensor<Scalar>, Output == Tensor<Scalar> {
    /// A cell with first parameters for `[batch, inputSize]` inputs and a state of `hiddenSize` units.
    init(inputSize: Int, hiddenSize: Int)
}
