import TapestryAutograd
import TapestryLayers

/// Long short-term memory whose hidden state is a projection of what its cells give out, so that many cells need few
/// recurrent weights:
///
///     fₜ = σ(W_f xₜ + U_f hₜ₋₁ + b_f)          forget gate
///     iₜ = σ(W_i xₜ + U_i hₜ₋₁ + b_i)          input gate
///     C̃ₜ = tanh(W_C xₜ + U_C hₜ₋₁ + b_C)       candidate
///     Cₜ = fₜ ⊙ Cₜ₋₁ + iₜ ⊙ C̃ₜ                 cell state, `[batch, cells]`
///     oₜ = σ(W_o xₜ + U_o hₜ₋₁ + b_o)          output gate
///     hₜ = P (oₜ ⊙ tanh(Cₜ))                    hidden state, `[batch, hidden]`
///
/// Reference: H. Sak, A. Senior and F. Beaufays, "Long short-term memory recurrent neural network architectures for
/// large scale acoustic modeling", 2014.
public struct ProjectedLSTMCell<Scalar: DifferentiableScalar>: RecurrentCell {
    /// W and b of every gate.
    public var input: GateProjection<LSTMGate, Scalar>
    /// U of every gate, `[hidden, gates × cells]`.
    public var recurrent: GateProjection<LSTMGate, Scalar>
    /// P, `[cells, hidden]`.
    public var projection: Tensor<Scalar>

    /// All parameters start uniformly in ±1/√cells.
    public init(inputSize: Int, cellSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, cellSize)
        recurrent = GateProjection(hiddenSize, cellSize, bias: false)
        projection = Initializer.inverseRoot(of: cellSize).tensor([cellSize, hiddenSize])
    }

    /// h₀ = 0, `[batch, hidden]`, and C₀ = 0, `[batch, cells]`.
    public func initialState(batchSize: Int) -> LSTMState<Scalar> {
        LSTMState(hidden: .zeros([batchSize, recurrent.inputSize]), cell: .zeros([batchSize, recurrent.unitCount]))
    }

    /// hₜ and Cₜ from xₜ, `[batch, input]`, hₜ₋₁, `[batch, hidden]`, and Cₜ₋₁, `[batch, cells]`; the output is hₜ.
    /// Traps if they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ state: LSTMState<Scalar>
    ) -> (output: Tensor<Scalar>, state: LSTMState<Scalar>) {
        let z = input(x) + recurrent(state.hidden)
        let f = sigmoid(z[.forget]).named("forget")
        let i = sigmoid(z[.input]).named("input")
        let candidate = tanh(z[.candidate]).named("candidate")
        let cell = (f * state.cell + i * candidate).named("cell")
        let o = sigmoid(z[.output]).named("output")
        let hidden = matmul(o * tanh(cell), projection).named("hidden")
        return (hidden, LSTMState(hidden: hidden, cell: cell))
    }
}
