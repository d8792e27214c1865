import Foundation
import Tapestry
import Testing

/// Why a cell is wrong, in one sentence: on every wrong cell of the corpus.
@Suite struct EquationDiagnosisTests {
    @Test func corpusIsLargeEnough() {
        #expect(EquationMutant.all.count > 100 && Set(EquationMutant.all.map(\.name)).count == EquationMutant.all.count)
    }

    @Test(arguments: EquationMutant.all)
    func mutantIsNamedAndExplained(mutant: EquationMutant) {
        let report = mutant.check(EquationMutantScale())
        #expect(!report.isCorrect && report.problem == nil, "\(report)")
        #expect(report.deviation?.quantity == mutant.quantity && report.deviation?.step == mutant.step, "\(report)")
        #expect(report.diagnosis?.statement == mutant.statement, "\(report)")
    }

    static let scales = [
        EquationMutantScale(parameters: 1e-6, stepCount: 3), EquationMutantScale(parameters: 1e-3, stepCount: 12),
        EquationMutantScale(parameters: 1e3, stepCount: 12),
        EquationMutantScale(parameters: 1e6, stepCount: 3), EquationMutantScale(stepCount: 200, seed: 1),
    ]

    /// Parameters so small or large hide some mistakes in every value: gates that saturate, or are ½ to ten digits. What
    /// is hidden is called right, and the rest is wrong where it first differs, and explained.
    @Test(arguments: scales)
    func atEveryScale(scale: EquationMutantScale) {
        var (visible, explained) = (0, 0)
        for mutant in EquationMutant.cells {
            let report = mutant.check(scale)
            let difference = mutant.firstDifference(scale)
            #expect(report.problem == nil && report.isCorrect == (difference == nil), "\(mutant): \(report)")
            #expect(report.deviation?.quantity == difference?.quantity, "\(mutant): \(report)")
            #expect(report.deviation?.step == difference?.step, "\(mutant): \(report)")
            if difference != nil { visible += 1 }
            if report.diagnosis?.statement == mutant.statement { explained += 1 }
        }
        #expect(visible >= 85 && Double(explained) >= 0.9 * Double(visible), "\(explained) of \(visible)")
    }

    // MARK: What the report says

    @Test func theSentenceComesWithItsEvidence() {
        let cell = MutantLSTMCell<Double>(inputSize: 5, hiddenSize: 4, mutation: .candidateTimesBoth)
        let report = checkEquations(of: cell, inputSize: 5, against: Reference.lstm)
        #expect(report.diagnosis?.kind == .extraFactor && report.diagnosis?.nextDeviation == nil)
        #expect(
            "\(report)".contains(
                """
                Likely mistake: cell reads forget · candidate where forget belongs. A reference with this mistake agrees \
                with the cell in every value of every step.
                """), "\(report)")
    }

    /// What the first mistake does not explain is named as well.
    @Test func secondMistake() {
        let cell = MutantLSTMCell<Double>(inputSize: 5, hiddenSize: 4, mutation: .forgetInverted)
        let report = checkEquations(of: cell, inputSize: 5) { step in
            let result = Reference.lstm(step)
            return EquationResult(output: result.output.map { 2 * $0 }, state: result.state)
        }
        #expect(report.diagnosis?.statement == LSTMMutation.forgetInverted.statement, "\(report)")
        #expect(report.diagnosis?.nextDeviation == "returned output at step 0", "\(report)")
        #expect(
            "\(report)".contains("A reference with this mistake agrees with the cell up to returned output at step 0."))
    }

    @Test func whatIsUnusualIsNotExplained() {
        let report = checkEquations(of: RNNCell<Double>.self, against: Reference.rnn { sin(3 * $0 + 1) })
        #expect(report.diagnosis == nil && report.confusionCount > 50)
        #expect("\(report)".contains("None of \(report.confusionCount) usual confusions explains it."), "\(report)")
    }

    /// A cell that grows without bound is explained as far as it is finite.
    @Test func whatDiverges() {
        let cell = MutantRNNCell<Double>(inputSize: 5, hiddenSize: 4, mutation: .withoutActivation)
        let report = EquationMutantScale(parameters: 3, stepCount: 1000).check(cell, Reference.rnn(tanh))
        guard case .notFinite = report.problem else {
            Issue.record("\(report)")
            return
        }
        #expect(report.diagnosis?.statement == RNNMutation.withoutActivation.statement, "\(report)")
    }

    @Test func aRightCellIsNotDiagnosed() {
        let report = checkEquations(of: RNNCell<Double>.self, against: Reference.rnn(tanh))
        #expect(report.diagnosis == nil && report.confusionCount == 0 && !"\(report)".contains("mistake"))
    }

    @Test func singlePrecision() {
        let cell = MutantLSTMCell<Float>(inputSize: 5, hiddenSize: 4, mutation: .gatesCoupled)
        let report = checkEquations(of: cell, inputSize: 5, against: Reference.lstm)
        #expect(report.diagnosis?.statement == LSTMMutation.gatesCoupled.statement, "\(report)")
    }

    @Test func aDriverNeedsAScopeForEachStep() {
        let report = checkEquations(
            of: RNNCell<Double>(inputSize: 5, hiddenSize: 4), inputSize: 5,
            drivenBy: { cell, inputs, initialState in
                var (state, outputs) = (initialState, [Tensor<Double>]())
                for input in inputs.unstacked() {
                    state = cell.step(input, state).state
                    outputs.append(state)
                }
                return RecurrentResult(outputs: stack(outputs), finalState: state)
            }, against: Reference.rnn(tanh))
        #expect(report.problem == .stepsDiffer(expected: 4, scopes: 1, outputs: [4, 3, 4]), "\(report)")
        #expect("\(report)".contains("4 steps were to be run. The named values lie in 1 scopes"))
    }
}
