import TapestryAutograd
import TapestryLayers

/// A gated cell whose gate and candidate share their weights:
///
///     a  = W xₜ + U hₜ₋₁
///     zₜ = σ(a + b_z)                                   gate
///     h̃ₜ = tanh(a + b_h)                                candidate
///     hₜ = (σ(ζ) (1 − zₜ) + σ(ν)) ⊙ h̃ₜ + zₜ ⊙ hₜ₋₁     hidden state
///
/// Reference: A. Kusupati et al., "FastGRNN: a fast, accurate, stable and tiny kilobyte sized gated recurrent neural
/// network", 2018.
public struct FastGRNNCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W of every gate.
    public var input: GateProjection<RNNGate, Scalar>
    /// U of every gate.
    public var recurrent: GateProjection<RNNGate, Scalar>
    /// b_z and b_h, each `[hidden]`.
    public var gateBias, candidateBias: Tensor<Scalar>
    /// ζ and ν, each a scalar.
    public var zeta, nu: Tensor<Scalar>

    /// Weights and biases start uniformly in ±1/√hidden, ζ at 1 and ν at −4.
    public init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize, bias: false)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        let uniform = Initializer.inverseRoot(of: hiddenSize)
        gateBias = uniform.tensor([hiddenSize])
        candidateBias = uniform.tensor([hiddenSize])
        zeta = Tensor(1)
        nu = Tensor(-4)
    }

    /// h₀ = 0, `[batch, hidden]`.
    public func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, recurrent.unitCount]) }

    /// hₜ from xₜ, `[batch, input]`, and hₜ₋₁, `[batch, hidden]`; the output is the state. Traps if they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ h: Tensor<Scalar>
    ) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
        let a = (input(x) + recurrent(h))[.hidden]
        let z = sigmoid(a + gateBias).named("gate")
        let candidate = tanh(a + candidateBias).named("candidate")
        let admitted = sigmoid(zeta) * (1 - z) + sigmoid(nu)
        let hidden = (admitted * candidate + z * h).named("hidden")
        return (hidden, hidden)
    }
}
