import TapestryAutograd
import TapestryLayers

/// The gates of an LSTM, in the order of their blocks in packed weights.
public enum LSTMGate: String, CaseIterable, Sendable {
    /// fₜ, which keeps the cell state before.
    case forget
    /// iₜ, which lets the candidate in.
    case input
    /// C̃ₜ, what may join the cell state.
    case candidate
    /// oₜ, which lets the cell state out.
    case output
}

/// The state of an LSTM, each part `[batch, hidden]` (or `[layers, batch, hidden]` for several layers).
public struct LSTMState<Scalar: DifferentiableScalar>: Module {
    /// hₜ, which is also the output.
    public var hidden: Tensor<Scalar>
    /// Cₜ, the cell state.
    public var cell: Tensor<Scalar>

    /// A state of two parts of one shape.
    public init(hidden: Tensor<Scalar>, cell: Tensor<Scalar>) {
        self.hidden = hidden
        self.cell = cell
    }

    /// h₀ = 0 and C₀ = 0 in one shape.
    static func zeros(_ shape: [Int]) -> LSTMState {
        let zeros = Tensor<Scalar>.zeros(shape)
        return LSTMState(hidden: zeros, cell: zeros)
    }
}

/// Long short-term memory with forget gate. With σ the logistic function and [h, x] the concatenation of the hidden
/// state before and the input:
///
///     fₜ = σ(W_f · [hₜ₋₁, xₜ] + b_f)         forget gate
///     iₜ = σ(W_i · [hₜ₋₁, xₜ] + b_i)         input gate
///     C̃ₜ = tanh(W_C · [hₜ₋₁, xₜ] + b_C)      candidate
///     Cₜ = fₜ ⊙ Cₜ₋₁ + iₜ ⊙ C̃ₜ               cell state
///     oₜ = σ(W_o · [hₜ₋₁, xₜ] + b_o)         output gate
///     hₜ = oₜ ⊙ tanh(Cₜ)                      hidden state
///
/// σ and tanh are what frameworks let one choose: `gateActivation` in the place of σ, `candidateActivation` and
/// `cellActivation` in that of each tanh.
///
/// W · [h, x] is computed as the sum of two products, x · `input.weights` + h · `recurrent.weights`, each with all
/// four gates side by side.
///
/// References: S. Hochreiter and J. Schmidhuber, "Long short-term memory", 1997; the forget gate: F. Gers,
/// J. Schmidhuber and F. Cummins, "Learning to forget", 2000.
public struct LSTMCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// The part of every W that multiplies x, and every b.
    public var input: GateProjection<LSTMGate, Scalar>
    /// The part of every W that multiplies h.
    public var recurrent: GateProjection<LSTMGate, Scalar>
    /// What is in the place of σ.
    public var gateActivation: ActivationFunction { activations?.gate ?? .sigmoid }
    /// What is in the place of tanh of the candidate.
    public var candidateActivation: ActivationFunction { activations?.candidate ?? .tanh }
    /// That of the cell state, where it is given out.
    public var cellActivation: ActivationFunction { activations?.cell ?? .tanh }
    /// All three, unless they are the usual ones: walks over the cell meet none then.
    private let activations: Activations?

    private struct Activations: Codable, Equatable, Sendable {
        var gate, candidate, cell: ActivationFunction
    }

    /// All parameters start uniformly in ±1/√hidden.
    ///
    /// - Parameters:
    ///   - inputSize: the features of xₜ.
    ///   - hiddenSize: the units of hₜ and Cₜ.
    ///   - gateActivation: in the place of σ; `recurrent_activation` in Keras, f in ONNX.
    ///   - candidateActivation: in the place of tanh in C̃ₜ; `activation` in Keras, g in ONNX.
    ///   - cellActivation: in the place of tanh in hₜ; `activation` in Keras, h in ONNX.
    public init(
        inputSize: Int, hiddenSize: Int, gateActivation: ActivationFunction,
        candidateActivation: ActivationFunction = .tanh, cellActivation: ActivationFunction = .tanh
    ) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        let usual = Activations(gate: .sigmoid, candidate: .tanh, cell: .tanh)
        let chosen = Activations(gate: gateActivation, candidate: candidateActivation, cell: cellActivation)
        activations = chosen == usual ? nil : chosen
    }

    /// A cell with σ and tanh.
    public init(inputSize: Int, hiddenSize: Int) {
        self.init(inputSize: inputSize, hiddenSize: hiddenSize, gateActivation: .sigmoid)
    }

    /// h₀ = 0 and C₀ = 0, each `[batch, hidden]`.
    public func initialState(batchSize: Int) -> LSTMState<Scalar> { .zeros([batchSize, recurrent.unitCount]) }

    /// hₜ and Cₜ from xₜ, `[batch, input]`, and hₜ₋₁ and Cₜ₋₁, each `[batch, hidden]`; the output is hₜ. Traps if
    /// they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ state: LSTMState<Scalar>
    ) -> (output: Tensor<Scalar>, state: LSTMState<Scalar>) {
        let z = input(x) + recurrent(state.hidden)
        let f = forgetGate(z)
        let i = inputGate(z)
        let candidate = candidate(z)
        let cell = cellState(f, state.cell, i, candidate)
        let o = outputGate(z)
        let hidden = hiddenState(o, cell)
        return (hidden, LSTMState(hidden: hidden, cell: cell))
    }

    // MARK: The equations, from the pre-activations z = W · [hₜ₋₁, xₜ] + b of all gates

    /// fₜ = σ(z_f), `[batch, hidden]`.
    public func forgetGate(_ z: Gated<LSTMGate, Scalar>) -> Tensor<Scalar> {
        gateActivation(z[.forget]).named("forget")
    }

    /// iₜ = σ(z_i), `[batch, hidden]`.
    public func inputGate(_ z: Gated<LSTMGate, Scalar>) -> Tensor<Scalar> {
        gateActivation(z[.input]).named("input")
    }

    /// C̃ₜ = tanh(z_C), `[batch, hidden]`.
    public func candidate(_ z: Gated<LSTMGate, Scalar>) -> Tensor<Scalar> {
        candidateActivation(z[.candidate]).named("candidate")
    }

    /// Cₜ = fₜ ⊙ Cₜ₋₁ + iₜ ⊙ C̃ₜ, each `[batch, hidden]`.
    public func cellState(
        _ f: Tensor<Scalar>, _ previous: Tensor<Scalar>, _ i: Tensor<Scalar>, _ candidate: Tensor<Scalar>
    ) -> Tensor<Scalar> {
        (f * previous + i * candidate).named("cell")
    }

    /// oₜ = σ(z_o), `[batch, hidden]`.
    public func outputGate(_ z: Gated<LSTMGate, Scalar>) -> Tensor<Scalar> {
        gateActivation(z[.output]).named("output")
    }

    /// hₜ = oₜ ⊙ tanh(Cₜ), each `[batch, hidden]`.
    public func hiddenState(_ o: Tensor<Scalar>, _ cell: Tensor<Scalar>) -> Tensor<Scalar> {
        (o * cellActivation(cell)).named("hidden")
    }
}

/// One or several layers of LSTM over a sequence.
public typealias LSTM<Scalar: DifferentiableScalar> = RecurrentLayers<LSTMCell<Scalar>>
