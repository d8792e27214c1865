import TapestryAutograd
import TapestryLayers

/// The gates of a minimal gated unit, in the order of their blocks.
public enum MGUGate: String, CaseIterable, Sendable {
    /// fₜ, which lets the state into the candidate, and the candidate into the state.
    case forget
    /// h̃ₜ, what takes the place of what is not kept.
    case candidate
}

/// The minimal gated unit, a GRU with one gate for both purposes:
///
///     fₜ = σ(W_f xₜ + U_f hₜ₋₁ + b_f)                  forget gate
///     h̃ₜ = tanh(W_h xₜ + U_h (fₜ ⊙ hₜ₋₁) + b_h)        candidate
///     hₜ = (1 − fₜ) ⊙ hₜ₋₁ + fₜ ⊙ h̃ₜ                   hidden state
///
/// Reference: G.-B. Zhou, J. Wu, C.-L. Zhang and Z.-H. Zhou, "Minimal gated unit for recurrent neural networks",
/// 2016.
public struct MGUCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W and b of every gate.
    public var input: GateProjection<MGUGate, Scalar>
    /// U of every gate.
    public var recurrent: GateProjection<MGUGate, Scalar>

    /// All parameters start uniformly in ±1/√hidden.
    public init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
    }

    /// h₀ = 0, `[batch, hidden]`.
    public func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, recurrent.unitCount]) }

    /// hₜ from xₜ, `[batch, input]`, and hₜ₋₁, `[batch, hidden]`; the output is the state. Traps if they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ h: Tensor<Scalar>
    ) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
        let fromInput = input(x)
        let f = sigmoid(fromInput[.forget] + recurrent(h, .forget)).named("forget")
        let candidate = tanh(fromInput[.candidate] + recurrent(f * h, .candidate)).named("candidate")
        let hidden = ((1 - f) * h + f * candidate).named("hidden")
        return (hidden, hidden)
    }
}
