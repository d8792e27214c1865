import TapestryAutograd
import TapestryLayers

/// The gates of an update-gate recurrent network, in the order of their blocks.
public enum UGRNNGate: String, CaseIterable, Sendable {
    /// cₜ, what takes the place of what is not kept.
    case candidate
    /// gₜ, which keeps the state before.
    case update
}

/// The update-gate recurrent network, a plain one with one gate that keeps the state:
///
///     cₜ = tanh(W_c xₜ + U_c hₜ₋₁ + b_c)               candidate
///     gₜ = σ(W_g xₜ + U_g hₜ₋₁ + b_g)                  update gate
///     hₜ = gₜ ⊙ hₜ₋₁ + (1 − gₜ) ⊙ cₜ                   hidden state
///
/// Reference: J. Collins, J. Sohl-Dickstein and D. Sussillo, "Capacity and trainability in recurrent neural
/// networks", 2017.
public struct UGRNNCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W and b of every gate.
    public var input: GateProjection<UGRNNGate, Scalar>
    /// U of every gate.
    public var recurrent: GateProjection<UGRNNGate, Scalar>

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
        let z = input(x) + recurrent(h)
        let candidate = tanh(z[.candidate]).named("candidate")
        let g = sigmoid(z[.update]).named("update")
        let hidden = (g * h + (1 - g) * candidate).named("hidden")
        return (hidden, hidden)
    }
}
