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
        let cell = RNNCell<Double>(inputSize: 3, hiddenSize: 5, activation: .relu)
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

/// The same equations in other words are right, from every seed and at every scale.
@Suite struct EquivalentEquationTests {
    static let scales =
        [1e-6, 1e-3, 1, 10].map { EquationMutantScale(parameters: $0) }
        + (0..<5).map { EquationMutantScale(seed: $0) } + [EquationMutantScale(stepCount: 200)]

    @Test(arguments: scales)
    func otherSpellings(scale: EquationMutantScale) {
        let reports = [
            scale.check(ConcatenatingLSTMCell(inputSize: 5, hiddenSize: 4), Reference.lstm),
            scale.check(InterpolatingGRUCell(inputSize: 5, hiddenSize: 4), Reference.gruResetAfter),
            scale.check(UnitwiseRNNCell(inputSize: 5, hiddenSize: 4), Reference.rnn { max($0, 0) }),
            scale.check(MutantLSTMCell<Double>(inputSize: 5, hiddenSize: 4, mutation: .none), Reference.lstm),
            scale.check(MutantGRUCell<Double>(inputSize: 5, hiddenSize: 4, mutation: .none), Reference.gruResetAfter),
            scale.check(MutantRNNCell<Double>(inputSize: 5, hiddenSize: 4, mutation: .none), Reference.rnn(tanh)),
            scale.check(MutantPeepholeCell<Double>(inputSize: 5, hiddenSize: 4, mutation: .none), Reference.peephole),
        ]
        for report in reports { #expect(report.isCorrect && report.diagnosis == nil, "\(report)") }
    }

    @Test func rightDrivers() {
        let cell = LSTMCell<Double>(inputSize: 5, hiddenSize: 4)
        let recurrent = checkEquations(
            of: cell, inputSize: 5, drivenBy: { Recurrent($0)($1, initialState: $2) }, against: Reference.lstm)
        #expect(recurrent.isCorrect, "\(recurrent)")
        let own = checkEquations(
            of: cell, inputSize: 5, drivenBy: { cell, x, state in DriverMutation.none.run(cell, x, state) { $0 } },
            against: Reference.lstm)
        #expect(own.isCorrect, "\(own)")
    }
}
