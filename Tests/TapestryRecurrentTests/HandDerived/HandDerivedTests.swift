import TapestryHandDerivedCells
import TapestryTestSupport
import Testing

/// Holds the hand-derived cells against the golden files and against differences of their own forward pass, and shows
/// that every mutant is wrong where it says so.
@Suite struct HandDerivedTests {
    /// Relative to the largest magnitude of a block.
    static let goldenTolerance = 1e-12
    static let differenceTolerance = 1e-9
    /// A mutant that deviates by less than this could pass for rounding.
    static let mutantThreshold = 1e-6

    static let checks: [any HandDerivedCheck] = [
        CellCheck(name: "LSTM", file: "lstm", cell: HandDerivedLSTM(), mutants: HandDerivedLSTM.mutants),
        CellCheck(
            name: "GRU, reset before", file: "gru-reset-before", cell: HandDerivedGRU(reset: .before),
            mutants: HandDerivedGRU(reset: .before).mutants),
        CellCheck(
            name: "GRU, reset after", file: "gru-reset-after", cell: HandDerivedGRU(reset: .after),
            mutants: HandDerivedGRU(reset: .after).mutants),
        CellCheck(
            name: "RNN, tanh", file: "rnn-tanh", cell: HandDerivedRNN(activation: .tanh),
            mutants: HandDerivedRNN(activation: .tanh).mutants),
        CellCheck(
            name: "RNN, relu", file: "rnn-relu", cell: HandDerivedRNN(activation: .relu),
            mutants: HandDerivedRNN(activation: .relu).mutants),
    ]

    @Test("values and gradients of sequences agree with the goldens", arguments: checks)
    func sequences(_ check: any HandDerivedCheck) throws { try check.sequencesAgree(in: check.file) }

    @Test("a long sequence agrees with the goldens")
    func longSequence() throws {
        try CellCheck(name: "LSTM", file: "lstm-long", cell: HandDerivedLSTM(), mutants: [])
            .sequencesAgree(in: "lstm-long")
    }

    @Test("values and gradients of one step agree with the goldens", arguments: checks)
    func steps(_ check: any HandDerivedCheck) throws { try check.stepsAgree() }

    @Test("gradients agree with differences of the forward pass", arguments: checks)
    func differences(_ check: any HandDerivedCheck) throws { try check.gradientsAgreeWithDifferences() }

    @Test("derivatives of each step's values agree with differences", arguments: checks)
    func derivativesOfValues(_ check: any HandDerivedCheck) throws { try check.stepDerivativesAgreeWithDifferences() }

    @Test("every mutant is wrong, first in the value that it names", arguments: checks)
    func mutants(_ check: any HandDerivedCheck) throws { try check.mutantsDeviate() }

    @Test("there are mutants enough, each with a name of its own")
    func mutantCounts() {
        func distinct<Cell>(_ mutants: [CellMutant<Cell>]) -> Int { Set(mutants.map(\.name)).count }
        #expect(distinct(HandDerivedLSTM.mutants) == 43)
        #expect(distinct(HandDerivedGRU(reset: .before).mutants) == 28)
        #expect(distinct(HandDerivedGRU(reset: .after).mutants) == 30)
        #expect(distinct(HandDerivedRNN(activation: .tanh).mutants) == 11)
        #expect(distinct(HandDerivedRNN(activation: .relu).mutants) == 11)
    }
}
