import TapestryAutograd
import TapestryLayers

/// The blocks of the cell that neural architecture search found, in their order.
public enum NASGate: String, CaseIterable, Sendable {
    /// a₁ and m₁.
    case first
    /// a₂ and m₂.
    case second
    /// a₃ and m₃.
    case third
    /// a₄ and m₄.
    case fourth
    /// a₅ and m₅.
    case fifth
    /// a₆ and m₆.
    case sixth
    /// a₇ and m₇.
    case seventh
    /// a₈ and m₈.
    case eighth
}

/// The cell that neural architecture search found for language modelling. With aⱼ = W_j xₜ + b_j and mⱼ = U_j hₜ₋₁:
///
///     l₁ = tanh(σ(a₁ + m₁) ⊙ max(a₂ + m₂, 0))
///     l₂ = tanh(σ(a₃ + m₃) + max(a₄ ⊙ m₄, 0))
///     l₃ = tanh(tanh(a₅ + m₅) ⊙ σ(a₆ + m₆))
///     l₄ = σ(tanh(a₇ + m₇) + σ(a₈ + m₈))
///     Cₜ = tanh(l₁ + Cₜ₋₁) ⊙ l₂                        cell state
///     hₜ = tanh(Cₜ ⊙ tanh(l₃ + l₄))                    hidden state
///
/// Reference: B. Zoph and Q. V. Le, "Neural architecture search with reinforcement learning", 2017.
public struct NASCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W and b of every gate.
    public var input: GateProjection<NASGate, Scalar>
    /// U of every gate.
    public var recurrent: GateProjection<NASGate, Scalar>

    /// All parameters start uniformly in ±1/√hidden.
    public init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
    }

    /// h₀ = 0 and C₀ = 0, each `[batch, hidden]`.
    public func initialState(batchSize: Int) -> LSTMState<Scalar> { .zeros([batchSize, recurrent.unitCount]) }

    /// hₜ and Cₜ from xₜ, `[batch, input]`, and hₜ₋₁ and Cₜ₋₁, each `[batch, hidden]`; the output is hₜ. Traps if
    /// they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ state: LSTMState<Scalar>
    ) -> (output: Tensor<Scalar>, state: LSTMState<Scalar>) {
        let (a, m) = (input(x), recurrent(state.hidden))
        let first = tanh(sigmoid(a[.first] + m[.first]) * relu(a[.second] + m[.second])).named("first")
        let second = tanh(sigmoid(a[.third] + m[.third]) + relu(a[.fourth] * m[.fourth])).named("second")
        let third = tanh(tanh(a[.fifth] + m[.fifth]) * sigmoid(a[.sixth] + m[.sixth])).named("third")
        let fourth = sigmoid(tanh(a[.seventh] + m[.seventh]) + sigmoid(a[.eighth] + m[.eighth])).named("fourth")
        let cell = (tanh(first + state.cell) * second).named("cell")
        let hidden = tanh(cell * tanh(third + fourth)).named("hidden")
        return (hidden, LSTMState(hidden: hidden, cell: cell))
    }
}
