import TapestryAutograd
import TapestryLayers
import TapestryRecurrent
import TapestryTestSupport

/// A cell in the form that the goldens know: its operations are the cell's sequence, one step, and each equation.
package protocol CellForm: Sendable {
    associatedtype Cell: GoldenCell
    func makeCell(inputSize: Int, hiddenSize: Int) -> Cell
    /// One equation of the cell by the library's own function for it.
    func equation(_ name: String, _ cell: Cell, _ operands: Blocks) throws -> Tensor<Double>
}

/// Tensors by the names that the goldens use.
package struct Blocks: Sendable {
    package let tensors: [String: Tensor<Double>]

    package init(_ tensors: [String: Tensor<Double>]) { self.tensors = tensors }

    package func callAsFunction(_ name: String) throws -> Tensor<Double> {
        guard let tensor = tensors[name] else { throw GoldenError("there is no input \(name)") }
        return tensor
    }
}

extension CellForm {
    /// A cell with the parameters that are among the blocks; the others stay as the initialiser made them.
    package func cell(_ blocks: Blocks) -> Cell {
        let weights = blocks.tensors.first { $0.key.hasSuffix(".inputWeights") }?.value
        var cell = makeCell(inputSize: weights?.shape[0] ?? 1, hiddenSize: weights?.shape[1] ?? 1)
        for name in cell.blockNames {
            if let block = blocks.tensors[name] { cell[block: name] = block }
        }
        return cell
    }

    package func state(_ blocks: Blocks, prefix: String) throws -> Cell.State {
        var state = cell(blocks).initialState(batchSize: try blocks("\(prefix)Hidden").shape[0])
        for (name, path) in Cell.State.parts { state[keyPath: path] = try blocks(prefix + name) }
        return state
    }

    package func operands(_ blocks: Blocks) throws -> SequenceOperands<Cell> {
        SequenceOperands(x: try blocks("x"), initialState: try state(blocks, prefix: "initial"), cell: cell(blocks))
    }

    /// The results of a golden case, in the order of its outputs: of a whole sequence if `part` is nil, of one `step`,
    /// or of one equation.
    package func results(_ part: Substring?, _ blocks: Blocks) throws -> [Tensor<Double>] {
        guard let part else {
            try checkNames(blocks, ["x"], prefix: "initial")
            let result = try operands(blocks).run()
            return [result.outputs] + Cell.State.parts.map { result.finalState[keyPath: $0.path] }
        }
        if part == "step" {
            try checkNames(blocks, ["x"], prefix: "previous")
            let next = cell(blocks).step(try blocks("x"), try state(blocks, prefix: "previous")).state
            return Cell.State.parts.map { next[keyPath: $0.path] }
        }
        return [try equation(String(part), cell(blocks), blocks)]
    }

    /// A parameter that is forgotten, or that the cell does not have, is an error.
    private func checkNames(_ blocks: Blocks, _ inputs: [String], prefix: String) throws {
        let expected = Set(inputs + Cell.State.parts.map { prefix + $0.name } + cell(blocks).blockNames)
        let actual = Set(blocks.tensors.keys)
        if actual != expected {
            throw GoldenError("inputs \(actual.sorted()), and the cell takes \(expected.sorted())")
        }
    }
}

package struct LSTMForm: CellForm {
    package init() {}

    package func makeCell(inputSize: Int, hiddenSize: Int) -> LSTMCell<Double> {
        LSTMCell(inputSize: inputSize, hiddenSize: hiddenSize)
    }

    package func equation(_ name: String, _ cell: LSTMCell<Double>, _ operands: Blocks) throws -> Tensor<Double> {
        func z() throws -> Gated<LSTMGate, Double> {
            cell.input(try operands("x")) + cell.recurrent(try operands("previousHidden"))
        }
        return switch name {
        case "forget": cell.forgetGate(try z())
        case "input": cell.inputGate(try z())
        case "candidate": cell.candidate(try z())
        case "output": cell.outputGate(try z())
        case "cell":
            cell.cellState(
                try operands("forget"), try operands("previousCell"), try operands("input"), try operands("candidate"))
        case "hidden": cell.hiddenState(try operands("output"), try operands("cell"))
        default: throw GoldenError("an LSTM has no equation \(name)")
        }
    }
}

package struct GRUForm: CellForm {
    private let reset: GRUCell<Double>.Reset

    package init(reset: GRUCell<Double>.Reset) { self.reset = reset }

    package func makeCell(inputSize: Int, hiddenSize: Int) -> GRUCell<Double> {
        GRUCell(inputSize: inputSize, hiddenSize: hiddenSize, reset: reset)
    }

    package func equation(_ name: String, _ cell: GRUCell<Double>, _ operands: Blocks) throws -> Tensor<Double> {
        let h = try operands("previousHidden")
        if name == "hidden" { return cell.hiddenState(try operands("update"), try operands("candidate"), h) }
        let fromInput = cell.input(try operands("x"))
        let fromState = cell.recurrent(h)
        switch name {
        case "reset": return cell.resetGate(fromInput[.reset] + fromState[.reset])
        case "update": return cell.updateGate(fromInput[.update] + fromState[.update])
        case "candidate":
            let r = try operands("reset")
            let recurrent =
                switch reset {
                case .beforeProduct: cell.recurrent(r * h)[.candidate]
                case .afterProduct: r * (fromState[.candidate] + cell.candidateBias!)
                }
            return cell.candidate(fromInput[.candidate] + recurrent)
        default: throw GoldenError("a GRU has no equation \(name)")
        }
    }
}

package struct RNNForm: CellForm {
    private let activation: ActivationFunction

    package init(activation: ActivationFunction) { self.activation = activation }

    package func makeCell(inputSize: Int, hiddenSize: Int) -> RNNCell<Double> {
        RNNCell(inputSize: inputSize, hiddenSize: hiddenSize, activation: activation)
    }

    package func equation(_ name: String, _ cell: RNNCell<Double>, _ operands: Blocks) throws -> Tensor<Double> {
        if name != "hidden" { throw GoldenError("a plain cell has no equation \(name)") }
        return cell.hiddenState(cell.input(try operands("x")) + cell.recurrent(try operands("previousHidden")))
    }
}

/// A cell of which the goldens have whole sequences alone.
package struct SequenceForm<Cell: GoldenCell>: CellForm {
    package init() {}

    package func makeCell(inputSize: Int, hiddenSize: Int) -> Cell {
        Cell(inputSize: inputSize, hiddenSize: hiddenSize)
    }

    package func equation(_ name: String, _ cell: Cell, _ operands: Blocks) throws -> Tensor<Double> {
        throw GoldenError("the equation \(name) is not known")
    }
}
