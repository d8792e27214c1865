import Tapestry

enum LeakyGate: String, CaseIterable { case leak, candidate }

/// The cell of the documentation of `RecurrentCell`, as a user writes it.
struct LeakyCell<Scalar: DifferentiableScalar>: RecurrentCell {
    var input, recurrent: GateProjection<LeakyGate, Scalar>

    init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
    }

    func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, recurrent.unitCount]) }

    func step(_ x: Tensor<Scalar>, _ h: Tensor<Scalar>) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
        let z = input(x) + recurrent(h)
        let leak = sigmoid(z[.leak]).named("leak")
        let candidate = tanh(z[.candidate]).named("candidate")
        let next = leak * h + (1 - leak) * candidate
        return (next, next)
    }
}
