import TapestryAutograd
import TapestryLayers

/// The state of an LSTM that attends to a memory, each part `[batch, …]`.
public struct AttentionLSTMState<Scalar: DifferentiableScalar>: Module {
    /// hₜ, `[batch, hidden]`.
    public var hidden: Tensor<Scalar>
    /// Cₜ, `[batch, hidden]`.
    public var cell: Tensor<Scalar>
    /// h̃ₜ, `[batch, output]`, where it is fed to the next step.
    public var attentional: Tensor<Scalar>?

    /// A state of two parts, or three.
    public init(hidden: Tensor<Scalar>, cell: Tensor<Scalar>, attentional: Tensor<Scalar>? = nil) {
        (self.hidden, self.cell, self.attentional) = (hidden, cell, attentional)
    }
}

/// Long short-term memory that attends to a memory of sources m at every step, such as a decoder to what an encoder has
/// put out; with any score, additive or multiplicative:
///
///     z  = W xₜ + U hₜ₋₁ + V h̃ₜ₋₁ + b                  of all gates; V where the input is fed
///     fₜ = σ(z_f),  iₜ = σ(z_i),  C̃ₜ = tanh(z_C)       forget gate, input gate, candidate
///     Cₜ = fₜ ⊙ Cₜ₋₁ + iₜ ⊙ C̃ₜ                         cell state
///     oₜ = σ(z_o)                                       output gate
///     hₜ = oₜ ⊙ tanh(Cₜ)                                hidden state
///     aₜ = softmax over s of score(hₜ, mₛ)              attention
///     cₜ = Σₛ aₜₛ mₛ                                    context
///     h̃ₜ = tanh(W_c [cₜ; hₜ])                           attentional hidden state, the output
///
/// The memory is no parameter of a model, but what a cell is given for one sequence:
///
/// ```swift
/// import Tapestry
///
/// let cell = AttentionLSTMCell(
///     inputSize: 6, hiddenSize: 16, sourceSize: 12,
///     attention: AdditiveAttention<Float>(querySize: 16, sourceSize: 12, hiddenSize: 8))
/// let encoded = Tensor<Float>.normal([4, 7, 12])                            // [batch, sources, sourceSize]
/// let decoder = cell.attending(to: encoded, lengths: [7, 5, 2, 6])
/// let outputs = Recurrent(decoder)(Tensor.normal([3, 4, 6])).outputs        // [time, batch, units]
/// ```
///
/// so all that goes over cells goes over it, masks and single steps included, and a state holds only what changes.
///
/// Reference: M.-T. Luong, H. Pham and C. D. Manning, "Effective approaches to attention-based neural machine
/// translation", 2015, section 3, of which input feeding is 3.3.
public struct AttentionLSTMCell<Attention: AttentionScore>: RecurrentCell {
    /// The type of the elements of parameters.
    public typealias Scalar = Attention.Scalar

    /// W and b of every gate.
    public var input: GateProjection<LSTMGate, Scalar>
    /// U of every gate.
    public var recurrent: GateProjection<LSTMGate, Scalar>
    /// V of every gate, where the input is fed.
    public var fed: GateProjection<LSTMGate, Scalar>?
    /// The score.
    public var attention: Attention
    /// W_c, `[source + hidden, output]`, without a bias.
    public var combination: Linear<Scalar>
    /// m, if there is one yet.
    public var memory: AttentionMemory<Scalar>?

    /// W, U, V and b start uniformly in ±1/√hidden.
    ///
    /// - Parameters:
    ///   - inputSize: the features of xₜ.
    ///   - hiddenSize: the units of hₜ and Cₜ, which are the features of the score's queries.
    ///   - sourceSize: the features of a source.
    ///   - outputSize: the features of h̃ₜ; by default as many as of hₜ.
    ///   - attention: the score, `AdditiveAttention` or `MultiplicativeAttention`.
    ///   - feedsInput: whether a step sees the h̃ of the step before.
    public init(
        inputSize: Int, hiddenSize: Int, sourceSize: Int, outputSize: Int? = nil, attention: Attention,
        feedsInput: Bool = true
    ) {
        let outputSize = outputSize ?? hiddenSize
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        fed = feedsInput ? GateProjection(outputSize, hiddenSize, bias: false) : nil
        self.attention = attention
        combination = Linear(inputSize: sourceSize + hiddenSize, outputSize: outputSize, bias: false)
    }

    /// The cell with a memory to attend to. See `AttentionMemory.init(_:lengths:)`.
    public func attending(to sources: Tensor<Scalar>, lengths: [Int]? = nil) -> AttentionLSTMCell {
        var result = self
        result.memory = AttentionMemory(sources, lengths: lengths)
        return result
    }

    /// h₀ = 0, C₀ = 0 and h̃₀ = 0.
    public func initialState(batchSize: Int) -> AttentionLSTMState<Scalar> {
        let zeros = Tensor<Scalar>.zeros([batchSize, recurrent.unitCount])
        return AttentionLSTMState(
            hidden: zeros, cell: zeros, attentional: fed.map { .zeros([batchSize, $0.inputSize]) })
    }

    /// The cell with what its scores need of the memory, which is the same at all steps.
    public func prepared(for input: Tensor<Scalar>, _ state: AttentionLSTMState<Scalar>) -> AttentionLSTMCell {
        var result = self
        result.memory = memory?.prepared(for: attention)
        return result
    }

    /// h̃ₜ and the state from xₜ, `[batch, input]`, and the state before. Traps if they do not fit, and where there is
    /// no memory.
    public func step(
        _ x: Tensor<Scalar>, _ state: AttentionLSTMState<Scalar>
    ) -> (output: Tensor<Scalar>, state: AttentionLSTMState<Scalar>) {
        guard let memory else { trap("AttentionLSTMCell", "there is no memory; attending(to:) gives it one") }
        let z = preactivations(x, state)
        let f = sigmoid(z[.forget]).named("forget")
        let i = sigmoid(z[.input]).named("input")
        let candidate = tanh(z[.candidate]).named("candidate")
        let cell = (f * state.cell + i * candidate).named("cell")
        let o = sigmoid(z[.output]).named("output")
        let hidden = (o * tanh(cell)).named("hidden")
        let context = memory.context(of: hidden, by: attention).named("context")
        let attentional = tanh(combination(concatenate([context, hidden], axis: 1))).named("attentional")
        let next = AttentionLSTMState(hidden: hidden, cell: cell, attentional: fed == nil ? nil : attentional)
        return (attentional, next)
    }

    private func preactivations(
        _ x: Tensor<Scalar>, _ state: AttentionLSTMState<Scalar>
    ) -> Gated<LSTMGate, Scalar> {
        let z = input(x) + recurrent(state.hidden)
        guard let fed else { return z }
        guard let attentional = state.attentional else {
            trap("AttentionLSTMCell", "the state has no attentional part, which is fed to the next step")
        }
        return z + fed(attentional)
    }
}
