import TapestryAutograd
import TapestryLayers

/// The blocks of a minimal GRU, in their order.
public enum MinGRUGate: String, CaseIterable, Sendable {
    /// zₜ, which lets the candidate in.
    case update
    /// h̃ₜ.
    case candidate
}

/// What the candidates of `MinGRUCell` and `MinLSTMCell` go through.
public enum MinimalCandidate: String, Codable, Sendable, CaseIterable {
    /// g(z) = z + ½ for z ≥ 0, σ(z) for z < 0: positive, so that its logarithm exists. What the paper trains.
    case positive
    /// z itself, as in the paper's definition of the cells.
    case linear

    func callAsFunction<Scalar: DifferentiableScalar>(_ z: Tensor<Scalar>) -> Tensor<Scalar> {
        switch self {
        case .positive: select(z .>= 0, z + 0.5, sigmoid(z))
        case .linear: z
        }
    }
}

/// The minimal GRU, without what depends on the state before, so that all steps can be computed at once:
///
///     zₜ = σ(W_z xₜ + b_z)                     update gate
///     h̃ₜ = g(W_h xₜ + b_h)                     candidate, g(z) = z + ½ for z ≥ 0, σ(z) for z < 0
///     hₜ = (1 − zₜ) ⊙ hₜ₋₁ + zₜ ⊙ h̃ₜ           hidden state
///
/// g keeps everything positive for the paper's scan, which adds up logarithms. Here the recurrence is computed as it
/// stands, so states before the first step may be any; `candidate: .linear` is the definition without g.
///
/// Reference: L. Feng, F. Tung, M. O. Ahmed, Y. Bengio and H. Hajimirsadeghi, "Were RNNs all we needed?", 2024, section
/// 3.1 and appendix B.
public struct MinGRUCell<Scalar: DifferentiableScalar>: SizedRecurrentCell, ScannableRecurrentCell {
    /// W and b of gate and candidate.
    public var input: GateProjection<MinGRUGate, Scalar>
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

    /// The factor 1 − zₜ and the term zₜ ⊙ h̃ₜ from xₜ, `[…, input]`. Traps if it does not fit.
    public func transition(_ x: Tensor<Scalar>) -> LinearTransition<Scalar> {
        let blocks = input(x)
        let z = sigmoid(blocks[.update]).named("update")
        let candidate = candidate(blocks[.candidate]).named("candidate")
        return LinearTransition(factor: 1 - z, term: z * candidate)
    }

    /// hₜ, which is the output and the state.
    public func readout(
        _ x: Tensor<Scalar>, _ state: Tensor<Scalar>
    ) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
        let hidden = state.named("hidden")
        return (hidden, hidden)
    }
}
