import TapestryAutograd
import TapestryLayers

/// The gates of a chaos-free network, in the order of their blocks.
public enum CFNGate: String, CaseIterable, Sendable {
    /// θₜ, which keeps the state before.
    case forget
    /// ηₜ, which lets the input in.
    case input
}

/// The chaos-free network, whose state decays to zero where there is no input:
///
///     θₜ = σ(W_θ xₜ + U_θ hₜ₋₁ + b_θ)                  forget gate
///     ηₜ = σ(W_η xₜ + U_η hₜ₋₁ + b_η)                  input gate
///     hₜ = θₜ ⊙ tanh(hₜ₋₁) + ηₜ ⊙ tanh(W xₜ)           hidden state
///
/// Reference: T. Laurent and J. von Brecht, "A recurrent neural network without chaos", 2017.
public struct CFNCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W and b of every gate.
    public var input: GateProjection<CFNGate, Scalar>
    /// U of every gate.
    public var recurrent: GateProjection<CFNGate, Scalar>
    /// W, `[input, hidden]`.
    public var content: Tensor<Scalar>

    /// All parameters start uniformly in ±1/√hidden.
    public init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        content = Initializer.inverseRoot(of: hiddenSize).tensor([inputSize, hiddenSize])
    }

    /// h₀ = 0, `[batch, hidden]`.
    public func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, recurrent.unitCount]) }

    /// hₜ from xₜ, `[batch, input]`, and hₜ₋₁, `[batch, hidden]`; the output is the state. Traps if they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ h: Tensor<Scalar>
    ) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
        let z = input(x) + recurrent(h)
        let theta = sigmoid(z[.forget]).named("forget")
        let eta = sigmoid(z[.input]).named("input")
        let hidden = (theta * tanh(h) + eta * tanh(matmul(x, content))).named("hidden")
        return (hidden, hidden)
    }
}
