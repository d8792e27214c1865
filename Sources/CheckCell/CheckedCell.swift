import Foundation
import Tapestry
import TapestryCellEquations

/// The cells of the library.
enum CheckedCell: String, CaseIterable {
    case lstm, gru
    case gruResetAfter = "gru-reset-after"
    case rnn
    case rnnRelu = "rnn-relu"

    var summary: String {
        switch self {
        case .lstm: "long short-term memory with forget gate"
        case .gru: "gated recurrent unit, reset before the product, as in its paper"
        case .gruResetAfter: "gated recurrent unit, reset after the product, as in PyTorch"
        case .rnn: "plain recurrent cell with tanh"
        case .rnnRelu: "plain recurrent cell with relu"
        }
    }

    /// Whether its parameters have more than one block.
    var hasGates: Bool {
        switch self {
        case .lstm, .gru, .gruResetAfter: true
        case .rnn, .rnnRelu: false
        }
    }

    func report(_ settings: Settings, progress: ((CheckProgress) -> Void)?) -> CellReport {
        let (input, hidden) = (settings.input, settings.hidden)
        func check<Cell: RecurrentCell<Double>, Single: RecurrentCell<Float>>(
            _ cell: Cell, _ single: Single.Type, _ equations: @escaping CellEquations.Equations
        ) -> CellReport {
            if settings.mutation == .nothing { return checkPlainly(cell, single, equations) }
            return checkPlainly(BrokenCell(cell, settings.mutation), BrokenCell<Single>.self, equations)
        }
        func checkPlainly<Cell: RecurrentCell<Double>, Single: RecurrentCell<Float>>(
            _ cell: Cell, _ single: Single.Type, _ equations: @escaping CellEquations.Equations
        ) -> CellReport {
            checkCell(
                cell, inputSize: input, stepCount: settings.steps, batchSize: settings.batch, orders: settings.orders,
                elements: settings.fast ? .projections(2) : .all, seed: settings.seed, single: single,
                progress: progress, against: equations)
        }
        return switch self {
        case .lstm:
            check(LSTMCell(inputSize: input, hiddenSize: hidden), LSTMCell<Float>.self, CellEquations.lstm)
        case .gru:
            check(
                GRUCell(inputSize: input, hiddenSize: hidden, reset: .beforeProduct), GRUCell<Float>.self,
                CellEquations.gruResetBefore)
        case .gruResetAfter:
            check(
                GRUCell(inputSize: input, hiddenSize: hidden, reset: .afterProduct), GRUCell<Float>.self,
                CellEquations.gruResetAfter)
        case .rnn:
            check(
                RNNCell(inputSize: input, hiddenSize: hidden, nonlinearity: .tanh), RNNCell<Float>.self,
                CellEquations.rnn { tanh($0) })
        case .rnnRelu:
            check(
                RNNCell(inputSize: input, hiddenSize: hidden, nonlinearity: .relu), RNNCell<Float>.self,
                CellEquations.rnn { max($0, 0) })
        }
    }
}
