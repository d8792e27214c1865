import Tapestry

/// The equations of an LSTM, spelt otherwise: one product of the concatenation [h, x] with one matrix, σ by tanh and tanh
/// by σ, the gates in another order.
struct ConcatenatingLSTMCell: RecurrentCell {
    var input, recurrent: GateProjection<LSTMGate, Double>

    init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
    }

    func initialState(batchSize: Int) -> LSTMState<Double> {
        let zeros = Tensor<Double>.zeros([batchSize, recurrent.unitCount])
        return LSTMState(hidden: zeros, cell: zeros)
    }

    func step(_ x: Tensor<Double>, _ state: LSTMState<Double>) -> (output: Tensor<Double>, state: LSTMState<Double>) {
        let weights = concatenate([recurrent.weights.packed, input.weights.packed])
        let product = matmul(concatenate([state.hidden, x], axis: 1), weights)
        let z = Gated<LSTMGate, Double>(packed: input.bias!.packed + product)
        let o = logistic(z[.output]).named("output")
        let candidate = (2 * sigmoid(2 * z[.candidate]) - 1).named("candidate")
        let (i, f) = (logistic(z[.input]).named("input"), logistic(z[.forget]).named("forget"))
        let cell = (i * candidate + state.cell - (1 - f) * state.cell).named("cell")
        let hidden = (tanh(cell) * o).named("hidden")
        return (hidden, LSTMState(hidden: hidden, cell: cell))
    }

    private func logistic(_ a: Tensor<Double>) -> Tensor<Double> { (1 + tanh(a / 2)) / 2 }
}

/// The equations of a GRU with the reset after the product, spelt otherwise: hₜ = n + z ⊙ (hₜ₋₁ − n), from one product of
/// the state with all of U.
struct InterpolatingGRUCell: RecurrentCell {
    var input, recurrent: GateProjection<GRUGate, Double>
    var candidateBias: Tensor<Double>

    init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        candidateBias = .zeros([hiddenSize])
    }

    func initialState(batchSize: Int) -> Tensor<Double> { .zeros([batchSize, recurrent.unitCount]) }

    func step(_ x: Tensor<Double>, _ h: Tensor<Double>) -> (output: Tensor<Double>, state: Tensor<Double>) {
        let (fromState, fromInput) = (recurrent(h), input(x))
        let z = (1 / (1 + exp(-(fromState[.update] + fromInput[.update])))).named("update")
        let r = (1 - sigmoid(-fromState[.reset] - fromInput[.reset])).named("reset")
        let gated = fromState[.candidate] * r + candidateBias * r
        let n = tanh(gated + fromInput[.candidate]).named("candidate")
        let hidden = (n + z * (h - n)).named("hidden")
        return (hidden, hidden)
    }
}

/// The equations of a plain recurrent cell with relu, spelt otherwise: (z + |z|) / 2, unit by unit.
struct UnitwiseRNNCell: RecurrentCell {
    var input, recurrent: GateProjection<RNNGate, Double>

    init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
    }

    func initialState(batchSize: Int) -> Tensor<Double> { .zeros([batchSize, recurrent.unitCount]) }

    func step(_ x: Tensor<Double>, _ h: Tensor<Double>) -> (output: Tensor<Double>, state: Tensor<Double>) {
        let units = (0..<recurrent.unitCount).map { unit in
            let fromInput = (x * input.weights.packed[0..., unit]).sum(axes: [1])
            let fromState = (h * recurrent.weights.packed[0..., unit]).sum(axes: [1])
            let z = fromInput + fromState + input.bias!.packed[unit]
            return (z + abs(z)) / 2
        }
        let hidden = stack(units, axis: 1).named("hidden")
        return (hidden, hidden)
    }
}
