import Foundation
import Tapestry
import TapestryHandDerivedCells
import Testing

/// The right cells against wrong cells, written scalar by scalar, as references.
@Suite struct WrongReferenceTests {
    @Test(arguments: HandDerivedLSTM.mutants)
    func lstm(mutant: CellMutant<HandDerivedLSTM>) {
        WrongReference(mutant: mutant, right: Reference.lstm, stateHasCell: true)
            .expectRejected(by: LSTMCell<Double>(inputSize: 5, hiddenSize: 4))
    }

    @Test(arguments: HandDerivedGRU(reset: .after).mutants)
    func gru(mutant: CellMutant<HandDerivedGRU>) {
        WrongReference(mutant: mutant, right: Reference.gruResetAfter, candidateHasBias: true)
            .expectRejected(by: GRUCell<Double>(inputSize: 5, hiddenSize: 4))
    }

    @Test(arguments: HandDerivedGRU(reset: .before).mutants)
    func gruWithResetBefore(mutant: CellMutant<HandDerivedGRU>) {
        WrongReference(mutant: mutant, right: Reference.gruResetBefore)
            .expectRejected(by: GRUCell<Double>(inputSize: 5, hiddenSize: 4, reset: .beforeProduct))
    }

    @Test(arguments: HandDerivedRNN(activation: .tanh).mutants)
    func rnn(mutant: CellMutant<HandDerivedRNN>) {
        WrongReference(mutant: mutant, right: Reference.rnn(tanh))
            .expectRejected(by: RNNCell<Double>(inputSize: 5, hiddenSize: 4))
    }
}

/// A wrong scalar cell beside the right equations.
private struct WrongReference<Cell: HandDerivedCell> {
    let mutant: CellMutant<Cell>
    let right: Reference.Equations
    var stateHasCell = false
    var candidateHasBias = false

    /// The wrong cell runs over whole sequences, since it may exchange steps or rows. So a first check, with the right
    /// equations, only collects what the check draws; a second one, which draws the same, compares.
    func expectRejected<Checked: RecurrentCell>(by cell: Checked) {
        let drawn = DrawnOperands<Cell>()
        let control = checkEquations(of: cell, inputSize: 5) { step in
            note(step, in: drawn)
            return right(step)
        }
        #expect(control.isCorrect, "\(control)")
        let trace = mutant.forward(drawn.operands)
        let report = checkEquations(of: cell, inputSize: 5) { step in
            let values = trace.steps[step.time]
            for (name, path) in Cell.Step.values { step.yield(name, values[keyPath: path][step.row]) }
            return result(values.state, step.row)
        }
        #expect(!report.isCorrect && report.problem == nil, "\(mutant)")
        #expect(report.deviation?.quantity == .named(mutant.wrongValue, number: 0), "\(mutant.name): \(report)")
    }

    private func result(_ state: HandDerivedState, _ row: Int) -> EquationResult {
        let hidden = state.hidden[row]
        return stateHasCell
            ? EquationResult(output: hidden, state: ["hidden": hidden, "cell": state.cell[row]])
            : EquationResult(output: hidden, state: hidden)
    }

    private func note(_ step: EquationStep, in drawn: DrawnOperands<Cell>) {
        if step.row == 0 { drawn.inputs.append([]) }
        drawn.inputs[step.time].append(step.input)
        guard step.time == 0 else { return }
        drawn.parameters = Cell.Parameters { gate in
            GateParameters(
                inputWeights: step.weights("input.weights", gate: gate),
                recurrentWeights: step.weights("recurrent.weights", gate: gate),
                bias: step.vector("input.bias", gate: gate),
                recurrentBias: candidateHasBias && gate == "candidate" ? step.vector("candidateBias") : [])
        }
        drawn.initial.hidden.append(step.previous(stateHasCell ? "hidden" : ""))
        if stateHasCell { drawn.initial.cell.append(step.previous("cell")) }
    }
}

/// What an equation check draws, in the form of the scalar cells.
private final class DrawnOperands<Cell: HandDerivedCell> {
    var inputs: ScalarSequence = []
    var initial = HandDerivedState(hidden: [])
    var parameters: Cell.Parameters?

    var operands: HandDerivedOperands<Cell.Parameters> {
        HandDerivedOperands(parameters: parameters!, inputs: inputs, initial: initial)
    }
}
