import TapestryAutograd
import TapestryLayers

/// The minimal recurrent network: the input is mapped to the space of states first, and one gate mixes it in:
///
///     zₜ = tanh(W xₜ + b_z)                            the input among the states
///     uₜ = σ(U_h hₜ₋₁ + U_z zₜ + b_u)                  update gate
///     hₜ = uₜ ⊙ hₜ₋₁ + (1 − uₜ) ⊙ zₜ                   hidden state
///
/// Reference: M. Chen, "MinimalRNN: toward more interpretable and trainable recurrent neural networks", 2017.
public struct MinimalRNNCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W and b_z.
    public var embedding: Linear<Scalar>
    /// U_h and U_z, each `[hidden, hidden]`.
    public var recurrentWeights, updateWeights: Tensor<Scalar>
    /// b_u, `[hidden]`.
    public var updateBias: Tensor<Scalar>

    /// All parameters start uniformly in ±1/√hidden, those of the input in ±1/√input.
    public init(inputSize: Int, hiddenSize: Int) {
        let uniform = Initializer.inverseRoot(of: hiddenSize)
        embedding = Linear(inputSize: inputSize, outputSize: hiddenSize)
        recurrentWeights = uniform.tensor([hiddenSize, hiddenSize])
        updateWeights = uniform.tensor([hiddenSize, hiddenSize])
        updateBias = uniform.tensor([hiddenSize])
    }

    /// h₀ = 0, `[batch, hidden]`.
    public func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, updateBias.count]) }

    /// hₜ from xₜ, `[batch, input]`, and hₜ₋₁, `[batch, hidden]`; the output is the state. Traps if they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ h: Tensor<Scalar>
    ) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
        let z = tanh(embedding(x)).named("embedding")
        let u = sigmoid(matmul(h, recurrentWeights) + matmul(z, updateWeights) + updateBias).named("update")
        let hidden = (u * h + (1 - u) * z).named("hidden")
        return (hidden, hidden)
    }
}
