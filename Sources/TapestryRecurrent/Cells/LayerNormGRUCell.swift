import TapestryAutograd
import TapestryLayers

/// The gated recurrent unit with layer normalisation of each product; LN is a layer norm with a gain and a bias of
/// its own wherever it stands, over both gates together and over the candidate:
///
///     a  = LN_x(W xₜ) + LN_h(U hₜ₋₁)                       of both gates
///     rₜ = σ(a_r),  zₜ = σ(a_z)                             reset gate, update gate
///     nₜ = tanh(LN_n(W_n xₜ) + rₜ ⊙ LN_u(U_n hₜ₋₁))         candidate
///     hₜ = (1 − zₜ) ⊙ nₜ + zₜ ⊙ hₜ₋₁                        hidden state
///
/// Reference: J. L. Ba, J. R. Kiros and G. E. Hinton, "Layer normalization", 2016, equations 23 to 26 of its
/// supplement.
public struct LayerNormGRUCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W of every gate.
    public var input: GateProjection<GRUGate, Scalar>
    /// U of every gate.
    public var recurrent: GateProjection<GRUGate, Scalar>
    /// LN_x and LN_h, over `2 × hidden` features.
    public var inputNorm, recurrentNorm: LayerNorm<Scalar>
    /// LN_n and LN_u, over `hidden` features.
    public var candidateNorm, candidateRecurrentNorm: LayerNorm<Scalar>

    /// Weights start uniformly in ±1/√hidden, gains at 1 and biases at 0.
    public init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize, bias: false)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        inputNorm = LayerNorm(featureCount: 2 * hiddenSize)
        recurrentNorm = LayerNorm(featureCount: 2 * hiddenSize)
        candidateNorm = LayerNorm(featureCount: hiddenSize)
        candidateRecurrentNorm = LayerNorm(featureCount: hiddenSize)
    }

    /// h₀ = 0, `[batch, hidden]`.
    public func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, recurrent.unitCount]) }

    /// hₜ from xₜ, `[batch, input]`, and hₜ₋₁, `[batch, hidden]`; the output is the state. Traps if they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ h: Tensor<Scalar>
    ) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
        let (fromInput, fromState) = (input(x), recurrent(h))
        // The blocks of reset and update lie side by side.
        let gates = 0..<2 * recurrent.unitCount
        let a =
            inputNorm(fromInput.packed.slice(axis: -1, gates)) + recurrentNorm(fromState.packed.slice(axis: -1, gates))
        let both = a.chunked(2, axis: -1)
        let r = sigmoid(both[0]).named("reset")
        let z = sigmoid(both[1]).named("update")
        let n = tanh(candidateNorm(fromInput[.candidate]) + r * candidateRecurrentNorm(fromState[.candidate]))
            .named("candidate")
        let hidden = ((1 - z) * n + z * h).named("hidden")
        return (hidden, hidden)
    }
}
