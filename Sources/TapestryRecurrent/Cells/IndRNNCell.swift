import TapestryAutograd
import TapestryLayers

/// The independently recurrent network: each unit sees of the state before only its own element:
///
///     hₜ = max(W xₜ + u ⊙ hₜ₋₁ + b, 0)
///
/// Reference: S. Li, W. Li, C. Cook, C. Zhu and Y. Gao, "Independently recurrent neural network (IndRNN)", 2018.
public struct IndRNNCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W and b.
    public var input: GateProjection<RNNGate, Scalar>
    /// u, `[hidden]`.
    public var recurrentWeights: Tensor<Scalar>

    /// W and b start uniformly in ±1/√hidden, u in ±1.
    public init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize)
        recurrentWeights = Initializer.uniform(limit: 1).tensor([hiddenSize])
    }

    /// h₀ = 0, `[batch, hidden]`.
    public func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, recurrentWeights.count]) }

    /// hₜ from xₜ, `[batch, input]`, and hₜ₋₁, `[batch, hidden]`; the output is the state. Traps if they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ h: Tensor<Scalar>
    ) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
        let hidden = relu(input(x)[.hidden] + recurrentWeights * h).named("hidden")
        return (hidden, hidden)
    }
}
