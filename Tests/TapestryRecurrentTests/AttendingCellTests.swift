import TapestryAutograd
import TapestryLayers
import TapestryRecurrent
import TapestryTestSupport
import Testing

/// Cells that attend: to a memory that they are given, or to their own past.
@Suite struct AttendingCellTests {
    private let cell = withRandomSeed(1) {
        AttentionLSTMCell(
            inputSize: 3, hiddenSize: 4, sourceSize: 5,
            attention: AdditiveAttention<Double>(querySize: 4, sourceSize: 5, hiddenSize: 2))
    }
    private let inputs = Tensor<Double>.normal([6, 2, 3], using: RandomSource(seed: 2))
    private let sources = Tensor<Double>.normal([2, 4, 5], using: RandomSource(seed: 3))

    @Test("every sequence attends to its own sources, as many as there are")
    func lengths() {
        var poisoned = sources
        poisoned[1, 2..<4] = Tensor(repeating: .nan, shape: [2, 5])
        let found = Recurrent(cell.attending(to: poisoned, lengths: [4, 2]))(inputs)
        for (row, length) in [4, 2].enumerated() {
            let own = sources.slice(axis: 0, row..<row + 1).slice(axis: 1, 0..<length)
            let alone = Recurrent(cell.attending(to: own))(inputs.slice(axis: 1, row..<row + 1))
            let outputs = found.outputs.slice(axis: 1, row..<row + 1)
            #expect(
                outputs.isClose(to: alone.outputs, relativeTolerance: 1e-13, absoluteTolerance: 1e-13), "row \(row)")
        }
        let gradient = gradient(at: poisoned) { poisoned in
            square(Recurrent(cell.attending(to: poisoned, lengths: [4, 2]))(inputs).outputs).sum()
        }
        #expect(gradient[0].scalars.allSatisfy { $0 != 0 && $0.isFinite })
        #expect(gradient[1, 0..<2].scalars.allSatisfy { $0 != 0 && $0.isFinite })
        #expect(gradient[1, 2..<4].scalars.allSatisfy { $0 == 0 })
    }

    @Test("one memory serves all rows, and padded steps change nothing")
    func oneMemory() {
        let shared = cell.attending(to: sources.slice(axis: 0, 0..<1))
        let twice = cell.attending(to: concatenate([sources[0..<1], sources[0..<1]]))
        let outputs = Recurrent(shared)(inputs).outputs
        #expect(
            outputs.isClose(to: Recurrent(twice)(inputs).outputs, relativeTolerance: 1e-13, absoluteTolerance: 1e-13))
        let masked = Recurrent(shared)(inputs, lengths: [6, 3])
        let short = Recurrent(shared)(inputs[0..<3])
        #expect(
            masked.finalState.hidden[1].isClose(
                to: short.finalState.hidden[1], relativeTolerance: 1e-13, absoluteTolerance: 1e-13))
    }

    @Test("single steps, layers and segments give what the sequence gives")
    func steps() {
        let attending = cell.attending(to: sources, lengths: [3, 4])
        let whole = Recurrent(attending)(inputs)
        var state = attending.initialState(batchSize: 2)
        for t in 0..<6 {
            let (output, next) = attending.step(inputs[t], state)
            #expect(
                output.isClose(to: whole.outputs[t], relativeTolerance: 1e-13, absoluteTolerance: 1e-13), "step \(t)")
            state = next
        }
        let segments = Recurrent(attending, recomputation: 2)(inputs).outputs
        #expect(segments.isClose(to: whole.outputs, relativeTolerance: 1e-13, absoluteTolerance: 1e-13))
    }

    /// What an encoder and a decoder learn together.
    private struct Translator: Module {
        var encoder = withRandomSeed(4) { Recurrent(LSTMCell<Double>(inputSize: 3, hiddenSize: 5), batchFirst: true) }
        var decoder: AttentionLSTMCell<MultiplicativeAttention<Double>>
    }

    @Test("an encoder learns through the decoder that attends to it, and a memory is no parameter of theirs")
    func encoder() {
        let decoder = withRandomSeed(5) {
            AttentionLSTMCell(
                inputSize: 3, hiddenSize: 4, sourceSize: 5,
                attention: MultiplicativeAttention<Double>(score: .general, querySize: 4, sourceSize: 5))
        }
        let model = Translator(decoder: decoder)
        #expect(!model.parameters.contains { $0.path.contains("memory") })
        let texts = Tensor<Double>.normal([2, 4, 3], using: RandomSource(seed: 6))
        let gradient = gradient(at: model) { model in
            let encoded = model.encoder(texts, lengths: [4, 2]).outputs
            return square(Recurrent(model.decoder.attending(to: encoded, lengths: [4, 2]))(inputs).outputs).sum()
        }
        #expect(gradient.parameters.map(\.path) == model.parameters.map(\.path))
        #expect(gradient.parameters.allSatisfy { $0.tensor(as: Double.self).norm().scalar > 0 })
    }

    @Test("an LSTM that attends to one past step alone is an LSTM")
    func lstmnOfOneStep() {
        let lstmn = withRandomSeed(7) { LSTMNCell<Double>(inputSize: 3, hiddenSize: 4, memorySpan: 1) }
        var lstm = LSTMCell<Double>(inputSize: 3, hiddenSize: 4)
        (lstm.input, lstm.recurrent) = (lstmn.input, lstmn.recurrent)
        let outputs = Recurrent(lstm)(inputs).outputs
        #expect(
            Recurrent(lstmn)(inputs).outputs.isClose(to: outputs, relativeTolerance: 1e-13, absoluteTolerance: 1e-13))
    }

    @Test("a span beyond the steps there are changes nothing, and a shorter one does")
    func spans() {
        func outputs(_ span: Int) -> Tensor<Double> {
            let cell = withRandomSeed(8) { LSTMNCell<Double>(inputSize: 3, hiddenSize: 4, memorySpan: span) }
            return Recurrent(cell)(inputs).outputs
        }
        #expect(outputs(5).isClose(to: outputs(9), relativeTolerance: 1e-13, absoluteTolerance: 1e-13))
        #expect(outputs(3)[0..<4].isClose(to: outputs(5)[0..<4], relativeTolerance: 1e-13, absoluteTolerance: 1e-13))
        #expect(!outputs(3)[4].isClose(to: outputs(5)[4], relativeTolerance: 1e-6))
    }

    static let traps: [ExpectedTrap] = [
        ExpectedTrap("AttentionLSTMCell: there is no memory; attending(to:) gives it one") {
            _ = Recurrent(AttendingCellTests().cell)(.zeros([1, 2, 3]))
        },
        ExpectedTrap("attention: queries [3, 4] do not fit a memory of [2, 4, 5]") {
            let cell = AttendingCellTests().cell.attending(to: .zeros([2, 4, 5]))
            _ = Recurrent(cell)(.zeros([1, 3, 3]))
        },
        ExpectedTrap("attention: the shape [4, 5] is not [batch, time, features] with at least one step") {
            _ = AttendingCellTests().cell.attending(to: .zeros([4, 5]))
        },
        ExpectedTrap("attention: sequence 1 has length 5, which is not from 1 to the 4 steps there are") {
            _ = AttendingCellTests().cell.attending(to: .zeros([2, 4, 5]), lengths: [1, 5])
        },
        ExpectedTrap("AttentionLSTMCell: the state has no attentional part, which is fed to the next step") {
            let cell = AttendingCellTests().cell.attending(to: .zeros([1, 4, 5]))
            _ = cell.step(.zeros([1, 3]), AttentionLSTMState(hidden: .zeros([1, 4]), cell: .zeros([1, 4])))
        },
        ExpectedTrap("LSTMNCell: sizes must be positive: hidden 2, span 0, score 2") {
            _ = LSTMNCell<Float>(inputSize: 2, hiddenSize: 2, memorySpan: 0)
        },
    ]

    @Test(arguments: traps.indices)
    func trap(_ index: Int) async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [index] in
            Self.traps[index].run()
        }
        #expect(Self.traps[index].complaint(about: result?.standardErrorContent) == nil)
    }
}
