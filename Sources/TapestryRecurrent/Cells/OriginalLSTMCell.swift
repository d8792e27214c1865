import TapestryAutograd
import TapestryLayers

/// The gates of the first LSTM, in the order of their blocks.
public enum OriginalLSTMGate: String, CaseIterable, Sendable {
    /// iₜ, which lets the candidate in.
    case input
    /// C̃ₜ, what joins the cell state.
    case candidate
    /// oₜ, which lets the cell state out.
    case output
}

/// Long short-term memory as it was first, without a forget gate, with the logistic functions of its paper:
///
///     iₜ = σ(W_i xₜ + U_i hₜ₋₁ + b_i)          input gate
///     C̃ₜ = g(W_C xₜ + U_C hₜ₋₁ + b_C)          candidate, g(z) = 4 σ(z) − 2
///     Cₜ = Cₜ₋₁ + iₜ ⊙ C̃ₜ                      cell state
///     oₜ = σ(W_o xₜ + U_o hₜ₋₁ + b_o)          output gate
///     hₜ = oₜ ⊙ s(Cₜ)                           hidden state, s(z) = 2 σ(z) − 1
///
/// Reference: S. Hochreiter and J. Schmidhuber, "Long short-term memory", 1997.
public struct OriginalLSTMCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W and b of every gate.
    public var input: GateProjection<OriginalLSTMGate, Scalar>
    /// U of every gate.
    public var recurrent: GateProjection<OriginalLSTMGate, Scalar>

    /// All parameters start uniformly in ±1/√hidden.
    public init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
    }

    /// h₀ = 0 and C₀ = 0, each `[batch, hidden]`.
    public func initialState(batchSize: Int) -> LSTMState<Scalar> { .zeros([batchSize, recurrent.unitCount]) }

    /// hₜ and Cₜ from xₜ, `[batch, input]`, and hₜ₋₁ and Cₜ₋₁, each `[batch, hidden]`; the output is hₜ. Traps if
    /// they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ state: LSTMState<Scalar>
    ) -> (output: Tensor<Scalar>, state: LSTMState<Scalar>) {
        let z = input(x) + recurrent(state.hidden)
        let i = sigmoid(z[.input]).named("input")
        // 4 σ(z) − 2 and 2 σ(z) − 1, without their cancellation.
        let candidate = (2 * tanh(z[.candidate] / 2)).named("candidate")
        let cell = (state.cell + i * candidate).named("cell")
        let o = sigmoid(z[.output]).named("output")
        let hidden = (o * tanh(cell / 2)).named("hidden")
        return (hidden, LSTMState(hidden: hidden, cell: cell))
    }
}
