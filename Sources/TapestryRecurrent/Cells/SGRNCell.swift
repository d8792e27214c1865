import TapestryAutograd
import TapestryLayers

/// The simple gated recurrent network, whose gate and candidate share one product with the input:
///
///     fₜ = σ(W xₜ + U hₜ₋₁ + b)                        forget gate
///     iₜ = 1 − fₜ                                       input gate
///     hₜ = tanh(iₜ ⊙ (W xₜ) + fₜ ⊙ hₜ₋₁)               hidden state
///
/// Reference: X. Zu and K. Wei, "A simple gated recurrent network for detection of power quality disturbances", 2021.
public struct SGRNCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W, `[input, hidden]`.
    public var inputWeights: Tensor<Scalar>
    /// U, `[hidden, hidden]`.
    public var recurrentWeights: Tensor<Scalar>
    /// b, `[hidden]`.
    public var bias: Tensor<Scalar>

    /// All parameters start uniformly in ±1/√hidden.
    public init(inputSize: Int, hiddenSize: Int) {
        let uniform = Initializer.inverseRoot(of: hiddenSize)
        inputWeights = uniform.tensor([inputSize, hiddenSize])
        recurrentWeights = uniform.tensor([hiddenSize, hiddenSize])
        bias = uniform.tensor([hiddenSize])
    }

    /// h₀ = 0, `[batch, hidden]`.
    public func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, bias.count]) }

    /// hₜ from xₜ, `[batch, input]`, and hₜ₋₁, `[batch, hidden]`; the output is the state. Traps if they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ h: Tensor<Scalar>
    ) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
        let fromInput = matmul(x, inputWeights)
        let f = sigmoid(fromInput + matmul(h, recurrentWeights) + bias).named("forget")
        let i = (1 - f).named("input")
        let hidden = tanh(i * fromInput + f * h).named("hidden")
        return (hidden, hidden)
    }
}
