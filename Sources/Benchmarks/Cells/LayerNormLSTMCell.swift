import Tapestry

/// An LSTM with layer normalisation of both products and of the cell state before the output. With LN the layer norm of
/// a whole vector, with a gain and a bias of its own wherever it stands (the gates' biases b are those of LN_x and LN_h):
///
///     z  = LN_x(W · xₜ) + LN_h(U · hₜ₋₁)               each normalised over all four gates together, as in the paper
///     fₜ = σ(z_f),  iₜ = σ(z_i),  C̃ₜ = tanh(z_C)       forget gate, input gate, candidate
///     Cₜ = fₜ ⊙ Cₜ₋₁ + iₜ ⊙ C̃ₜ                         cell state
///     oₜ = σ(z_o)                                       output gate
///     hₜ = oₜ ⊙ tanh(LN_C(Cₜ))                          hidden state
///
/// Reference: J. L. Ba, J. R. Kiros and G. E. Hinton, "Layer normalization", 2016, equations 20 to 22.
struct LayerNormLSTMCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    var input, recurrent: GateProjection<LSTMGate, Scalar>
    var inputNorm, recurrentNorm, cellNorm: LayerNorm<Scalar>

    init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize, bias: false)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        inputNorm = LayerNorm(featureCount: LSTMGate.allCases.count * hiddenSize)
        recurrentNorm = LayerNorm(featureCount: LSTMGate.allCases.count * hiddenSize)
        cellNorm = LayerNorm(featureCount: hiddenSize)
    }

    func initialState(batchSize: Int) -> LSTMState<Scalar> {
        let zeros = Tensor<Scalar>.zeros([batchSize, recurrent.unitCount])
        return LSTMState(hidden: zeros, cell: zeros)
    }

    func step(
        _ x: Tensor<Scalar>, _ state: LSTMState<Scalar>
    ) -> (output: Tensor<Scalar>, state: LSTMState<Scalar>) {
        let z = Gated<LSTMGate, Scalar>(
            packed: inputNorm(input(x).packed) + recurrentNorm(recurrent(state.hidden).packed))
        let forget = sigmoid(z[.forget]).named("forget")
        let admit = sigmoid(z[.input]).named("input")
        let candidate = tanh(z[.candidate]).named("candidate")
        let cell = (forget * state.cell + admit * candidate).named("cell")
        let output = sigmoid(z[.output]).named("output")
        let hidden = (output * tanh(cellNorm(cell))).named("hidden")
        return (hidden, LSTMState(hidden: hidden, cell: cell))
    }
}
