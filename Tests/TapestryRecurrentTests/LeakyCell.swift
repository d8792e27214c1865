import TapestryAutograd
import TapestryRecurrent

/// The example in the documentation of `RecurrentCell`, word for word.
enum LeakyGate: String, CaseIterable { case leak, candidate }

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
