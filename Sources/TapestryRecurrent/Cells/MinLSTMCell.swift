import TapestryAutograd
import TapestryLayers

/// The blocks of a minimal LSTM, in their order.
public enum MinLSTMGate: String, CaseIterable, Sendable {
    /// fₜ, which keeps the hidden state before.
    case forget
    /// iₜ, which lets the candidate in.
    case input
    /// h̃ₜ.
    case candidate
}

/// The minimal LSTM, without what depends on the state before, so that all steps can be computed at once; its gates
/// share the whole between them:
///
///     fₜ = σ(W_f xₜ + b_f)                     forget gate
///     iₜ = σ(W_i xₜ + b_i)                     input gate
///     f′ₜ = fₜ / (fₜ + iₜ),  i′ₜ = iₜ / (fₜ + iₜ)
///     h̃ₜ = g(W_h xₜ + b_h)                     candidate, g(z) = z + ½ for z ≥ 0, σ(z) for z < 0
///     hₜ = f′ₜ ⊙ hₜ₋₁ + i′ₜ ⊙ h̃ₜ               hidden state
///
/// f′ₜ is computed as σ(ln fₜ − ln iₜ), which holds where both gates are closed. `candidate: .linear` is the definition
/// without g; see `MinGRUCell`.
///
/// Reference: L. Feng, F. Tung, M. O. Ahmed, Y. Bengio and H. Hajimirsadeghi, "Were RNNs all we needed?", 2024, section
/// 3.2 and appendix B.
public struct MinLSTMCell<Scalar: DifferentiableScalar>: SizedRecurrentCell, ScannableRecurrentCell {
    /// W and b of gates and candidate.
    public var input: GateProjection<MinLSTMGate, Scalar>
    /// What the candidate goes through.
    public let candidate: MinimalCandidate

    /// All parameters start uniformly in ±1/√hidden.
    public init(inputSize: Int, hiddenSize: Int, candidate: MinimalCandidate) {
        input = GateProjection(inputSize, hiddenSize)
        self.candidate = candidate
    }

    /// A cell with positive candidates.
    public init(inputSize: Int, hiddenSize: Int) {
        self.init(inputSize: inputSize, hiddenSize: hiddenSize, candidate: .positive)
    }

    /// h₀ = 0, `[batch, hidden]`.
    public func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, input.unitCount]) }

    /// The factor f′ₜ and the term i′ₜ ⊙ h̃ₜ from xₜ, `[…, input]`. Traps if it does not fit.
    public func transition(_ x: Tensor<Scalar>) -> LinearTransition<Scalar> {
        let z = input(x)
        let odds = logSigmoid(z[.forget]) - logSigmoid(z[.input])
        let f = sigmoid(odds).named("forget")
        let i = sigmoid(-odds).named("input")
        let candidate = candidate(z[.candidate]).named("candidate")
        return LinearTransition(factor: f, term: i * candidate)
    }

    /// hₜ, which is the output and the state.
    public func readout(
        _ x: Tensor<Scalar>, _ state: Tensor<Scalar>
    ) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
        let hidden = state.named("hidden")
        return (hidden, hidden)
    }
}
