import TapestryAutograd
import TapestryGoldenCells
import TapestryLayers
import TapestryHandDerivedCells
import TapestryRecurrent
import TapestryTestSupport
import Testing

/// A cell of the library beside its scalar reference and its goldens.
protocol RecurrentFixture: Sendable, CustomTestStringConvertible {
    associatedtype Form: CellForm
    associatedtype HandDerived: HandDerivedCell
    typealias Cell = Form.Cell
    /// The golden file, without its extension.
    var file: String { get }
    var form: Form { get }
    var handDerived: HandDerived { get }
    var mutants: [CellMutant<HandDerived>] { get }
}

/// Every cell of the library.
let recurrentFixtures: [any RecurrentFixture] = [
    LSTMFixture(), GRUFixture(reset: .beforeProduct), GRUFixture(reset: .afterProduct), RNNFixture(activation: .tanh),
    RNNFixture(activation: .relu),
]

extension RecurrentFixture {
    var testDescription: String { file }

    func cases() throws -> [GoldenCase] { try GoldenFile(named: file).cases }

    /// The cases that are whole, short sequences.
    func sequences() throws -> [GoldenCase] {
        let found = try cases().filter { $0.part == nil }
        #expect(!found.isEmpty, "\(file) has no sequence")
        return found
    }

    /// The sequences and, for an LSTM, one of 40 steps.
    func sequencesOfAllLengths() throws -> [GoldenCase] {
        try sequences() + (file == "lstm" ? GoldenFile(named: "lstm-long").cases : [])
    }

    func makeCell(inputSize: Int, hiddenSize: Int) -> Cell {
        form.makeCell(inputSize: inputSize, hiddenSize: hiddenSize)
    }

    func operands(_ golden: GoldenCase) throws -> SequenceOperands<Cell> { try form.operands(golden.blocks) }

    func handDerivedOperands(_ golden: GoldenCase) -> HandDerivedOperands<HandDerived.Parameters> {
        golden.operands(HandDerived.Parameters { golden.gate($0) })
    }

    /// The results of a golden case, in the order of its outputs, by the library.
    func results(_ inputs: [Tensor<Double>], _ golden: GoldenCase) throws -> [Tensor<Double>] {
        try form.results(golden.part, golden.named(inputs))
    }
}

struct LSTMFixture: RecurrentFixture {
    var file: String { "lstm" }
    var form: LSTMForm { LSTMForm() }
    var handDerived: HandDerivedLSTM { HandDerivedLSTM() }
    var mutants: [CellMutant<HandDerivedLSTM>] { HandDerivedLSTM.mutants }
}

struct GRUFixture: RecurrentFixture {
    var reset: GRUCell<Double>.Reset

    var file: String { reset == .beforeProduct ? "gru-reset-before" : "gru-reset-after" }
    var form: GRUForm { GRUForm(reset: reset) }
    var handDerived: HandDerivedGRU { HandDerivedGRU(reset: reset == .beforeProduct ? .before : .after) }
    var mutants: [CellMutant<HandDerivedGRU>] { handDerived.mutants }
}

struct RNNFixture: RecurrentFixture {
    var activation: ActivationFunction

    var file: String { "rnn-\(activation)" }
    var form: RNNForm { RNNForm(activation: activation) }
    var handDerived: HandDerivedRNN { HandDerivedRNN(activation: activation == .tanh ? .tanh : .relu) }
    var mutants: [CellMutant<HandDerivedRNN>] { handDerived.mutants }
}
