import Tapestry

public enum LeakyGate: String, CaseIterable, Sendable { case leak, candidate }

/// The user's cell of the documentation.
public struct LeakyCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    public var input, recurrent: GateProjection<LeakyGate, Scalar>

    public init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
    }

    public func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, recurrent.unitCount]) }

    public func step(
        _ x: Tensor<Scalar>, _ h: Tensor<Scalar>
    ) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
        let z = input(x) + recurrent(h)
        let leak = sigmoid(z[.leak]).named("leak")
        let candidate = tanh(z[.candidate]).named("candidate")
        let next = leak * h + (1 - leak) * candidate
        return (next, next)
    }
}
