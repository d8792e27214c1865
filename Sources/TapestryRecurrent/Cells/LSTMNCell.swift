import TapestryAutograd
import TapestryLayers

/// The state of an LSTM that attends to its own past states.
public struct LSTMNState<Scalar: DifferentiableScalar>: Module {
    /// The hidden states and cell states of the last steps, each `[batch, span, hidden]`, the newest last. Where there
    /// have not been so many steps, the first ones are not looked at.
    public var hiddens, cells: Tensor<Scalar>
    /// h̃ₜ, `[batch, hidden]`.
    public var attended: Tensor<Scalar>
    /// How many steps there have been, `[batch]`.
    public var stepCount: Tensor<Int32>

    /// A state of four parts.
    public init(hiddens: Tensor<Scalar>, cells: Tensor<Scalar>, attended: Tensor<Scalar>, stepCount: Tensor<Int32>) {
        (self.hiddens, self.cells, self.attended, self.stepCount) = (hiddens, cells, attended, stepCount)
    }
}

/// The long short-term memory network, in the place of whose state before a step stands what an attention finds among
/// all states before it. For every one of the last steps, i:
///
///     aᵢ = vᵀ tanh(W_h hᵢ + W_x xₜ + W_a h̃ₜ₋₁)        score
///     s = softmax(a)                                    attention
///     h̃ₜ = Σᵢ sᵢ hᵢ,  c̃ₜ = Σᵢ sᵢ Cᵢ                     attended hidden, attended cell; 0 before the first step
///     fₜ = σ(W_f xₜ + U_f h̃ₜ + b_f)                    forget gate
///     iₜ = σ(W_i xₜ + U_i h̃ₜ + b_i)                    input gate
///     C̃ₜ = tanh(W_C xₜ + U_C h̃ₜ + b_C)                 candidate
///     Cₜ = fₜ ⊙ c̃ₜ + iₜ ⊙ C̃ₜ                           cell state
///     oₜ = σ(W_o xₜ + U_o h̃ₜ + b_o)                    output gate
///     hₜ = oₜ ⊙ tanh(Cₜ)                                hidden state
///
/// The paper's memory has all steps of a sentence. Here it has the last ones, as many as the span: with a span of a
/// sequence's length, all of them. Every step costs the span.
///
/// Reference: J. Cheng, L. Dong and M. Lapata, "Long short-term memory-networks for machine reading", 2016, equations 4
/// to 9.
public struct LSTMNCell<Scalar: DifferentiableScalar>: RecurrentCell {
    /// W and b of every gate.
    public var input: GateProjection<LSTMGate, Scalar>
    /// U of every gate.
    public var recurrent: GateProjection<LSTMGate, Scalar>
    /// W_h, W_x and W_a, without biases.
    public var hiddenScore, inputScore, attendedScore: Linear<Scalar>
    /// v, `[score, 1]`.
    public var score: Linear<Scalar>
    /// How many steps are looked at.
    public let memorySpan: Int

    /// W, U and b start uniformly in ±1/√hidden. Traps unless the span is positive.
    ///
    /// - Parameters:
    ///   - inputSize: the features of xₜ.
    ///   - hiddenSize: the units of hₜ and Cₜ.
    ///   - memorySpan: how many steps are looked at.
    ///   - scoreSize: the units of the score; by default as many as of hₜ.
    public init(inputSize: Int, hiddenSize: Int, memorySpan: Int, scoreSize: Int? = nil) {
        let scoreSize = scoreSize ?? hiddenSize
        requireSizes("LSTMNCell", ["hidden": hiddenSize, "span": memorySpan, "score": scoreSize])
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        hiddenScore = Linear(inputSize: hiddenSize, outputSize: scoreSize, bias: false)
        inputScore = Linear(inputSize: inputSize, outputSize: scoreSize, bias: false)
        attendedScore = Linear(inputSize: hiddenSize, outputSize: scoreSize, bias: false)
        score = Linear(inputSize: scoreSize, outputSize: 1, bias: false)
        self.memorySpan = memorySpan
    }

    /// Zeros, and no step made.
    public func initialState(batchSize: Int) -> LSTMNState<Scalar> {
        let past = Tensor<Scalar>.zeros([batchSize, memorySpan, recurrent.unitCount])
        return LSTMNState(
            hiddens: past, cells: past, attended: .zeros([batchSize, recurrent.unitCount]),
            stepCount: .zeros([batchSize]))
    }

    /// hₜ and the state from xₜ, `[batch, input]`, and the state before; the output is hₜ. Traps if they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ state: LSTMNState<Scalar>
    ) -> (output: Tensor<Scalar>, state: LSTMNState<Scalar>) {
        let weights = attention(x, state).named("attention").unsqueezed(axis: 1)
        let attendedHidden = matmul(weights, state.hiddens).squeezed(axes: [1]).named("attended hidden")
        let attendedCell = matmul(weights, state.cells).squeezed(axes: [1]).named("attended cell")
        let z = input(x) + recurrent(attendedHidden)
        let f = sigmoid(z[.forget]).named("forget")
        let i = sigmoid(z[.input]).named("input")
        let candidate = tanh(z[.candidate]).named("candidate")
        let cell = (f * attendedCell + i * candidate).named("cell")
        let o = sigmoid(z[.output]).named("output")
        let hidden = (o * tanh(cell)).named("hidden")
        func appended(_ past: Tensor<Scalar>, _ newest: Tensor<Scalar>) -> Tensor<Scalar> {
            concatenate([past.slice(axis: 1, 1..<memorySpan), newest.unsqueezed(axis: 1)], axis: 1)
        }
        let next = LSTMNState(
            hiddens: appended(state.hiddens, hidden), cells: appended(state.cells, cell), attended: attendedHidden,
            stepCount: state.stepCount + 1)
        return (hidden, next)
    }

    /// s of the last steps, `[batch, span]`; zeros where there has been none.
    public func attention(_ x: Tensor<Scalar>, _ state: LSTMNState<Scalar>) -> Tensor<Scalar> {
        let now = (inputScore(x) + attendedScore(state.attended)).unsqueezed(axis: 1)
        let scores = score(tanh(hiddenScore(state.hiddens) + now)).squeezed(axes: [2])
        let age = Tensor<Int32>.arange(from: Int32(memorySpan), to: 0, by: -1)
        return attentionWeights(scores, age .<= state.stepCount.unsqueezed(axis: 1))
    }
}
