import TapestryAutograd
import TapestryLayers

/// The gates of an LSTM with coupled input and forget gates, in the order of their blocks.
public enum CoupledLSTMGate: String, CaseIterable, Sendable {
    /// fₜ, which keeps the cell state before; 1 − fₜ lets the candidate in.
    case forget
    /// C̃ₜ, what may join the cell state.
    case candidate
    /// oₜ, which lets the cell state out.
    case output
}

/// Long short-term memory whose input gate is what the forget gate leaves (CIFG):
///
///     fₜ = σ(W_f xₜ + U_f hₜ₋₁ + b_f)          forget gate
///     iₜ = 1 − fₜ                               input gate
///     C̃ₜ = tanh(W_C xₜ + U_C hₜ₋₁ + b_C)       candidate
///     Cₜ = fₜ ⊙ Cₜ₋₁ + iₜ ⊙ C̃ₜ                 cell state
///     oₜ = σ(W_o xₜ + U_o hₜ₋₁ + b_o)          output gate
///     hₜ = oₜ ⊙ tanh(Cₜ)                        hidden state
///
/// Reference: K. Greff, R. K. Srivastava, J. Koutník, B. Steunebrink and J. Schmidhuber, "LSTM: a search space
/// odyssey", 2017.
public struct CoupledLSTMCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W and b of every gate.
    public var input: GateProjection<CoupledLSTMGate, Scalar>
    /// U of every gate.
    public var recurrent: GateProjection<CoupledLSTMGate, Scalar>

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
        let f = sigmoid(z[.forget]).named("forget")
        let i = (1 - f).named("input")
        let candidate = tanh(z[.candidate]).named("candidate")
        let cell = (f * state.cell + i * candidate).named("cell")
        let o = sigmoid(z[.output]).named("output")
        let hidden = (o * tanh(cell)).named("hidden")
        return (hidden, LSTMState(hidden: hidden, cell: cell))
    }
}
