import TapestryAutograd
import TapestryLayers

/// The multiplicative recurrent network, whose recurrent weights depend on the input:
///
///     mₜ = (W_m xₜ) ⊙ (U_m hₜ₋₁)               intermediate state
///     hₜ = tanh(W xₜ + U mₜ + b)               hidden state
///
/// Reference: I. Sutskever, J. Martens and G. Hinton, "Generating text with recurrent neural networks", 2011.
public struct MultiplicativeRNNCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W and b of every gate.
    public var input: GateProjection<RNNGate, Scalar>
    /// U of every gate.
    public var recurrent: GateProjection<RNNGate, Scalar>
    /// W_m, `[input, hidden]`, and U_m, `[hidden, hidden]`.
    public var inputFactor, recurrentFactor: Tensor<Scalar>

    /// All parameters start uniformly in ±1/√hidden.
    public init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        let uniform = Initializer.inverseRoot(of: hiddenSize)
        inputFactor = uniform.tensor([inputSize, hiddenSize])
        recurrentFactor = uniform.tensor([hiddenSize, hiddenSize])
    }

    /// h₀ = 0, `[batch, hidden]`.
    public func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, recurrent.unitCount]) }

    /// hₜ from xₜ, `[batch, input]`, and hₜ₋₁, `[batch, hidden]`; the output is the state. Traps if they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ h: Tensor<Scalar>
    ) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
        let m = (matmul(x, inputFactor) * matmul(h, recurrentFactor)).named("intermediate")
        let hidden = tanh((input(x) + recurrent(m))[.hidden]).named("hidden")
        return (hidden, hidden)
    }
}
