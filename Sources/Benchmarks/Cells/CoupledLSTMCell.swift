import Tapestry

/// The gates of an LSTM with coupled input and forget gates.
enum CoupledLSTMGate: String, CaseIterable {
    case forget, candidate, output
}

/// An LSTM whose input gate is what the forget gate leaves (CIFG):
///
///     fₜ = σ(W_f · [hₜ₋₁, xₜ] + b_f)         forget gate
///     iₜ = 1 − fₜ                             input gate
///     C̃ₜ = tanh(W_C · [hₜ₋₁, xₜ] + b_C)      candidate
///     Cₜ = fₜ ⊙ Cₜ₋₁ + iₜ ⊙ C̃ₜ               cell state
///     oₜ = σ(W_o · [hₜ₋₁, xₜ] + b_o)         output gate
///     hₜ = oₜ ⊙ tanh(Cₜ)                      hidden state
///
/// Reference: K. Greff et al., "LSTM: a search space odyssey", 2017.
struct CoupledLSTMCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    var input, recurrent: GateProjection<CoupledLSTMGate, Scalar>

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
        let admit = (1 - forget).named("input")
        let candidate = tanh(z[.candidate]).named("candidate")
        let cell = (forget * state.cell + admit * candidate).named("cell")
        let output = sigmoid(z[.output]).named("output")
        let hidden = (output * tanh(cell)).named("hidden")
        return (hidden, LSTMState(hidden: hidden, cell: cell))
    }
}
