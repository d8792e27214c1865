import TapestryAutograd
import TapestryLayers

/// The gates of a light gated recurrent unit, in the order of their blocks in packed weights.
public enum LiGRUGate: String, CaseIterable, Sendable {
    /// zₜ, which keeps the state before.
    case update
    /// h̃ₜ, what takes the place of what is not kept.
    case candidate
}

/// The light gated recurrent unit: no reset gate, and relu, kept in bounds by a normalisation of what comes from the
/// input; LN is a layer norm over both gates together:
///
///     a  = LN(W xₜ) + U hₜ₋₁
///     zₜ = σ(a_z)                          update gate
///     h̃ₜ = relu(a_h)                       candidate
///     hₜ = zₜ ⊙ hₜ₋₁ + (1 − zₜ) ⊙ h̃ₜ        hidden state
///
/// The paper has batch normalisation for LN, with the statistics of all steps of all sequences of a batch, which a step
/// cannot know. Layer normalisation does the same work with one step of one row, and is the same in training and
/// inference.
///
/// Reference: M. Ravanelli, P. Brakel, M. Omologo and Y. Bengio, "Light gated recurrent units for speech recognition",
/// 2018.
public struct LiGRUCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W of both gates.
    public var input: GateProjection<LiGRUGate, Scalar>
    /// U of both gates.
    public var recurrent: GateProjection<LiGRUGate, Scalar>
    /// LN, over `2 × hidden` features, whose biases are those of the gates.
    public var inputNorm: LayerNorm<Scalar>

    /// W starts uniformly in ±1/√hidden, U orthogonally, as in the paper; gains at 1 and biases at 0.
    public init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize, bias: false)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false, initializer: .orthogonal)
        inputNorm = LayerNorm(featureCount: LiGRUGate.allCases.count * hiddenSize)
    }

    /// h₀ = 0, `[batch, hidden]`.
    public func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, recurrent.unitCount]) }

    /// hₜ from xₜ, `[batch, input]`, and hₜ₋₁, `[batch, hidden]`; the output is the state. Traps if they do not fit.
    public func step(_ x: Tensor<Scalar>, _ h: Tensor<Scalar>) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
        let a = Gated<LiGRUGate, Scalar>(packed: inputNorm(input(x).packed) + recurrent(h).packed)
        let z = sigmoid(a[.update]).named("update")
        let candidate = relu(a[.candidate]).named("candidate")
        let hidden = (z * h + (1 - z) * candidate).named("hidden")
        return (hidden, hidden)
    }
}
