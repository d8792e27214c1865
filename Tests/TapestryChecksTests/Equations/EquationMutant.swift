import Foundation
import Tapestry

/// A wrong cell, and what the check should say of it.
struct EquationMutant: Sendable, CustomStringConvertible {
    let name: String
    /// The value that is the first to come out wrong, and the step.
    let quantity: EquationQuantity
    var step = 0
    /// The likely mistake.
    let statement: String
    let check: @Sendable (EquationMutantScale) -> EquationReport

    var description: String { name }
}

/// Where a wrong cell is checked: on parameters that the check draws, or on the cell's own, as large as this.
struct EquationMutantScale: Sendable, CustomStringConvertible {
    /// The largest magnitude of the cell's own parameters; `nil` for those that the check draws.
    var parameters: Double?
    var stepCount = 4
    var seed: UInt64 = 0

    var description: String {
        "\(parameters.map { "parameters up to \($0)" } ?? "drawn parameters"), \(stepCount) steps, seed \(seed)"
    }

    func check<Cell: RecurrentCell>(_ cell: Cell, _ reference: Reference.Equations) -> EquationReport {
        guard let parameters else {
            return checkEquations(of: cell, inputSize: 5, stepCount: stepCount, seed: seed, against: reference)
        }
        let own = withRandomSeed(seed &+ 17) {
            cell.mapValues { Tensor<Double>.uniform($0.shape, from: -parameters, to: parameters).value }
        }
        return checkEquations(
            of: own, inputSize: 5, parameters: .given, stepCount: stepCount, seed: seed, against: reference)
    }
}

extension EquationMutant {
    static let all = lstm + gru + rnn + peephole

    static let lstm = LSTMMutation.allCases.filter { $0 != .none }.map { mutation in
        EquationMutant(
            name: "LSTM \(mutation)", quantity: mutation.wrongQuantity!, statement: mutation.statement
        ) { $0.check(MutantLSTMCell<Double>(inputSize: 5, hiddenSize: 4, mutation: mutation), Reference.lstm) }
    }

    static let gru = GRUMutation.allCases.filter { $0 != .none }.map { mutation in
        EquationMutant(
            name: "GRU \(mutation)", quantity: mutation.wrongQuantity!, statement: mutation.statement
        ) { $0.check(MutantGRUCell<Double>(inputSize: 5, hiddenSize: 4, mutation: mutation), Reference.gruResetAfter) }
    }

    static let rnn = RNNMutation.allCases.filter { $0 != .none }.map { mutation in
        EquationMutant(
            name: "RNN \(mutation)", quantity: mutation.wrongQuantity!, statement: mutation.statement
        ) { $0.check(MutantRNNCell<Double>(inputSize: 5, hiddenSize: 4, mutation: mutation), Reference.rnn(tanh)) }
    }

    static let peephole = PeepholeMutation.allCases.filter { $0 != .none }.map { mutation in
        EquationMutant(
            name: "Peephole \(mutation)", quantity: mutation.wrongQuantity!, statement: mutation.statement
        ) { $0.check(MutantPeepholeCell<Double>(inputSize: 5, hiddenSize: 4, mutation: mutation), Reference.peephole) }
    }
}
