import TapestryAutograd
import TapestryLayers

/// The blocks of the recurrent weights of `MUT1Cell`, in their order: its update gate sees the input alone.
public enum MUT1RecurrentGate: String, CaseIterable, Sendable {
    /// Of rₜ.
    case reset
    /// Of nₜ.
    case candidate
}

/// A mutated gated unit, the first of three that a search over architectures found:
///
///     zₜ = σ(W_z xₜ + b_z)                                     update gate
///     rₜ = σ(W_r xₜ + U_r hₜ₋₁ + b_r)                          reset gate
///     nₜ = tanh(U_n (rₜ ⊙ hₜ₋₁) + tanh(W_n xₜ) + b_n)          candidate
///     hₜ = zₜ ⊙ nₜ + (1 − zₜ) ⊙ hₜ₋₁                           hidden state
///
/// Where the paper has xₜ itself it supposes as many features as units; here it is W xₜ, which any number fits.
///
/// Reference: R. Jozefowicz, W. Zaremba and I. Sutskever, "An empirical exploration of recurrent network
/// architectures", 2015.
public struct MUT1Cell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W and b of every gate.
    public var input: GateProjection<GRUGate, Scalar>
    /// U of the gates that see the state.
    public var recurrent: GateProjection<MUT1RecurrentGate, Scalar>

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
        let z = sigmoid(fromInput[.update]).named("update")
        let r = sigmoid(fromInput[.reset] + recurrent(h, .reset)).named("reset")
        let squashed = tanh(matmul(x, input.weights[.candidate]))
        let sum = recurrent(r * h, .candidate) + squashed
        let n = tanh(input.bias.map { sum + $0[.candidate] } ?? sum).named("candidate")
        let hidden = (z * n + (1 - z) * h).named("hidden")
        return (hidden, hidden)
    }
}
