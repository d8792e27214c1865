import TapestryAutograd
import TapestryLayers

/// The state of a structurally constrained recurrent network, each part `[batch, hidden]`.
public struct SCRNState<Scalar: DifferentiableScalar>: Module {
    /// hₜ.
    public var hidden: Tensor<Scalar>
    /// sₜ, which changes slowly.
    public var context: Tensor<Scalar>

    /// A state of two parts of one shape.
    public init(hidden: Tensor<Scalar>, context: Tensor<Scalar>) {
        self.hidden = hidden
        self.context = context
    }
}

/// The structurally constrained recurrent network: slowly changing context units beside hidden ones:
///
///     sₜ = (1 − α) B xₜ + α sₜ₋₁                       context
///     hₜ = σ(P sₜ + A xₜ + R hₜ₋₁)                     hidden state
///     yₜ = U hₜ + V sₜ                                 output
///
/// Reference: T. Mikolov, A. Joulin, S. Chopra, M. Mathieu and M. Ranzato, "Learning longer memory in recurrent
/// neural networks", 2014.
public struct SCRNCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// A and B, each `[input, hidden]`.
    public var hiddenInput, contextInput: Tensor<Scalar>
    /// R and P, each `[hidden, hidden]`.
    public var hiddenRecurrent, contextRecurrent: Tensor<Scalar>
    /// U and V, each `[hidden, hidden]`.
    public var hiddenOutput, contextOutput: Tensor<Scalar>
    /// α.
    public let decay: Double

    /// All parameters start uniformly in ±1/√hidden.
    public init(inputSize: Int, hiddenSize: Int, decay: Double) {
        let uniform = Initializer.inverseRoot(of: hiddenSize)
        hiddenInput = uniform.tensor([inputSize, hiddenSize])
        contextInput = uniform.tensor([inputSize, hiddenSize])
        hiddenRecurrent = uniform.tensor([hiddenSize, hiddenSize])
        contextRecurrent = uniform.tensor([hiddenSize, hiddenSize])
        hiddenOutput = uniform.tensor([hiddenSize, hiddenSize])
        contextOutput = uniform.tensor([hiddenSize, hiddenSize])
        self.decay = decay
    }

    /// A cell with the paper's α = 0.95.
    public init(inputSize: Int, hiddenSize: Int) {
        self.init(inputSize: inputSize, hiddenSize: hiddenSize, decay: 0.95)
    }

    /// h₀ = 0 and s₀ = 0, each `[batch, hidden]`.
    public func initialState(batchSize: Int) -> SCRNState<Scalar> {
        let zeros = Tensor<Scalar>.zeros([batchSize, hiddenRecurrent.shape[0]])
        return SCRNState(hidden: zeros, context: zeros)
    }

    /// yₜ, `[batch, hidden]`, and the state after the step. Traps if input and state do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ state: SCRNState<Scalar>
    ) -> (output: Tensor<Scalar>, state: SCRNState<Scalar>) {
        let fromInput = matmul(x, contextInput)
        let context = (Scalar(1 - decay) * fromInput + Scalar(decay) * state.context).named("context")
        let z = matmul(context, contextRecurrent) + matmul(x, hiddenInput) + matmul(state.hidden, hiddenRecurrent)
        let hidden = sigmoid(z).named("hidden")
        let output = (matmul(hidden, hiddenOutput) + matmul(context, contextOutput)).named("output")
        return (output, SCRNState(hidden: hidden, context: context))
    }
}
