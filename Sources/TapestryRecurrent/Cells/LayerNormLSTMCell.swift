import TapestryAutograd
import TapestryLayers

/// Long short-term memory with layer normalisation of both products, over all gates together, and of the cell state
/// where it is given out. LN is a layer norm with a gain and a bias of its own wherever it stands:
///
///     z  = LN_x(W xₜ) + LN_h(U hₜ₋₁)
///     fₜ = σ(z_f),  iₜ = σ(z_i),  C̃ₜ = tanh(z_C)       forget gate, input gate, candidate
///     Cₜ = fₜ ⊙ Cₜ₋₁ + iₜ ⊙ C̃ₜ                         cell state
///     oₜ = σ(z_o)                                       output gate
///     hₜ = oₜ ⊙ tanh(LN_C(Cₜ))                          hidden state
///
/// Reference: J. L. Ba, J. R. Kiros and G. E. Hinton, "Layer normalization", 2016, equations 20 to 22.
public struct LayerNormLSTMCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W of every gate.
    public var input: GateProjection<LSTMGate, Scalar>
    /// U of every gate.
    public var recurrent: GateProjection<LSTMGate, Scalar>
    /// LN_x and LN_h, over `4 × hidden` features, whose biases are those of the gates; and LN_C, over `hidden`.
    public var inputNorm, recurrentNorm, cellNorm: LayerNorm<Scalar>

    /// Weights start uniformly in ±1/√hidden, gains at 1 and biases at 0.
    public init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize, bias: false)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        inputNorm = LayerNorm(featureCount: LSTMGate.allCases.count * hiddenSize)
        recurrentNorm = LayerNorm(featureCount: LSTMGate.allCases.count * hiddenSize)
        cellNorm = LayerNorm(featureCount: hiddenSize)
    }

    /// h₀ = 0 and C₀ = 0, each `[batch, hidden]`.
    public func initialState(batchSize: Int) -> LSTMState<Scalar> { .zeros([batchSize, recurrent.unitCount]) }

    /// hₜ and Cₜ from xₜ, `[batch, input]`, and hₜ₋₁ and Cₜ₋₁, each `[batch, hidden]`; the output is hₜ. Traps if
    /// they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ state: LSTMState<Scalar>
    ) -> (output: Tensor<Scalar>, state: LSTMState<Scalar>) {
        let z = inputNorm(input(x)) + recurrentNorm(recurrent(state.hidden))
        let f = sigmoid(z[.forget]).named("forget")
        let i = sigmoid(z[.input]).named("input")
        let candidate = tanh(z[.candidate]).named("candidate")
        let cell = (f * state.cell + i * candidate).named("cell")
        let o = sigmoid(z[.output]).named("output")
        let hidden = (o * tanh(cellNorm(cell))).named("hidden")
        return (hidden, LSTMState(hidden: hidden, cell: cell))
    }
}
