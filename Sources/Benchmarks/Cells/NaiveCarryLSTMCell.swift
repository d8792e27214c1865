import Tapestry

/// `CarryLSTMCell` as a beginner writes it: a layer, and so a product, for each gate and source, and nothing packed.
struct NaiveCarryLSTMCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    var forgetFromInput, admitFromInput, candidateFromInput, outputFromInput: Linear<Scalar>
    var forgetFromHidden, admitFromHidden, candidateFromHidden, outputFromHidden: Linear<Scalar>
    let hiddenSize: Int

    init(inputSize: Int, hiddenSize: Int) {
        func fromInput() -> Linear<Scalar> { Linear(inputSize: inputSize, outputSize: hiddenSize) }
        func fromHidden() -> Linear<Scalar> { Linear(inputSize: hiddenSize, outputSize: hiddenSize, bias: false) }
        (forgetFromInput, forgetFromHidden) = (fromInput(), fromHidden())
        (admitFromInput, admitFromHidden) = (fromInput(), fromHidden())
        (candidateFromInput, candidateFromHidden) = (fromInput(), fromHidden())
        (outputFromInput, outputFromHidden) = (fromInput(), fromHidden())
        self.hiddenSize = hiddenSize
    }

    func initialState(batchSize: Int) -> LSTMState<Scalar> {
        LSTMState(hidden: .zeros([batchSize, hiddenSize]), cell: .zeros([batchSize, hiddenSize]))
    }

    func step(
        _ x: Tensor<Scalar>, _ state: LSTMState<Scalar>
    ) -> (output: Tensor<Scalar>, state: LSTMState<Scalar>) {
        let h = state.hidden
        let forget = sigmoid(forgetFromInput(x) + forgetFromHidden(h))
        let admit = sigmoid(admitFromInput(x) + admitFromHidden(h))
        let candidate = tanh(candidateFromInput(x) + candidateFromHidden(h))
        let output = sigmoid(outputFromInput(x) + outputFromHidden(h))
        let cell = forget * state.cell + admit * candidate
        let hidden = output * tanh(cell) + (1 - output) * h
        return (hidden, LSTMState(hidden: hidden, cell: cell))
    }
}
