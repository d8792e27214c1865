import TapestryAutograd
import TapestryLayers

/// The state of a scalar LSTM, each part `[batch, hidden]`.
public struct SLSTMState<Scalar: DifferentiableScalar>: Module {
    /// hₜ, which is also the output.
    public var hidden: Tensor<Scalar>
    /// Cₜ, the cell state, times exp(−mₜ).
    public var cell: Tensor<Scalar>
    /// nₜ, what the gates of all steps add up to, times exp(−mₜ).
    public var normalizer: Tensor<Scalar>
    /// mₜ, the logarithm of what both are scaled by.
    public var stabilizer: Tensor<Scalar>

    /// A state of four parts of one shape.
    public init(
        hidden: Tensor<Scalar>, cell: Tensor<Scalar>, normalizer: Tensor<Scalar>, stabilizer: Tensor<Scalar>
    ) {
        self.hidden = hidden
        self.cell = cell
        self.normalizer = normalizer
        self.stabilizer = stabilizer
    }
}

/// The scalar LSTM of the xLSTM family: exponential gates, a normaliser that divides them out, and a stabiliser that
/// keeps both within range. With z of each gate = W xₜ + R hₜ₋₁ + b:
///
///     mₜ = max(ln f + mₜ₋₁, z_i)               stabiliser, f = σ(z_f) or exp(z_f)
///     iₜ = exp(z_i − mₜ)                        input gate
///     fₜ = exp(ln f + mₜ₋₁ − mₜ)                forget gate
///     C̃ₜ = tanh(z_C)                            candidate
///     Cₜ = fₜ ⊙ Cₜ₋₁ + iₜ ⊙ C̃ₜ                  cell state
///     nₜ = fₜ ⊙ nₜ₋₁ + iₜ                       normaliser
///     oₜ = σ(z_o)                               output gate
///     hₜ = oₜ ⊙ Cₜ / nₜ                         hidden state
///
/// The output does not depend on the stabiliser but by rounding.
///
/// Reference: M. Beck, K. Pöppel, M. Spanring, A. Auer, O. Prudnikova, M. Kopp, G. Klambauer, J. Brandstetter and
/// S. Hochreiter, "xLSTM: extended long short-term memory", 2024, equations 8 to 17, of one head.
public struct SLSTMCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W and b of every gate.
    public var input: GateProjection<LSTMGate, Scalar>
    /// R of every gate.
    public var recurrent: GateProjection<LSTMGate, Scalar>
    /// What the forget gate is of its pre-activation.
    public let forgetGate: XLSTMForgetGate

    /// All parameters start uniformly in ±1/√hidden.
    public init(inputSize: Int, hiddenSize: Int, forgetGate: XLSTMForgetGate) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        self.forgetGate = forgetGate
    }

    /// A cell whose forget gate is a logistic function.
    public init(inputSize: Int, hiddenSize: Int) {
        self.init(inputSize: inputSize, hiddenSize: hiddenSize, forgetGate: .sigmoid)
    }

    /// h₀, C₀, n₀ and m₀ = 0, each `[batch, hidden]`.
    public func initialState(batchSize: Int) -> SLSTMState<Scalar> {
        let zeros = Tensor<Scalar>.zeros([batchSize, recurrent.unitCount])
        return SLSTMState(hidden: zeros, cell: zeros, normalizer: zeros, stabilizer: zeros)
    }

    /// hₜ and the state after the step from xₜ, `[batch, input]`, and the state before; the output is hₜ. Traps if they
    /// do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ state: SLSTMState<Scalar>
    ) -> (output: Tensor<Scalar>, state: SLSTMState<Scalar>) {
        let z = input(x) + recurrent(state.hidden)
        let kept = forgetGate.logarithm(of: z[.forget]) + state.stabilizer
        let stabilizer = maximum(kept, z[.input]).named("stabilizer")
        let i = exp(z[.input] - stabilizer).named("input")
        let f = exp(kept - stabilizer).named("forget")
        let candidate = tanh(z[.candidate]).named("candidate")
        let cell = (f * state.cell + i * candidate).named("cell")
        let normalizer = (f * state.normalizer + i).named("normalizer")
        let o = sigmoid(z[.output]).named("output")
        let hidden = (o * cell / normalizer).named("hidden")
        return (
            hidden, SLSTMState(hidden: hidden, cell: cell, normalizer: normalizer, stabilizer: stabilizer)
        )
    }
}
