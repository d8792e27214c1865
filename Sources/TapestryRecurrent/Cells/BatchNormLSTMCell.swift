import TapestryAutograd
import TapestryLayers

/// The state of a batch-normalised LSTM.
public struct BatchNormLSTMState<Scalar: DifferentiableScalar>: Module {
    /// hₜ, which is also the output, `[batch, hidden]`.
    public var hidden: Tensor<Scalar>
    /// Cₜ, the cell state, `[batch, hidden]`.
    public var cell: Tensor<Scalar>
    /// How many steps each row has made, `[batch]`: which step's statistics are the next.
    public var time: Tensor<Int32>

    /// A state of three parts.
    public init(hidden: Tensor<Scalar>, cell: Tensor<Scalar>, time: Tensor<Int32>) {
        self.hidden = hidden
        self.cell = cell
        self.time = time
    }
}

/// Long short-term memory with batch normalisation of both products and of the cell state where it is given out. BN has
/// a gain of its own wherever it stands, statistics of its own for every step, and BN_C a bias:
///
///     z  = BN_x(W xₜ) + BN_h(U hₜ₋₁) + b
///     fₜ = σ(z_f),  iₜ = σ(z_i),  C̃ₜ = tanh(z_C)       forget gate, input gate, candidate
///     Cₜ = fₜ ⊙ Cₜ₋₁ + iₜ ⊙ C̃ₜ                         cell state
///     oₜ = σ(z_o)                                       output gate
///     hₜ = oₜ ⊙ tanh(BN_C(Cₜ))                          hidden state
///
/// While training, the statistics of a step are those of its batch, of the rows that are there. While inferring, they
/// are the running ones of that step, which a step never changes: `updateStatistics` moves them towards those of a
/// batch, after an optimiser's step, say. So a step depends on nothing but its input, its state and the cell, and can
/// be recorded, checked and computed again as any other.
///
/// Reference: T. Cooijmans, N. Ballas, C. Laurent, Ç. Gülçehre and A. Courville, "Recurrent batch normalization", 2017.
public struct BatchNormLSTMCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W and b of every gate.
    public var input: GateProjection<LSTMGate, Scalar>
    /// U of every gate.
    public var recurrent: GateProjection<LSTMGate, Scalar>
    /// BN_x and BN_h, over `4 × hidden` features, and BN_C, over `hidden`.
    public var inputNorm, recurrentNorm, cellNorm: StepwiseBatchNorm<Scalar>

    /// Weights start uniformly in ±1/√hidden, gains at 0.1, as in the paper, and the bias of BN_C at 0.
    public init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        let features = LSTMGate.allCases.count * hiddenSize
        inputNorm = StepwiseBatchNorm(featureCount: features, bias: false)
        recurrentNorm = StepwiseBatchNorm(featureCount: features, bias: false)
        cellNorm = StepwiseBatchNorm(featureCount: hiddenSize)
    }

    /// h₀ = 0 and C₀ = 0, each `[batch, hidden]`, and no step made.
    public func initialState(batchSize: Int) -> BatchNormLSTMState<Scalar> {
        let zeros = Tensor<Scalar>.zeros([batchSize, recurrent.unitCount])
        return BatchNormLSTMState(hidden: zeros, cell: zeros, time: .zeros([batchSize]))
    }

    /// hₜ and Cₜ from xₜ, `[batch, input]`, and the state before; the output is hₜ. Traps if they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ state: BatchNormLSTMState<Scalar>
    ) -> (output: Tensor<Scalar>, state: BatchNormLSTMState<Scalar>) {
        let time = state.time
        let fromInput = matmul(x, input.weights.packed).named(Self.inputProduct)
        let fromState = matmul(state.hidden, recurrent.weights.packed).named(Self.recurrentProduct)
        let normalized = inputNorm(fromInput, at: time) + recurrentNorm(fromState, at: time)
        let z = Gated<LSTMGate, Scalar>(packed: input.bias.map { normalized + $0.packed } ?? normalized)
        let f = sigmoid(z[.forget]).named("forget")
        let i = sigmoid(z[.input]).named("input")
        let candidate = tanh(z[.candidate]).named("candidate")
        let cell = (f * state.cell + i * candidate).named(Self.cellState)
        let o = sigmoid(z[.output]).named("output")
        let hidden = (o * tanh(cellNorm(cell, at: time))).named("hidden")
        return (hidden, BatchNormLSTMState(hidden: hidden, cell: cell, time: time + 1))
    }

    /// Moves the running statistics of every step towards those of a batch of sequences, as training sees it. Steps
    /// that were not met before take the batch's own. What runs backwards is given its inputs backwards.
    ///
    /// - Parameters:
    ///   - inputs: `[time, batch, input]`.
    ///   - mask: which steps of which sequences are there.
    ///   - rate: how far they move: 1 forgets what was before. Traps unless it is in 0 … 1.
    public mutating func updateStatistics(over inputs: Tensor<Scalar>, mask: SequenceMask? = nil, rate: Double = 0.1) {
        if !(0...1).contains(rate) { trap("updateStatistics", "the rate \(rate) is not in 0 … 1") }
        let trace = withMode(.training) { Recurrent(self).trace(inputs, mask: mask).trace }
        let rows = mask.map { mask in
            mask.tensor(stepCount: inputs.shape[0], batchSize: inputs.shape[1], batchFirst: false).unstacked()
        }
        inputNorm.update(with: trace[Self.inputProduct], of: rows, rate: rate)
        recurrentNorm.update(with: trace[Self.recurrentProduct], of: rows, rate: rate)
        cellNorm.update(with: trace[Self.cellState], of: rows, rate: rate)
    }

    // What is normalised, by the names in traces.
    private static var inputProduct: String { "input product" }
    private static var recurrentProduct: String { "recurrent product" }
    private static var cellState: String { "cell" }
}
