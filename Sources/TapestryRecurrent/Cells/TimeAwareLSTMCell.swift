import TapestryAutograd
import TapestryLayers

/// Long short-term memory that discounts its short-term memory by the time that has elapsed since the step before,
/// which is a part of the input. With Δₜ the elapsed time:
///
///     Sₜ = tanh(W_d Cₜ₋₁ + b_d)                         short-term memory
///     C*ₜ = Cₜ₋₁ − Sₜ + g(Δₜ) Sₜ                        adjusted memory: the long-term one, and what is left of Sₜ
///     fₜ = σ(W_f xₜ + U_f hₜ₋₁ + b_f)                   forget gate
///     iₜ = σ(W_i xₜ + U_i hₜ₋₁ + b_i)                   input gate
///     C̃ₜ = tanh(W_C xₜ + U_C hₜ₋₁ + b_C)                candidate
///     Cₜ = fₜ ⊙ C*ₜ + iₜ ⊙ C̃ₜ                           cell state
///     oₜ = σ(W_o xₜ + U_o hₜ₋₁ + b_o)                   output gate
///     hₜ = oₜ ⊙ tanh(Cₜ)                                hidden state
///
/// g(Δ) = 1 / ln(e + Δ), for long elapsed times, or 1 / Δ, for short ones.
///
/// Reference: I. M. Baytas et al., "Patient subtyping via time-aware LSTM networks", 2017.
public struct TimeAwareLSTMCell<Scalar: DifferentiableScalar>: StructuredRecurrentCell {
    /// What a step takes: a measurement, and how long after the one before it was taken.
    public struct Input: Module {
        /// xₜ, `[batch, input]`; a sequence has `[time, batch, input]`.
        public var features: Tensor<Scalar>
        /// Δₜ, `[batch]`; a sequence has `[time, batch]`.
        public var elapsed: Tensor<Scalar>

        /// A measurement and the time since the one before.
        public init(_ features: Tensor<Scalar>, elapsed: Tensor<Scalar>) {
            self.features = features
            self.elapsed = elapsed
        }
    }

    /// What becomes of the short-term memory with time.
    public enum Discount: String, Codable, Sendable, CaseIterable {
        /// 1 / ln(e + Δ), which is 1 where no time has elapsed.
        case logarithmic
        /// 1 / Δ, for elapsed times that are not 0.
        case inverse
    }

    /// W and b of every gate.
    public var input: GateProjection<LSTMGate, Scalar>
    /// U of every gate.
    public var recurrent: GateProjection<LSTMGate, Scalar>
    /// W_d and b_d, `[hidden, hidden]`.
    public var decomposition: Linear<Scalar>
    /// g.
    public let discount: Discount

    /// All parameters start uniformly in ±1/√hidden.
    public init(inputSize: Int, hiddenSize: Int, discount: Discount = .logarithmic) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        decomposition = Linear(inputSize: hiddenSize, outputSize: hiddenSize)
        self.discount = discount
    }

    /// h₀ = 0 and C₀ = 0, each `[batch, hidden]`.
    public func initialState(batchSize: Int) -> LSTMState<Scalar> { .zeros([batchSize, recurrent.unitCount]) }

    /// hₜ and Cₜ from xₜ and the elapsed time and from hₜ₋₁ and Cₜ₋₁, each `[batch, hidden]`; the output is hₜ. Traps
    /// if they do not fit.
    public func step(
        _ input: Input, _ state: LSTMState<Scalar>
    ) -> (output: Tensor<Scalar>, state: LSTMState<Scalar>) {
        let elapsed = rowTimes(input.elapsed, like: input.features, "TimeAwareLSTMCell")
        let shortTerm = tanh(decomposition(state.cell)).named("short-term memory")
        let adjusted = (state.cell - shortTerm + left(after: elapsed) * shortTerm).named("adjusted memory")
        let z = self.input(input.features) + recurrent(state.hidden)
        let f = sigmoid(z[.forget]).named("forget")
        let i = sigmoid(z[.input]).named("input")
        let candidate = tanh(z[.candidate]).named("candidate")
        let cell = (f * adjusted + i * candidate).named("cell")
        let o = sigmoid(z[.output]).named("output")
        let hidden = (o * tanh(cell)).named("hidden")
        return (hidden, LSTMState(hidden: hidden, cell: cell))
    }

    /// g(Δ), elementwise.
    public func left(after elapsed: Tensor<Scalar>) -> Tensor<Scalar> {
        switch discount {
        case .logarithmic: reciprocal(log(elapsed + Scalar(Double.e)))
        case .inverse: reciprocal(elapsed)
        }
    }
}

extension Double {
    /// Euler's number.
    fileprivate static let e = 2.718281828459045235360
}
