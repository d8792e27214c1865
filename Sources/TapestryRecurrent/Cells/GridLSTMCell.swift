import TapestryAutograd
import TapestryLayers

/// The block of a Grid LSTM of any number of dimensions: each dimension hands a hidden vector and a memory on, and each
/// has an LSTM that sees the hidden vectors of all of them. With H = [h₁; …; h_N], for every dimension n:
///
///     i = σ(Wⁿ_i H + bⁿ_i)                             input gate
///     f = σ(Wⁿ_f H + bⁿ_f)                             forget gate
///     o = σ(Wⁿ_o H + bⁿ_o)                             output gate
///     C̃ = tanh(Wⁿ_C H + bⁿ_C)                          candidate
///     m′ₙ = f ⊙ mₙ + i ⊙ C̃                             memory
///     h′ₙ = tanh(o ⊙ m′ₙ)                              hidden vector
///
/// Reference: N. Kalchbrenner, I. Danihelka and A. Graves, "Grid long short-term memory", 2015, sections 2.1 and 3.1.
public struct GridLSTMBlock<Scalar: DifferentiableScalar>: Module {
    /// W and b of every gate, of each dimension, or one for all.
    public var projections: [GateProjection<LSTMGate, Scalar>]
    /// N.
    public let dimensionCount: Int

    /// All parameters start uniformly in ±1/√hidden. Traps unless there is a dimension.
    ///
    /// - Parameters:
    ///   - dimensionCount: N, of 1 or more.
    ///   - hiddenSize: the units of each hidden vector and memory.
    ///   - sharesWeights: whether all dimensions have the same W and b.
    public init(dimensionCount: Int, hiddenSize: Int, sharesWeights: Bool = false) {
        requireSizes("GridLSTMBlock", ["dimensions": dimensionCount, "hidden": hiddenSize])
        projections = (0..<(sharesWeights ? 1 : dimensionCount)).map { _ in
            GateProjection(dimensionCount * hiddenSize, hiddenSize)
        }
        self.dimensionCount = dimensionCount
    }

    /// What each dimension hands on, from what it is handed, each `[batch, hidden]`. Traps unless there is one state
    /// for each dimension.
    public func callAsFunction(_ states: [LSTMState<Scalar>]) -> [LSTMState<Scalar>] {
        if states.count != dimensionCount {
            trap("GridLSTMBlock", "\(states.count) states for \(dimensionCount) dimensions")
        }
        let all = concatenate(states.map(\.hidden), axis: 1)
        let products = projections.map { $0(all) }
        return states.enumerated().map { dimension, state in
            let z = products.count == 1 ? products[0] : products[dimension]
            return withScope("dimension ", dimension + 1) {
                let f = sigmoid(z[.forget]).named("forget")
                let i = sigmoid(z[.input]).named("input")
                let candidate = tanh(z[.candidate]).named("candidate")
                let memory = (f * state.cell + i * candidate).named("memory")
                let o = sigmoid(z[.output]).named("output")
                return LSTMState(hidden: tanh(o * memory).named("hidden"), cell: memory)
            }
        }
    }
}

/// The state of a Grid LSTM over time and depth.
public struct GridLSTMState<Scalar: DifferentiableScalar>: Module {
    /// What the dimension of time hands on at each depth, the lowest first.
    public var layers: [LSTMState<Scalar>]

    /// A state of layers.
    public init(layers: [LSTMState<Scalar>]) { self.layers = layers }
}

/// The Grid LSTM of two dimensions, time and depth: a stack of blocks, between which memories are handed on upwards as
/// well as from step to step. With (hˡ, mˡ) what layer l hands on in time, and (dˡ, nˡ) what it hands on upwards:
///
///     d⁰ = W_h xₜ + b_h,  n⁰ = W_m xₜ + b_m             the input, as a hidden vector and a memory
///     (dˡ, nˡ), (hˡₜ, mˡₜ) = block((dˡ⁻¹, nˡ⁻¹), (hˡₜ₋₁, mˡₜ₋₁))
///     yₜ = the last dˡ                                   output
///
/// where, in a block, with H = [d; h], and for either dimension with its own W and b, or with the same:
///
///     i = σ(W_i H + b_i),  f = σ(W_f H + b_f)            input gate, forget gate
///     o = σ(W_o H + b_o),  C̃ = tanh(W_C H + b_C)         output gate, candidate
///     m′ = f ⊙ m + i ⊙ C̃                                 memory
///     h′ = tanh(o ⊙ m′)                                  hidden vector
///
/// Reference: N. Kalchbrenner, I. Danihelka and A. Graves, "Grid long short-term memory", 2015, sections 2.1, 3.1 and
/// 3.2.
public struct GridLSTMCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W_h and b_h, W_m and b_m.
    public var input: GateProjection<GridLSTMInput, Scalar>
    /// The block of each layer, or one for all.
    public var blocks: [GridLSTMBlock<Scalar>]
    /// The number of layers.
    public let depth: Int

    /// All parameters start uniformly in ±1/√hidden. Traps unless the depth is at least 1.
    ///
    /// - Parameters:
    ///   - inputSize: the features of xₜ.
    ///   - hiddenSize: the units of each hidden vector and memory.
    ///   - depth: the number of layers.
    ///   - sharesDimensions: whether time and depth have the same weights.
    ///   - sharesLayers: whether all layers have the same weights (tied, in the paper).
    public init(
        inputSize: Int, hiddenSize: Int, depth: Int, sharesDimensions: Bool = false, sharesLayers: Bool = false
    ) {
        if depth < 1 { trap("GridLSTMCell", "a depth of \(depth); it must be at least 1") }
        input = GateProjection(inputSize, hiddenSize)
        blocks = (0..<(sharesLayers ? 1 : depth)).map { _ in
            GridLSTMBlock(dimensionCount: 2, hiddenSize: hiddenSize, sharesWeights: sharesDimensions)
        }
        self.depth = depth
    }

    /// A cell of two layers without shared weights.
    public init(inputSize: Int, hiddenSize: Int) { self.init(inputSize: inputSize, hiddenSize: hiddenSize, depth: 2) }

    /// hˡ₀ = 0 and mˡ₀ = 0, each `[batch, hidden]`.
    public func initialState(batchSize: Int) -> GridLSTMState<Scalar> {
        GridLSTMState(layers: (0..<depth).map { _ in .zeros([batchSize, input.unitCount]) })
    }

    /// All hˡₜ and mˡₜ from xₜ, `[batch, input]`, and hˡₜ₋₁ and mˡₜ₋₁, each `[batch, hidden]`; the output is the
    /// uppermost layer's dˡ. Traps if they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ state: GridLSTMState<Scalar>
    ) -> (output: Tensor<Scalar>, state: GridLSTMState<Scalar>) {
        let z = input(x)
        var upwards = LSTMState(hidden: z[.hidden].named("hidden input"), cell: z[.memory].named("memory input"))
        var next = state
        for layer in 0..<depth {
            let block = blocks.count == 1 ? blocks[0] : blocks[layer]
            let handed = withScope("layer ", layer + 1) { block([upwards, state.layers[layer]]) }
            (upwards, next.layers[layer]) = (handed[0], handed[1])
        }
        return (upwards.hidden, next)
    }
}

/// What the input of a Grid LSTM becomes, in the order of the blocks.
public enum GridLSTMInput: String, CaseIterable, Sendable {
    /// d⁰.
    case hidden
    /// n⁰.
    case memory
}
