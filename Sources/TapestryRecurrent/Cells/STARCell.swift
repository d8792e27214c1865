import TapestryAutograd
import TapestryLayers

/// The blocks of a stackable recurrent cell, in their order.
public enum STARGate: String, CaseIterable, Sendable {
    /// zₜ, what joins the state.
    case candidate
    /// kₜ, which lets it in.
    case gate
}

/// The stackable recurrent cell, whose gradients neither vanish nor explode through layers:
///
///     zₜ = tanh(W_z xₜ + b_z)                          what joins the state
///     kₜ = σ(W_k xₜ + U_k hₜ₋₁ + b_k)                  gate
///     hₜ = tanh((1 − kₜ) ⊙ hₜ₋₁ + kₜ ⊙ zₜ)             hidden state
///
/// Reference: M. O. Turkoglu, S. D'Aronco, J. D. Wegner and K. Schindler, "Gating revisited: deep multi-layer RNNs
/// that can be trained", 2021.
public struct STARCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W and b of both blocks.
    public var input: GateProjection<STARGate, Scalar>
    /// U_k, `[hidden, hidden]`.
    public var recurrentWeights: Tensor<Scalar>

    /// All parameters start uniformly in ±1/√hidden.
    public init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize)
        recurrentWeights = Initializer.inverseRoot(of: hiddenSize).tensor([hiddenSize, hiddenSize])
    }

    /// h₀ = 0, `[batch, hidden]`.
    public func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, recurrentWeights.shape[0]]) }

    /// hₜ from xₜ, `[batch, input]`, and hₜ₋₁, `[batch, hidden]`; the output is the state. Traps if they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ h: Tensor<Scalar>
    ) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
        let fromInput = input(x)
        let candidate = tanh(fromInput[.candidate]).named("candidate")
        let k = sigmoid(fromInput[.gate] + matmul(h, recurrentWeights)).named("gate")
        let hidden = tanh((1 - k) * h + k * candidate).named("hidden")
        return (hidden, hidden)
    }
}
