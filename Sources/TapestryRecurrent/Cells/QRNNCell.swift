import TapestryAutograd
import TapestryLayers

/// The gates of a quasi-recurrent network, in the order of their blocks.
public enum QRNNGate: String, CaseIterable, Sendable {
    /// zₜ, what may join the cell state.
    case candidate
    /// fₜ, which keeps the cell state before.
    case forget
    /// oₜ, which lets the cell state out.
    case output
}

/// The state of a quasi-recurrent network.
public struct QRNNState<Scalar: DifferentiableScalar>: Module {
    /// Cₜ, `[batch, hidden]`.
    public var cell: Tensor<Scalar>
    /// xₜ, `[batch, input]`.
    public var input: Tensor<Scalar>

    /// A state of a cell state and an input.
    public init(cell: Tensor<Scalar>, input: Tensor<Scalar>) {
        self.cell = cell
        self.input = input
    }
}

/// The quasi-recurrent network, a convolution over two steps and a recurrent pooling with two gates:
///
///     zₜ = tanh(W_z xₜ + V_z xₜ₋₁ + b_z)       candidate
///     fₜ = σ(W_f xₜ + V_f xₜ₋₁ + b_f)          forget gate
///     oₜ = σ(W_o xₜ + V_o xₜ₋₁ + b_o)          output gate
///     Cₜ = fₜ ⊙ Cₜ₋₁ + (1 − fₜ) ⊙ zₜ           cell state
///     hₜ = oₜ ⊙ Cₜ                              output
///
/// Reference: J. Bradbury, S. Merity, C. Xiong and R. Socher, "Quasi-recurrent neural networks", 2017.
public struct QRNNCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W and b of every gate.
    public var input: GateProjection<QRNNGate, Scalar>
    /// V of every gate.
    public var previousInput: GateProjection<QRNNGate, Scalar>

    /// All parameters start uniformly in ±1/√hidden.
    public init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize)
        previousInput = GateProjection(inputSize, hiddenSize, bias: false)
    }

    /// C₀ = 0, `[batch, hidden]`, and x₀ = 0, `[batch, input]`.
    public func initialState(batchSize: Int) -> QRNNState<Scalar> {
        QRNNState(cell: .zeros([batchSize, input.unitCount]), input: .zeros([batchSize, input.inputSize]))
    }

    /// hₜ, `[batch, hidden]`, and the state after the step. Traps if input and state do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ state: QRNNState<Scalar>
    ) -> (output: Tensor<Scalar>, state: QRNNState<Scalar>) {
        let z = input(x) + previousInput(state.input)
        let candidate = tanh(z[.candidate]).named("candidate")
        let f = sigmoid(z[.forget]).named("forget")
        let o = sigmoid(z[.output]).named("output")
        let cell = (f * state.cell + (1 - f) * candidate).named("cell")
        let hidden = (o * cell).named("hidden")
        return (hidden, QRNNState(cell: cell, input: x))
    }
}
