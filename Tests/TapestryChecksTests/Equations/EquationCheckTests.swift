import Foundation
import Tapestry
import Testing

/// Right cells against their equations.
@Suite struct EquationCheckTests {
    @Test func lstm() throws {
        let report = checkEquations(of: LSTMCell<Double>.self, against: Reference.lstm)
        try report.requireCorrect()
        let names = ["forget", "input", "candidate", "cell", "output", "hidden"]
        let named = names.map { EquationQuantity.named($0, number: 0) }
        #expect(report.comparisons.map(\.quantity) == named + [.output, .state("hidden"), .state("cell")])
        // 4 steps, 3 rows, 4 units.
        #expect(report.comparisons.allSatisfy { $0.count == 48 })
    }

    @Test(arguments: [0, 1, 2, 3, 4] as [UInt64])
    func everySeed(seed: UInt64) throws {
        try checkEquations(of: LSTMCell<Double>.self, seed: seed, against: Reference.lstm).requireCorrect()
        try checkEquations(of: GRUCell<Double>.self, seed: seed, against: Reference.gruResetAfter).requireCorrect()
        try checkEquations(of: RNNCell<Double>.self, seed: seed, against: Reference.rnn(tanh)).requireCorrect()
    }

    @Test func gruWithResetBefore() throws {
        let cell = GRUCell<Double>(inputSize: 3, hiddenSize: 5, reset: .beforeProduct)
        try checkEquations(of: cell, inputSize: 3, against: Reference.gruResetBefore).requireCorrect()
    }

    @Test func rnnWithRelu() throws {
        let cell = RNNCell<Double>(inputSize: 3, hiddenSize: 5, nonlinearity: .relu)
        try checkEquations(of: cell, inputSize: 3, against: Reference.rnn { max($0, 0) }).requireCorrect()
    }

    @Test func cellOfAUser() throws {
        let cell = LeakyCell<Double>(inputSize: 3, hiddenSize: 5)
        try checkEquations(of: cell, inputSize: 3, against: Reference.leaky).requireCorrect()
    }

    @Test func givenParametersAndFloat() throws {
        let cell = LSTMCell<Double>(inputSize: 3, hiddenSize: 5)
        try checkEquations(of: cell, inputSize: 3, parameters: .given, against: Reference.lstm).requireCorrect()
        try checkEquations(of: LSTMCell<Float>.self, against: Reference.lstm).requireCorrect()
    }

    @Test func manySteps() throws {
        let report = checkEquations(
            of: LSTMCell<Double>.self, stepCount: 50, batchSize: 2, against: Reference.lstm)
        try report.requireCorrect()
    }
}
