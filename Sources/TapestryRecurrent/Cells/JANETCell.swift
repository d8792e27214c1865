import TapestryAutograd
import TapestryLayers

/// The gates of JANET, in the order of their blocks.
public enum JANETGate: String, CaseIterable, Sendable {
    /// fₜ, which keeps the state before.
    case forget
    /// C̃ₜ, what may join the state.
    case candidate
}

/// Just another network: a forget gate is all that is left of an LSTM's gates, and the cell state is the hidden
/// state:
///
///     s  = W_f xₜ + U_f hₜ₋₁ + b_f
///     fₜ = σ(s)                                        forget gate
///     iₜ = 1 − σ(s − β)                                what lets the candidate in, a little more than 1 − fₜ
///     C̃ₜ = tanh(W_C xₜ + U_C hₜ₋₁ + b_C)               candidate
///     hₜ = fₜ ⊙ hₜ₋₁ + iₜ ⊙ C̃ₜ                         hidden state
///
/// Reference: J. van der Westhuizen and J. Lasenby, "The unreasonable effectiveness of the forget gate", 2018.
public struct JANETCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W and b of every gate.
    public var input: GateProjection<JANETGate, Scalar>
    /// U of every gate.
    public var recurrent: GateProjection<JANETGate, Scalar>
    /// β.
    public let beta: Double

    /// All parameters start uniformly in ±1/√hidden.
    public init(inputSize: Int, hiddenSize: Int, beta: Double) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        self.beta = beta
    }

    /// h₀ = 0, `[batch, hidden]`.
    public func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, recurrent.unitCount]) }

    /// A cell with the paper's β = 1.
    public init(inputSize: Int, hiddenSize: Int) { self.init(inputSize: inputSize, hiddenSize: hiddenSize, beta: 1) }

    /// hₜ from xₜ, `[batch, input]`, and hₜ₋₁, `[batch, hidden]`; the output is the state. Traps if they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ h: Tensor<Scalar>
    ) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
        let z = input(x) + recurrent(h)
        let s = z[.forget]
        let f = sigmoid(s).named("forget")
        let i = (1 - sigmoid(s - Scalar(beta))).named("input")
        let candidate = tanh(z[.candidate]).named("candidate")
        let hidden = (f * h + i * candidate).named("hidden")
        return (hidden, hidden)
    }
}
