import Tapestry

/// An LSTM whose gates see the cell state through diagonal weights p:
///
///     fₜ = σ(W_f · [hₜ₋₁, xₜ] + p_f ⊙ Cₜ₋₁ + b_f)     forget gate
///     iₜ = σ(W_i · [hₜ₋₁, xₜ] + p_i ⊙ Cₜ₋₁ + b_i)     input gate
///     C̃ₜ = tanh(W_C · [hₜ₋₁, xₜ] + b_C)               candidate
///     Cₜ = fₜ ⊙ Cₜ₋₁ + iₜ ⊙ C̃ₜ                        cell state
///     oₜ = σ(W_o · [hₜ₋₁, xₜ] + p_o ⊙ Cₜ + b_o)       output gate, which sees the new cell state
///     hₜ = oₜ ⊙ tanh(Cₜ)                               hidden state
///
/// Reference: F. Gers and J. Schmidhuber, "Recurrent nets that time and count", 2000.
struct PeepholeLSTMCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    var input, recurrent: GateProjection<LSTMGate, Scalar>
    var forgetPeephole, inputPeephole, outputPeephole: Tensor<Scalar>

    init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        let initializer = Initializer.inverseRoot(of: hiddenSize)
        forgetPeephole = initializer.tensor([hiddenSize])
        inputPeephole = initializer.tensor([hiddenSize])
        outputPeephole = initializer.tensor([hiddenSize])
    }

    func initialState(batchSize: Int) -> LSTMState<Scalar> {
        let zeros = Tensor<Scalar>.zeros([batchSize, recurrent.unitCount])
        return LSTMState(hidden: zeros, cell: zeros)
    }

    func step(
        _ x: Tensor<Scalar>, _ state: LSTMState<Scalar>
    ) -> (output: Tensor<Scalar>, state: LSTMState<Scalar>) {
        let z = input(x) + recurrent(state.hidden)
        let forget = sigmoid(z[.forget] + forgetPeephole * state.cell).named("forget")
        let admit = sigmoid(z[.input] + inputPeephole * state.cell).named("input")
        let candidate = tanh(z[.candidate]).named("candidate")
        let cell = (forget * state.cell + admit * candidate).named("cell")
        let output = sigmoid(z[.output] + outputPeephole * cell).named("output")
        let hidden = (output * tanh(cell)).named("hidden")
        return (hidden, LSTMState(hidden: hidden, cell: cell))
    }
}
