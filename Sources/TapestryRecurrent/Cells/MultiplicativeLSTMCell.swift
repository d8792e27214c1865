import TapestryAutograd
import TapestryLayers

/// Long short-term memory whose gates see, in the place of the hidden state, its product with the input:
///
///     mₜ = (W_m xₜ) ⊙ (U_m hₜ₋₁)               intermediate state
///     fₜ = σ(W_f xₜ + U_f mₜ + b_f)            forget gate
///     iₜ = σ(W_i xₜ + U_i mₜ + b_i)            input gate
///     C̃ₜ = tanh(W_C xₜ + U_C mₜ + b_C)         candidate
///     Cₜ = fₜ ⊙ Cₜ₋₁ + iₜ ⊙ C̃ₜ                 cell state
///     oₜ = σ(W_o xₜ + U_o mₜ + b_o)            output gate
///     hₜ = oₜ ⊙ tanh(Cₜ)                        hidden state
///
/// Reference: B. Krause, L. Lu, I. Murray and S. Renals, "Multiplicative LSTM for sequence modelling", 2016.
public struct MultiplicativeLSTMCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W and b of every gate.
    public var input: GateProjection<LSTMGate, Scalar>
    /// U of every gate.
    public var recurrent: GateProjection<LSTMGate, Scalar>
    /// W_m, `[input, hidden]`, and U_m, `[hidden, hidden]`.
    public var inputFactor, recurrentFactor: Tensor<Scalar>

    /// All parameters start uniformly in ±1/√hidden.
    public init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        let uniform = Initializer.inverseRoot(of: hiddenSize)
        inputFactor = uniform.tensor([inputSize, hiddenSize])
        recurrentFactor = uniform.tensor([hiddenSize, hiddenSize])
    }

    /// h₀ = 0 and C₀ = 0, each `[batch, hidden]`.
    public func initialState(batchSize: Int) -> LSTMState<Scalar> { .zeros([batchSize, recurrent.unitCount]) }

    /// hₜ and Cₜ from xₜ, `[batch, input]`, and hₜ₋₁ and Cₜ₋₁, each `[batch, hidden]`; the output is hₜ. Traps if
    /// they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ state: LSTMState<Scalar>
    ) -> (output: Tensor<Scalar>, state: LSTMState<Scalar>) {
        let m = (matmul(x, inputFactor) * matmul(state.hidden, recurrentFactor)).named("intermediate")
        let z = input(x) + recurrent(m)
        let f = sigmoid(z[.forget]).named("forget")
        let i = sigmoid(z[.input]).named("input")
        let candidate = tanh(z[.candidate]).named("candidate")
        let cell = (f * state.cell + i * candidate).named("cell")
        let o = sigmoid(z[.output]).named("output")
        let hidden = (o * tanh(cell)).named("hidden")
        return (hidden, LSTMState(hidden: hidden, cell: cell))
    }
}
