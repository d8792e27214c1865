import Foundation
import Tapestry
import Testing

/// The difference between the two checks: a wrong cell has the right gradients of what it computes, so the gradient
/// check finds nothing, and the equation check names what is wrong.
@Suite struct EquationMutantTests {
    @Test(arguments: LSTMMutation.allCases)
    func equationCheckNamesWhatIsWrong(mutation: LSTMMutation) {
        let cell = MutantLSTMCell<Double>(inputSize: 5, hiddenSize: 4, mutation: mutation)
        let report = checkEquations(of: cell, inputSize: 5, against: Reference.lstm)
        #expect(report.isCorrect == (mutation == .none), "\(report)")
        #expect(report.deviation?.quantity == mutation.wrongQuantity, "\(report)")
        #expect(report.problem == nil)
    }

    @Test(arguments: LSTMMutation.allCases)
    func gradientCheckCannotSeeIt(mutation: LSTMMutation) {
        let model = withRandomSeed(3) {
            Recurrent(MutantLSTMCell<Double>(inputSize: 3, hiddenSize: 2, mutation: mutation))
        }
        let (inputs, state) = withRandomSeed(4) {
            (
                Tensor<Double>.normal([3, 2, 3]),
                LSTMState<Double>(hidden: .normal([2, 2]), cell: .normal([2, 2]))
            )
        }
        let report = checkGradients(of: model) { $0(inputs, initialState: state) }
        #expect(report.verdict != .wrong, "\(report)")
        let unused = report.blocks.filter { $0.verdict == .inconclusive }
        // A parameter that the mutant forgot has no influence, and nothing else is in doubt.
        #expect(unused.allSatisfy { $0.scale == 0 }, "\(report)")
    }

    /// The colleague's wrong cells, scalar by scalar, as references for the right ones.
    @Test(arguments: HandDerivedLSTM.mutants)
    func lstmAgainstWrongReference(mutant: CellMutant<HandDerivedLSTM>) {
        expectWrong(LSTMCell<Double>.self, mutant, Reference.lstm)
    }

    @Test(arguments: HandDerivedGRU(reset: .after).mutants)
    func gruAgainstWrongReference(mutant: CellMutant<HandDerivedGRU>) {
        expectWrong(GRUCell<Double>.self, mutant, Reference.gruResetAfter)
    }

    @Test(arguments: HandDerivedGRU(reset: .before).mutants)
    func gruWithResetBeforeAgainstWrongReference(mutant: CellMutant<HandDerivedGRU>) {
        let cell = GRUCell<Double>(inputSize: 5, hiddenSize: 4, reset: .beforeProduct)
        expectWrong(cell, mutant, Reference.gruResetBefore)
    }

    @Test(arguments: HandDerivedRNN(activation: .tanh).mutants)
    func rnnAgainstWrongReference(mutant: CellMutant<HandDerivedRNN>) {
        expectWrong(RNNCell<Double>.self, mutant, Reference.rnn(tanh))
    }

    private func expectWrong<Cell: SizedRecurrentCell, Mutated: HandDerivedCell>(
        _ type: Cell.Type, _ mutant: CellMutant<Mutated>, _ right: Reference.Equations
    ) {
        expectWrong(Cell(inputSize: 5, hiddenSize: 4), mutant, right)
    }

    private func expectWrong<Cell: RecurrentCell, Mutated: HandDerivedCell>(
        _ cell: Cell, _ mutant: CellMutant<Mutated>, _ right: Reference.Equations
    ) {
        let drawn = DrawnOperands<Mutated>()
        let first = checkEquations(of: cell, inputSize: 5) { step in
            drawn.note(step)
            return right(step)
        }
        #expect(first.isCorrect, "\(first)")
        let trace = mutant.forward(drawn.operands)
        let report = checkEquations(of: cell, inputSize: 5) { step in
            let values = trace.steps[step.time]
            for (name, path) in Mutated.Step.values { step.yield(name, values[keyPath: path][step.row]) }
            return values.result(row: step.row)
        }
        #expect(!report.isCorrect, "\(mutant)")
        #expect(report.problem == nil)
        #expect(report.deviation?.quantity == .named(mutant.wrongValue, number: 0), "\(mutant.name): \(report)")
    }
}

/// What an equation check draws, collected by a reference, in the form of the scalar cells.
private final class DrawnOperands<Cell: HandDerivedCell> {
    private(set) var inputs: ScalarSequence = []
    private var initial = HandDerivedState(hidden: [])
    private var parameters: Cell.Parameters?

    var operands: HandDerivedOperands<Cell.Parameters> {
        HandDerivedOperands(parameters: parameters!, inputs: inputs, initial: initial)
    }

    func note(_ step: EquationStep) {
        if step.row == 0 { inputs.append([]) }
        inputs[step.time].append(step.input)
        guard step.time == 0 else { return }
        parameters = Cell.Parameters { gate in
            GateParameters(
                inputWeights: step.weights("input.weights", gate: gate),
                recurrentWeights: step.weights("recurrent.weights", gate: gate),
                bias: step.vector("input.bias", gate: gate),
                recurrentBias: Self.hasRecurrentBias && gate == "candidate" ? step.vector("candidateBias") : [])
        }
        if Cell.self == HandDerivedLSTM.self {
            initial.hidden.append(step.previous("hidden"))
            initial.cell.append(step.previous("cell"))
        } else {
            initial.hidden.append(step.previous())
        }
    }

    private static var hasRecurrentBias: Bool { false }
}
