import TapestryAutograd
import TapestryLayers

/// Long short-term memory whose gates see the cell state, through diagonal weights p:
///
///     fₜ = σ(W_f xₜ + U_f hₜ₋₁ + p_f ⊙ Cₜ₋₁ + b_f)    forget gate
///     iₜ = σ(W_i xₜ + U_i hₜ₋₁ + p_i ⊙ Cₜ₋₁ + b_i)    input gate
///     C̃ₜ = tanh(W_C xₜ + U_C hₜ₋₁ + b_C)              candidate
///     Cₜ = fₜ ⊙ Cₜ₋₁ + iₜ ⊙ C̃ₜ                        cell state
///     oₜ = σ(W_o xₜ + U_o hₜ₋₁ + p_o ⊙ Cₜ + b_o)      output gate, which sees the new cell state
///     hₜ = oₜ ⊙ tanh(Cₜ)                               hidden state
///
/// Reference: F. Gers, N. Schraudolph and J. Schmidhuber, "Learning precise timing with LSTM recurrent networks",
/// 2002.
public struct PeepholeLSTMCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W and b of every gate.
    public var input: GateProjection<LSTMGate, Scalar>
    /// U of every gate.
    public var recurrent: GateProjection<LSTMGate, Scalar>
    /// p_f, p_i and p_o, each `[hidden]`.
    public var forgetPeephole, inputPeephole, outputPeephole: Tensor<Scalar>

    /// All parameters start uniformly in ±1/√hidden.
    public init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        let uniform = Initializer.inverseRoot(of: hiddenSize)
        forgetPeephole = uniform.tensor([hiddenSize])
        inputPeephole = uniform.tensor([hiddenSize])
        outputPeephole = uniform.tensor([hiddenSize])
    }

    /// h₀ = 0 and C₀ = 0, each `[batch, hidden]`.
    public func initialState(batchSize: Int) -> LSTMState<Scalar> { .zeros([batchSize, recurrent.unitCount]) }

    /// hₜ and Cₜ from xₜ, `[batch, input]`, and hₜ₋₁ and Cₜ₋₁, each `[batch, hidden]`; the output is hₜ. Traps if
    /// they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ state: LSTMState<Scalar>
    ) -> (output: Tensor<Scalar>, state: LSTMState<Scalar>) {
        let z = input(x) + recurrent(state.hidden)
        let f = sigmoid(z[.forget] + forgetPeephole * state.cell).named("forget")
        let i = sigmoid(z[.input] + inputPeephole * state.cell).named("input")
        let candidate = tanh(z[.candidate]).named("candidate")
        let cell = (f * state.cell + i * candidate).named("cell")
        let o = sigmoid(z[.output] + outputPeephole * cell).named("output")
        let hidden = (o * tanh(cell)).named("hidden")
        return (hidden, LSTMState(hidden: hidden, cell: cell))
    }
}
