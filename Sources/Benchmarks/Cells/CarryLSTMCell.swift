import Tapestry

/// A cell of the kind that a researcher makes up, and that no library has: an LSTM whose output gate chooses between
/// the new hidden state and the one before.
///
///     fₜ, iₜ, C̃ₜ, Cₜ, oₜ as in an LSTM
///     hₜ = oₜ ⊙ tanh(Cₜ) + (1 − oₜ) ⊙ hₜ₋₁            hidden state
struct CarryLSTMCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    var input, recurrent: GateProjection<LSTMGate, Scalar>

    init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
    }

    func initialState(batchSize: Int) -> LSTMState<Scalar> {
        let zeros = Tensor<Scalar>.zeros([batchSize, recurrent.unitCount])
        return LSTMState(hidden: zeros, cell: zeros)
    }

    func step(
        _ x: Tensor<Scalar>, _ state: LSTMState<Scalar>
    ) -> (output: Tensor<Scalar>, state: LSTMState<Scalar>) {
        let z = input(x) + recurrent(state.hidden)
        let forget = sigmoid(z[.forget]).named("forget")
        let admit = sigmoid(z[.input]).named("input")
        let candidate = tanh(z[.candidate]).named("candidate")
        let cell = (forget * state.cell + admit * candidate).named("cell")
        let output = sigmoid(z[.output]).named("output")
        let hidden = (output * tanh(cell) + (1 - output) * state.hidden).named("hidden")
        return (hidden, LSTMState(hidden: hidden, cell: cell))
    }
}
