import Tapestry

public enum OwnGate: String, CaseIterable, Sendable { case forget, input, candidate, output }

public struct OwnState<Scalar: DifferentiableScalar>: Module {
    public var hidden, cell: Tensor<Scalar>
}

/// An LSTM cell written outside of the library, to see that it is as fast as the one inside.
public struct OwnLSTMCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    public var input, recurrent: GateProjection<OwnGate, Scalar>

    public init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
    }

    public func initialState(batchSize: Int) -> OwnState<Scalar> {
        let zeros = Tensor<Scalar>.zeros([batchSize, recurrent.unitCount])
        return OwnState(hidden: zeros, cell: zeros)
    }

    public func step(
        _ x: Tensor<Scalar>, _ state: OwnState<Scalar>
    ) -> (output: Tensor<Scalar>, state: OwnState<Scalar>) {
        let z = input(x) + recurrent(state.hidden)
        let cell = sigmoid(z[.forget]) * state.cell + sigmoid(z[.input]) * tanh(z[.candidate])
        let hidden = sigmoid(z[.output]) * tanh(cell)
        return (hidden, OwnState(hidden: hidden, cell: cell))
    }
}
