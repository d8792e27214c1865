import Foundation
import TapestryAutograd
import TapestryChecks
import TapestryLayers
import TapestryRecurrent
import TapestryTestSupport
import Testing

/// Cells that know the time: from their state, or from the input.
@Suite struct TimeCellTests {
    @Test("a module of a clockwork network keeps its state between its ticks")
    func clockwork() {
        let cell = withRandomSeed(1) { ClockworkRNNCell<Double>(inputSize: 2, hiddenSize: 5, periods: [1, 3]) }
        let inputs = Tensor<Double>.normal([7, 1, 2], using: RandomSource(seed: 2))
        let outputs: [[[Double]]] = Recurrent(cell)(inputs).outputs.nestedArray()
        for t in 1..<7 {
            for unit in 0..<5 {
                // Units 0, 1 and 2 are the fast module.
                let isDue = unit < 3 || t % 3 == 0
                #expect((outputs[t][0][unit] != outputs[t - 1][0][unit]) == isDue, "step \(t), unit \(unit)")
            }
        }
    }

    @Test("a slow module does not see a fast one: those weights have no gradient")
    func blockTriangular() {
        let cell = withRandomSeed(1) { ClockworkRNNCell<Double>(inputSize: 2, hiddenSize: 4) }
        #expect(cell.periods == [1, 2, 4, 8])
        let inputs = Tensor<Double>.normal([17, 2, 2], using: RandomSource(seed: 2))
        let gradient = gradient(at: cell) { square(Recurrent($0)(inputs).outputs).sum() }.recurrentWeights
        for from in 0..<4 {
            for to in 0..<4 { #expect((gradient[from, to].scalar != 0) == (from >= to), "\(from) to \(to)") }
        }
    }

    @Test("each row has its own clock, which stands still where there is no step")
    func clockOfRows() {
        let cell = withRandomSeed(1) { ClockworkRNNCell<Double>(inputSize: 2, hiddenSize: 2, periods: [1, 2]) }
        let inputs = Tensor<Double>.normal([4, 2, 2], using: RandomSource(seed: 2))
        let mask = Tensor<Bool>([[true, true], [false, true], [true, true], [true, true]])
        let result = Recurrent(cell)(inputs, mask: .steps(mask))
        #expect(result.finalState.time.scalars == [3, 4])
        let alone = stack([inputs[0], inputs[2], inputs[3]]).slice(axis: 1, 0..<1)
        #expect(result.finalState.hidden[0] == Recurrent(cell)(alone).finalState.hidden[0])
    }

    @Test("a phased unit is open for a part of its period, and leaks while training alone")
    func phased() {
        var cell = withRandomSeed(1) {
            PhasedLSTMCell<Double>(inputSize: 2, hiddenSize: 1, openRatio: 0.5, leak: 0.01)
        }
        (cell.logPeriod, cell.shift) = (Tensor([log(4.0)]), Tensor([1]))
        // Phases 0, 1/8, 1/4, 3/8, 1/2, 3/4; and 3/4 again before the shift.
        let times = Tensor<Double>([[1], [1.5], [2], [2.5], [3], [4], [0]])
        func gate() -> [Double] { cell.timeGate(times).scalars }
        #expect(blockError(gate(), [0, 0.5, 1, 0.5, 0, 0, 0]) < 1e-14)
        withMode(.training) { #expect(blockError(gate(), [0, 0.5, 1, 0.5, 0.005, 0.0075, 0.0075]) < 1e-14) }
    }

    @Test("a closed unit keeps its state whatever the input")
    func closed() {
        var cell = withRandomSeed(1) { PhasedLSTMCell<Double>(inputSize: 2, hiddenSize: 3) }
        (cell.logPeriod, cell.shift) = (.zeros([3]), .zeros([3]))
        let state = LSTMState<Double>(
            hidden: .normal([2, 3], using: RandomSource(seed: 2)), cell: .normal([2, 3], using: RandomSource(seed: 3)))
        let input = PhasedLSTMCell<Double>.Input(.ones([2, 2]), time: Tensor([0.5, 7.9]))
        let next = cell.step(input, state).state
        #expect(next.hidden == state.hidden && next.cell == state.cell)
    }

    @Test("gradients of a phased cell while training, with its leak")
    func phasedTraining() throws {
        let cell = withRandomSeed(1) {
            PhasedLSTMCell<Double>(inputSize: 2, hiddenSize: 3, openRatio: 0.4, leak: 0.2)
        }
        let inputs = PhasedLSTMCell<Double>.Input(
            .normal([4, 2, 2], using: RandomSource(seed: 2)),
            time: .uniform([4, 2], to: 9, using: RandomSource(seed: 3)))
        let report = checkGradients(
            of: { square(Recurrent($0)($1).outputs).sum() }, at: cell, inputs, mode: .training)
        try report.requireCorrect()
        #expect(report["first.shift"] != nil && report["second.time"] != nil, "\(report)")
    }

    @Test("without elapsed time an LSTM is left, and with much of it the short-term memory goes")
    func timeAware() {
        let cell = withRandomSeed(1) { TimeAwareLSTMCell<Double>(inputSize: 2, hiddenSize: 3) }
        var lstm = LSTMCell<Double>(inputSize: 2, hiddenSize: 3)
        (lstm.input, lstm.recurrent) = (cell.input, cell.recurrent)
        let x = Tensor<Double>.normal([2, 2], using: RandomSource(seed: 2))
        let state = LSTMState<Double>(
            hidden: .normal([2, 3], using: RandomSource(seed: 3)), cell: .normal([2, 3], using: RandomSource(seed: 4)))
        let now = cell.step(.init(x, elapsed: .zeros([2])), state).output
        #expect(now.isClose(to: lstm.step(x, state).output, relativeTolerance: 1e-12))
        let inverse = withRandomSeed(1) {
            TimeAwareLSTMCell<Double>(inputSize: 2, hiddenSize: 3, discount: .inverse)
        }
        #expect(inverse.left(after: Tensor([0.5, 4])).scalars == [2, 0.25])
        let (_, values) = tracing { inverse.step(.init(x, elapsed: Tensor(repeating: 1e300, shape: [2])), state) }
        func value(_ name: String) -> Tensor<Double> { values.first { $0.name == name }!.tensor() }
        #expect(value("adjusted memory").isClose(to: state.cell - value("short-term memory"), relativeTolerance: 1e-14))
    }

    /// All that goes over a sequence, with an input of two tensors.
    @Test("drivers and wrappers over inputs with times")
    func drivers() {
        let cell = withRandomSeed(1) { TimeAwareLSTMCell<Double>(inputSize: 2, hiddenSize: 3) }
        typealias Input = TimeAwareLSTMCell<Double>.Input
        let features = Tensor<Double>.normal([5, 3, 2], using: RandomSource(seed: 2))
        let elapsed = Tensor<Double>.uniform([5, 3], to: 4, using: RandomSource(seed: 3))
        let plain = Recurrent(cell)(Input(features, elapsed: elapsed)).outputs
        let batchFirst = Recurrent(cell, batchFirst: true)(
            Input(features.transposed(0, 1), elapsed: elapsed.transposed())
        ).outputs
        #expect(batchFirst.transposed(0, 1) == plain)
        var poisoned = elapsed
        poisoned[4, 1] = Tensor(.nan)
        let masked = Recurrent(cell)(Input(features, elapsed: poisoned), lengths: [5, 4, 5]).outputs
        #expect(masked[3] == plain[3] && masked[4, 1].scalars == [0, 0, 0])
        #expect(Bidirectional(cell, cell)(Input(features, elapsed: elapsed)).outputs.shape == [5, 3, 6])
        #expect(Recurrent(cell, recomputation: 2)(Input(features, elapsed: elapsed)).outputs == plain)
        #expect(Recurrent(cell).trace(Input(features, elapsed: elapsed)).trace["hidden"] == plain)
        let begins = Tensor<Bool>(repeating: false, shape: [5, 3])
        let reset = Recurrent(Reset(Zoneout(cell, rate: 0)))
        #expect(reset(.init(Input(features, elapsed: elapsed), begins: begins)).outputs == plain)
    }
}
