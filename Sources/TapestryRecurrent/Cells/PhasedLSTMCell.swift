import TapestryAutograd
import TapestryLayers

/// Long short-term memory with peepholes, whose units open and close with an oscillation each. The input has the time
/// of each step, so steps may follow one another at any distance. With C̃ the candidate, C* and h* what an LSTM would
/// compute, and a mod b in 0 ..< b:
///
///     φₜ = ((timeₜ − s) mod τ) / τ                                              phase
///     kₜ = 2 φₜ / r             where φₜ < r / 2                                time gate
///          2 − 2 φₜ / r         where r / 2 ≤ φₜ < r
///          α φₜ                 elsewhere
///     fₜ = σ(W_f xₜ + U_f hₜ₋₁ + p_f ⊙ Cₜ₋₁ + b_f)                               forget gate
///     iₜ = σ(W_i xₜ + U_i hₜ₋₁ + p_i ⊙ Cₜ₋₁ + b_i)                               input gate
///     C̃ₜ = tanh(W_C xₜ + U_C hₜ₋₁ + b_C)                                         candidate
///     C*ₜ = fₜ ⊙ Cₜ₋₁ + iₜ ⊙ C̃ₜ                                                  proposed cell
///     oₜ = σ(W_o xₜ + U_o hₜ₋₁ + p_o ⊙ C*ₜ + b_o)                                output gate
///     h*ₜ = oₜ ⊙ tanh(C*ₜ)                                                       proposed hidden
///     Cₜ = kₜ ⊙ C*ₜ + (1 − kₜ) ⊙ Cₜ₋₁                                            cell state
///     hₜ = kₜ ⊙ h*ₜ + (1 − kₜ) ⊙ hₜ₋₁                                            hidden state
///
/// The period is learnt by its logarithm, so that it stays positive. As in the paper's experiments r is not learnt, and
/// α, which lets gradients into closed units, is 0 while inferring.
///
/// Reference: D. Neil, M. Pfeiffer and S.-C. Liu, "Phased LSTM: accelerating recurrent network training for long or
/// event-based sequences", 2016.
public struct PhasedLSTMCell<Scalar: DifferentiableScalar>: StructuredRecurrentCell {
    /// What a step takes: a measurement and its time.
    public struct Input: Module {
        /// xₜ, `[batch, input]`; a sequence has `[time, batch, input]`.
        public var features: Tensor<Scalar>
        /// timeₜ, `[batch]`; a sequence has `[time, batch]`.
        public var time: Tensor<Scalar>

        /// A measurement and its time.
        public init(_ features: Tensor<Scalar>, time: Tensor<Scalar>) {
            self.features = features
            self.time = time
        }
    }

    /// W and b of every gate.
    public var input: GateProjection<LSTMGate, Scalar>
    /// U of every gate.
    public var recurrent: GateProjection<LSTMGate, Scalar>
    /// p_f, p_i and p_o, each `[hidden]`.
    public var forgetPeephole, inputPeephole, outputPeephole: Tensor<Scalar>
    /// ln τ, `[hidden]`.
    public var logPeriod: Tensor<Scalar>
    /// s, `[hidden]`.
    public var shift: Tensor<Scalar>
    /// r, the part of the period in which a unit is open.
    public let openRatio: Double
    /// α, while training.
    public let leak: Double

    /// Weights start uniformly in ±1/√hidden, ln τ in 0 ..< 3, and s in 0 ..< τ, as in the paper. Traps unless r is in
    /// 0 … 1, and not 0.
    public init(inputSize: Int, hiddenSize: Int, openRatio: Double = 0.05, leak: Double = 0.001) {
        if !(openRatio > 0 && openRatio <= 1) {
            trap("PhasedLSTMCell", "an open ratio of \(openRatio); it must be above 0, and at most 1")
        }
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        let uniform = Initializer.inverseRoot(of: hiddenSize)
        forgetPeephole = uniform.tensor([hiddenSize])
        inputPeephole = uniform.tensor([hiddenSize])
        outputPeephole = uniform.tensor([hiddenSize])
        logPeriod = Initializer.uniform(limit: 1.5).tensor([hiddenSize]) + 1.5
        shift = (Initializer.uniform(limit: 0.5).tensor([hiddenSize]) + 0.5) * exp(logPeriod)
        (self.openRatio, self.leak) = (openRatio, leak)
    }

    /// h₀ = 0 and C₀ = 0, each `[batch, hidden]`.
    public func initialState(batchSize: Int) -> LSTMState<Scalar> { .zeros([batchSize, recurrent.unitCount]) }

    /// hₜ and Cₜ from xₜ and its time and from hₜ₋₁ and Cₜ₋₁, each `[batch, hidden]`; the output is hₜ. Traps if they
    /// do not fit.
    public func step(
        _ input: Input, _ state: LSTMState<Scalar>
    ) -> (output: Tensor<Scalar>, state: LSTMState<Scalar>) {
        let k = timeGate(rowTimes(input.time, like: input.features, "PhasedLSTMCell"))
        let z = self.input(input.features) + recurrent(state.hidden)
        let f = sigmoid(z[.forget] + forgetPeephole * state.cell).named("forget")
        let i = sigmoid(z[.input] + inputPeephole * state.cell).named("input")
        let candidate = tanh(z[.candidate]).named("candidate")
        let proposedCell = (f * state.cell + i * candidate).named("proposed cell")
        let o = sigmoid(z[.output] + outputPeephole * proposedCell).named("output")
        let proposedHidden = (o * tanh(proposedCell)).named("proposed hidden")
        let cell = (k * proposedCell + (1 - k) * state.cell).named("cell")
        let hidden = (k * proposedHidden + (1 - k) * state.hidden).named("hidden")
        return (hidden, LSTMState(hidden: hidden, cell: cell))
    }

    /// kₜ, `[batch, hidden]`, from the times of all rows, `[batch, 1]`.
    public func timeGate(_ time: Tensor<Scalar>) -> Tensor<Scalar> {
        let period = exp(logPeriod)
        let phase = (remainder(time - shift, period) / period).named("phase")
        let rising = Scalar(2 / openRatio) * phase
        let closed = Scalar(Mode.current == .training ? leak : 0) * phase
        let isRising = phase .< Scalar(openRatio / 2)
        let isOpen = phase .< Scalar(openRatio)
        return select(isRising, rising, select(isOpen, 2 - rising, closed)).named("time gate")
    }
}

/// One number for each row, `[batch]`, as a column beside features `[batch, …]`. Traps on another shape.
func rowTimes<Scalar: DifferentiableScalar>(
    _ times: Tensor<Scalar>, like features: Tensor<Scalar>, _ cell: String
) -> Tensor<Scalar> {
    if times.rank != 1 || times.shape != Array(features.shape.prefix(1)) {
        trap(cell, "times of shape \(times.shape) for features of shape \(features.shape): there is one for each row")
    }
    return times.unsqueezed(axis: 1)
}
