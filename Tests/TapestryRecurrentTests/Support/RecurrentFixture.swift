import TapestryAutograd
import TapestryHandDerivedCells
import TapestryRecurrent
import TapestryTestSupport
import Testing

/// A cell of the library beside its scalar reference and its goldens.
protocol RecurrentFixture: Sendable, CustomTestStringConvertible {
    associatedtype Cell: GoldenCell
    associatedtype HandDerived: HandDerivedCell
    /// The golden file, without its extension.
    var file: String { get }
    var handDerived: HandDerived { get }
    var mutants: [CellMutant<HandDerived>] { get }
    func makeCell(inputSize: Int, hiddenSize: Int) -> Cell
    /// One equation of the cell by the library's own function for it.
    func equation(_ name: String, _ cell: Cell, _ operands: [String: Tensor<Double>]) -> Tensor<Double>
}

/// Every cell of the library.
let recurrentFixtures: [any RecurrentFixture] = [
    LSTMFixture(), GRUFixture(reset: .beforeProduct), GRUFixture(reset: .afterProduct), RNNFixture(nonlinearity: .tanh),
    RNNFixture(nonlinearity: .relu),
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

    /// A cell with the parameters that are among the blocks; the others stay as the initialiser made them.
    func cell(_ blocks: [String: Tensor<Double>]) -> Cell {
        let weights = blocks.first { $0.key.hasSuffix(".inputWeights") }?.value
        var cell = makeCell(inputSize: weights?.shape[0] ?? 1, hiddenSize: weights?.shape[1] ?? 1)
        for name in cell.blockNames {
            if let block = blocks[name] { cell[block: name] = block }
        }
        return cell
    }

    func state(_ blocks: [String: Tensor<Double>], prefix: String) -> Cell.State {
        let batchSize = blocks["\(prefix)Hidden"]!.shape[0]
        var state = cell(blocks).initialState(batchSize: batchSize)
        for (name, path) in Cell.State.parts { state[keyPath: path] = blocks[prefix + name]! }
        return state
    }

    func operands(_ blocks: [String: Tensor<Double>]) -> SequenceOperands<Cell> {
        SequenceOperands(x: blocks["x"]!, initialState: state(blocks, prefix: "initial"), cell: cell(blocks))
    }

    func handDerivedOperands(_ golden: GoldenCase) -> HandDerivedOperands<HandDerived.Parameters> {
        golden.operands(HandDerived.Parameters { golden.gate($0) })
    }

    /// The results of a golden case, in the order of its outputs, by the library.
    func results(_ inputs: [Tensor<Double>], _ golden: GoldenCase) -> [Tensor<Double>] {
        let blocks = golden.named(inputs)
        switch golden.part {
        case nil:
            let result = operands(blocks).run()
            return [result.outputs] + Cell.State.parts.map { result.finalState[keyPath: $0.path] }
        case "step":
            let next = cell(blocks).step(blocks["x"]!, state(blocks, prefix: "previous")).state
            return Cell.State.parts.map { next[keyPath: $0.path] }
        case .some(let part):
            return [equation(String(part), cell(blocks), blocks)]
        }
    }
}

extension GoldenCase {
    /// Tensors in the order of the inputs, by their names.
    func named(_ tensors: [Tensor<Double>]) -> [String: Tensor<Double>] {
        Dictionary(uniqueKeysWithValues: zip(inputs.map(\.name), tensors))
    }

    var blocks: [String: Tensor<Double>] { named(realInputs) }
}

struct LSTMFixture: RecurrentFixture {
    var file: String { "lstm" }
    var handDerived: HandDerivedLSTM { HandDerivedLSTM() }
    var mutants: [CellMutant<HandDerivedLSTM>] { HandDerivedLSTM.mutants }

    func makeCell(inputSize: Int, hiddenSize: Int) -> LSTMCell<Double> {
        LSTMCell(inputSize: inputSize, hiddenSize: hiddenSize)
    }

    func equation(
        _ name: String, _ cell: LSTMCell<Double>, _ operands: [String: Tensor<Double>]
    ) -> Tensor<Double> {
        switch name {
        case "cell":
            return cell.cellState(
                operands["forget"]!, operands["previousCell"]!, operands["input"]!, operands["candidate"]!)
        case "hidden": return cell.hiddenState(operands["output"]!, operands["cell"]!)
        default: break
        }
        let z = cell.input(operands["x"]!) + cell.recurrent(operands["previousHidden"]!)
        switch name {
        case "forget": return cell.forgetGate(z)
        case "input": return cell.inputGate(z)
        case "candidate": return cell.candidate(z)
        case "output": return cell.outputGate(z)
        default: preconditionFailure("an LSTM has no equation \(name)")
        }
    }
}

struct GRUFixture: RecurrentFixture {
    var reset: GRUCell<Double>.Reset

    var file: String { reset == .beforeProduct ? "gru-reset-before" : "gru-reset-after" }
    var handDerived: HandDerivedGRU { HandDerivedGRU(reset: reset == .beforeProduct ? .before : .after) }
    var mutants: [CellMutant<HandDerivedGRU>] { handDerived.mutants }

    func makeCell(inputSize: Int, hiddenSize: Int) -> GRUCell<Double> {
        GRUCell(inputSize: inputSize, hiddenSize: hiddenSize, reset: reset)
    }

    func equation(_ name: String, _ cell: GRUCell<Double>, _ operands: [String: Tensor<Double>]) -> Tensor<Double> {
        let h = operands["previousHidden"]!
        if name == "hidden" { return cell.hiddenState(operands["update"]!, operands["candidate"]!, h) }
        let fromInput = cell.input(operands["x"]!)
        let fromState = cell.recurrent(h)
        switch name {
        case "reset": return cell.resetGate(fromInput[.reset] + fromState[.reset])
        case "update": return cell.updateGate(fromInput[.update] + fromState[.update])
        case "candidate":
            let r = operands["reset"]!
            let recurrent =
                switch reset {
                case .beforeProduct: cell.recurrent(r * h)[.candidate]
                case .afterProduct: r * (fromState[.candidate] + cell.candidateBias!)
                }
            return cell.candidate(fromInput[.candidate] + recurrent)
        default: preconditionFailure("a GRU has no equation \(name)")
        }
    }
}

struct RNNFixture: RecurrentFixture {
    var nonlinearity: RNNCell<Double>.Nonlinearity

    var file: String { "rnn-\(nonlinearity)" }
    var handDerived: HandDerivedRNN { HandDerivedRNN(activation: nonlinearity == .tanh ? .tanh : .relu) }
    var mutants: [CellMutant<HandDerivedRNN>] { handDerived.mutants }

    func makeCell(inputSize: Int, hiddenSize: Int) -> RNNCell<Double> {
        RNNCell(inputSize: inputSize, hiddenSize: hiddenSize, nonlinearity: nonlinearity)
    }

    func equation(_ name: String, _ cell: RNNCell<Double>, _ operands: [String: Tensor<Double>]) -> Tensor<Double> {
        precondition(name == "hidden", "a plain cell has no equation \(name)")
        return cell.hiddenState(cell.input(operands["x"]!) + cell.recurrent(operands["previousHidden"]!))
    }
}
