import TapestryAutograd
import TapestryLayers

/// The gates of a recurrent additive network, in the order of their blocks.
public enum RANGate: String, CaseIterable, Sendable {
    /// iₜ, which lets the input in.
    case input
    /// fₜ, which keeps the cell state before.
    case forget
}

/// The recurrent additive network, whose cell state is a weighted sum of inputs alone:
///
///     C̃ₜ = W_C xₜ                                       what joins the cell state
///     iₜ = σ(W_i xₜ + U_i hₜ₋₁ + b_i)                  input gate
///     fₜ = σ(W_f xₜ + U_f hₜ₋₁ + b_f)                  forget gate
///     Cₜ = iₜ ⊙ C̃ₜ + fₜ ⊙ Cₜ₋₁                         cell state
///     hₜ = tanh(Cₜ)                                     hidden state
///
/// Reference: K. Lee, O. Levy and L. Zettlemoyer, "Recurrent additive networks", 2017.
public struct RANCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W and b of every gate.
    public var input: GateProjection<RANGate, Scalar>
    /// U of every gate.
    public var recurrent: GateProjection<RANGate, Scalar>
    /// W_C, `[input, hidden]`.
    public var content: Tensor<Scalar>

    /// All parameters start uniformly in ±1/√hidden.
    public init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        content = Initializer.inverseRoot(of: hiddenSize).tensor([inputSize, hiddenSize])
    }

    /// h₀ = 0 and C₀ = 0, each `[batch, hidden]`.
    public func initialState(batchSize: Int) -> LSTMState<Scalar> { .zeros([batchSize, recurrent.unitCount]) }

    /// hₜ and Cₜ from xₜ, `[batch, input]`, and hₜ₋₁ and Cₜ₋₁, each `[batch, hidden]`; the output is hₜ. Traps if
    /// they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ state: LSTMState<Scalar>
    ) -> (output: Tensor<Scalar>, state: LSTMState<Scalar>) {
        let z = input(x) + recurrent(state.hidden)
        let content = matmul(x, content).named("content")
        let i = sigmoid(z[.input]).named("input")
        let f = sigmoid(z[.forget]).named("forget")
        let cell = (i * content + f * state.cell).named("cell")
        let hidden = tanh(cell).named("hidden")
        return (hidden, LSTMState(hidden: hidden, cell: cell))
    }
}
