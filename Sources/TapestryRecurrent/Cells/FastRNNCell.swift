import TapestryAutograd
import TapestryLayers

/// A plain recurrent cell with a residual connection over time, weighted by two numbers that are learnt:
///
///     h̃ₜ = tanh(W xₜ + U hₜ₋₁ + b)             candidate
///     hₜ = σ(a) h̃ₜ + σ(c) hₜ₋₁                  hidden state
///
/// Reference: A. Kusupati et al., "FastGRNN: a fast, accurate, stable and tiny kilobyte sized gated recurrent neural
/// network", 2018.
public struct FastRNNCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W and b of every gate.
    public var input: GateProjection<RNNGate, Scalar>
    /// U of every gate.
    public var recurrent: GateProjection<RNNGate, Scalar>
    /// a and c, each a scalar.
    public var candidateWeight, stateWeight: Tensor<Scalar>

    /// W, U and b start uniformly in ±1/√hidden, a at −3 and c at 3: at first most of the state is kept.
    public init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        candidateWeight = Tensor(-3)
        stateWeight = Tensor(3)
    }

    /// h₀ = 0, `[batch, hidden]`.
    public func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, recurrent.unitCount]) }

    /// hₜ from xₜ, `[batch, input]`, and hₜ₋₁, `[batch, hidden]`; the output is the state. Traps if they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ h: Tensor<Scalar>
    ) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
        let candidate = tanh((input(x) + recurrent(h))[.hidden]).named("candidate")
        let hidden = (sigmoid(candidateWeight) * candidate + sigmoid(stateWeight) * h).named("hidden")
        return (hidden, hidden)
    }
}
