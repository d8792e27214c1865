import TapestryAutograd
import TapestryLayers

/// The state of a clockwork network.
public struct ClockworkState<Scalar: DifferentiableScalar>: Module {
    /// hₜ, which is also the output, `[batch, hidden]`.
    public var hidden: Tensor<Scalar>
    /// How many steps each row has made, `[batch]`.
    public var time: Tensor<Int32>

    /// A state of two parts.
    public init(hidden: Tensor<Scalar>, time: Tensor<Int32>) {
        self.hidden = hidden
        self.time = time
    }
}

/// The clockwork recurrent network: modules of units, each with a clock of its own. A module computes in the steps that
/// its period divides, t = 0, T_g, 2 T_g, … from the first step on, and keeps its state in the others; it sees itself
/// and the modules that are slower:
///
///     h̃ₜ = tanh(W xₜ + (U ⊙ M) hₜ₋₁ + b)                                     candidate
///     hₜ = h̃ₜ in modules with t mod T_g = 0,  hₜ₋₁ in the others               hidden state
///
/// M is 1 where it leads from a module to one whose period is not longer, else 0: U ⊙ M is block-triangular.
///
/// Reference: J. Koutník, K. Greff, F. Gomez and J. Schmidhuber, "A clockwork RNN", 2014.
public struct ClockworkRNNCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W and b.
    public var input: GateProjection<RNNGate, Scalar>
    /// U, `[hidden, hidden]`, of which some blocks are not used.
    public var recurrentWeights: Tensor<Scalar>
    /// T_g of every module. The units are spread evenly over the modules, in their order.
    public let periods: [Int]
    /// U ⊙ M, while the cell is applied to a sequence.
    private var maskedWeights: Tensor<Scalar>?

    /// All parameters start uniformly in ±1/√hidden. Traps unless the periods are positive and ascending, and each
    /// module has a unit.
    public init(inputSize: Int, hiddenSize: Int, periods: [Int]) {
        let isAscending = zip([0] + periods, periods).allSatisfy { $0 < $1 }
        if periods.isEmpty || !isAscending {
            trap("ClockworkRNNCell", "the periods \(periods) must be positive and ascending, and there must be one")
        }
        if hiddenSize < periods.count {
            trap(
                "ClockworkRNNCell",
                "\(hiddenSize) units are too few for \(periods.count) modules, with the periods \(periods)")
        }
        input = GateProjection(inputSize, hiddenSize)
        recurrentWeights = Initializer.inverseRoot(of: hiddenSize).tensor([hiddenSize, hiddenSize])
        self.periods = periods
    }

    /// A cell with the periods 1, 2, 4 and 8, the first of the paper's series, or as many of them as it has units.
    public init(inputSize: Int, hiddenSize: Int) {
        let periods = [1, 2, 4, 8].prefix(max(hiddenSize, 1))
        self.init(inputSize: inputSize, hiddenSize: hiddenSize, periods: Array(periods))
    }

    /// h₀ = 0, `[batch, hidden]`, and no step made.
    public func initialState(batchSize: Int) -> ClockworkState<Scalar> {
        ClockworkState(hidden: .zeros([batchSize, unitCount]), time: .zeros([batchSize]))
    }

    private var unitCount: Int { recurrentWeights.shape[0] }

    /// The period of every unit.
    private var unitPeriods: [Int] { (0..<unitCount).map { periods[$0 * periods.count / unitCount] } }

    /// U ⊙ M, by which rows are multiplied from the right.
    private var blockTriangularWeights: Tensor<Scalar> {
        let periods = Tensor<Int32>(unitPeriods.map(Int32.init))
        let leads = periods.unsqueezed(axis: 1) .>= periods
        return select(leads, recurrentWeights, Tensor(0))
    }

    /// The cell with U ⊙ M computed once.
    public func prepared(for input: Tensor<Scalar>, _ state: ClockworkState<Scalar>) -> ClockworkRNNCell {
        var result = self
        result.maskedWeights = blockTriangularWeights
        return result
    }

    /// hₜ from xₜ, `[batch, input]`, and the state before; the output is hₜ. All modules are computed, and those whose
    /// time has come are taken. Traps if input and state do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ state: ClockworkState<Scalar>
    ) -> (output: Tensor<Scalar>, state: ClockworkState<Scalar>) {
        let fromState = matmul(state.hidden, maskedWeights ?? blockTriangularWeights)
        let candidate = tanh(input(x)[.hidden] + fromState).named("candidate")
        let time = state.time.converted(to: Scalar.self).unsqueezed(axis: 1)
        let isDue = remainder(time, Tensor(unitPeriods.map { Scalar($0) })) .== 0
        let hidden = select(isDue, candidate, state.hidden).named("hidden")
        return (hidden, ClockworkState(hidden: hidden, time: state.time + 1))
    }
}
