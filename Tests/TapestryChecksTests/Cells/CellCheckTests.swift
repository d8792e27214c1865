import Foundation
import Tapestry
import TapestryCellEquations
import Testing

/// Checks of whole cells.
@Suite struct CellCheckTests {
    /// Every cell of the library: the equations of its paper, every gate's gradient up to the second order, and Float.
    @Test func lstm() throws {
        let report = checkCell(
            LSTMCell<Double>.self, orders: 2, single: LSTMCell<Float>.self, against: CellEquations.lstm)
        try report.requireCorrect()
        let gates = ["forget", "input", "candidate", "output"]
        let parameters = ["input.weights", "input.bias", "recurrent.weights"].flatMap { parameter in
            gates.map { "cell.\(parameter) [\($0)]" }
        }
        let inputs = (0..<4).map { "input [t = \($0)]" }
        #expect(
            report.gradients.blocks.map(\.name) == parameters + inputs + ["initialState.hidden", "initialState.cell"])
        let results = ["outputs", "finalState.hidden", "finalState.cell"]
        #expect(
            report.singlePrecision?.comparisons.map(\.name)
                == results + report.gradients.blocks.map { "gradient of \($0.name)" })
    }

    @Test(arguments: [GRUCell<Double>.Reset.beforeProduct, .afterProduct])
    func gru(reset: GRUCell<Double>.Reset) throws {
        let equations = reset == .beforeProduct ? CellEquations.gruResetBefore : CellEquations.gruResetAfter
        try checkCell(
            GRUCell(inputSize: 5, hiddenSize: 4, reset: reset), inputSize: 5, orders: 2, single: GRUCell<Float>.self,
            against: equations
        ).requireCorrect()
    }

    @Test func rnn() throws {
        try checkCell(
            RNNCell<Double>.self, orders: 2, single: RNNCell<Float>.self, against: CellEquations.rnn { tanh($0) }
        ).requireCorrect()
        try checkCell(
            RNNCell<Double>(inputSize: 5, hiddenSize: 4, activation: .relu), inputSize: 5, orders: 2,
            single: RNNCell<Float>.self, against: CellEquations.rnn { max($0, 0) }
        ).requireCorrect()
    }

    @Test func cellOfAUser() throws {
        let cell = LeakyCell<Double>(inputSize: 3, hiddenSize: 2)
        // The equations may be a closure behind the call.
        let report = checkCell(cell, inputSize: 3, single: LeakyCell<Float>.self) { CellEquations.leaky($0) }
        try report.requireCorrect()
        #expect(report.verdict == .correct && report.gradients["cell.input.weights", "leak"] != nil)
    }

    /// A number that is learnt is a parameter without axes.
    @Test func aScalarParameterThatIsMissing() {
        let report = checkEquations(of: FastRNNCell<Double>.self) { step in
            let h = step.previous()
            let c = sigmoid(step.vector("stateWeight")[0])
            let candidate = step.yield("candidate", CellEquations.preactivation(step, "hidden", h).map { tanh($0) })
            let hidden = step.yield("hidden") { candidate[$0] + c * h[$0] }
            return EquationResult(output: hidden, state: hidden)
        }
        #expect(!report.isCorrect && report.deviation?.quantity == .named("hidden", number: 0))
    }

    @Test func theEquationCheckAloneSeesAWrongEquation() {
        let cell = MutantLSTMCell<Double>(inputSize: 5, hiddenSize: 4, mutation: .forgetAndInputExchanged)
        let report = checkCell(cell, inputSize: 5, against: CellEquations.lstm)
        #expect(report.gradients.isCorrect && report.verdict == .wrong && !report.isCorrect)
        #expect(report.equations?.deviation?.quantity == .named("forget", number: 0))
        let error = #expect(throws: CellCheckError.self) { try report.requireCorrect() }
        #expect("\(error!)" == "\(report)" && "\(report)".hasPrefix("Check of MutantLSTMCell<Double>: WRONG."))
        #expect(checkCell(cell, inputSize: 5).isCorrect)
    }

    /// A cell whose gradient is cut between steps, and that is right otherwise.
    private struct TruncatedCell<Scalar: DifferentiableScalar>: RecurrentCell {
        var cell = LSTMCell<Scalar>(inputSize: 3, hiddenSize: 2)
        func initialState(batchSize: Int) -> LSTMState<Scalar> { cell.initialState(batchSize: batchSize) }
        func step(
            _ x: Tensor<Scalar>, _ state: LSTMState<Scalar>
        ) -> (output: Tensor<Scalar>, state: LSTMState<Scalar>) { cell.step(x, state.withoutDerivative()) }
    }

    @Test func theGradientCheckAloneSeesACutPath() {
        let report = checkCell(TruncatedCell<Double>(), inputSize: 3, single: TruncatedCell<Float>.self)
        #expect(report.verdict == .wrong && report.singlePrecision?.isCorrect == true && report.equations == nil)
        #expect(report.gradients["input [t = 3]"]?.verdict == .correct)
        #expect((0..<3).allSatisfy { report.gradients["input [t = \($0)]"]?.verdict == .wrong })
        #expect(report.gradients["initialState.hidden"]?.worst?.reverse == 0)
    }

    @Test func settingsArrive() {
        let report = checkCell(
            LSTMCell<Double>.self, inputSize: 2, hiddenSize: 3, stepCount: 5, batchSize: 2, elements: .projections(2),
            tolerance: GradientTolerance(relative: 1e-7), seed: 9, against: CellEquations.lstm)
        #expect(report.isCorrect, "\(report)")
        #expect(report.gradients["input [t = 4]"]?.shape == [2, 2])
        #expect(report.gradients["initialState.cell"]?.shape == [2, 3])
        #expect(report.gradients.blocks.allSatisfy { $0.elements.count == 2 })
        #expect(report.gradients.seed == 9 && report.equations?.seed == 9)
        #expect(report.gradients.tolerance.relative == 1e-7)
        #expect(report.equations?.comparisons[0].count == 5 * 2 * 3)
    }

    @Test func givenParameters() {
        var cell = RNNCell<Double>(inputSize: 2, hiddenSize: 3)
        cell = cell.zerosLike
        let report = checkCell(cell, inputSize: 2, parameters: .given, against: CellEquations.rnn { tanh($0) })
        // With zeros everywhere nothing but the bias has an influence, and the equations hold.
        #expect(report.gradients["cell.input.weights", "hidden"]?.verdict == .correct)
        #expect(report.gradients["input [t = 0]"]?.scale == 0 && report.verdict == .inconclusive)
        #expect(report.equations?.isCorrect == true)
    }

    @Test func singlePrecisionIsAProblemOfTheGradientCheck() {
        let report = checkCell(LSTMCell<Float>.self, against: CellEquations.lstm)
        #expect(report.gradients.problem == .singlePrecision(path: "cell.input.weights", type: "LSTMCell<Float>"))
        #expect(report.verdict == .inconclusive && report.equations?.isCorrect == true)
    }

    /// What so few steps and rows cannot show is said once, in every form.
    @Test func shortSequencesAreCheckedWithACaution() {
        let one = checkCell(LSTMCell<Double>.self, stepCount: 1, batchSize: 1, against: CellEquations.lstm)
        #expect(one.isCorrect && one.cautions.count == 2 && one.equations?.cautions == [], "\(one)")
        let text = "Check of LSTMCell<Double>: CORRECT.\nOnly 1 step was run: what goes wrong from one step to the next"
        #expect("\(one)".hasPrefix(text), "\(one)")
        #expect(one.html().contains("<p>Only 1 row was run: rows that are mixed up cannot be seen.</p>"))
        #expect(one.json().contains("\"cautions\": [\n") || one.json().contains("\"cautions\": [\"Only 1 step"))
        let two = checkEquations(of: LSTMCell<Double>.self, stepCount: 2, against: CellEquations.lstm)
        #expect(two.isCorrect && two.cautions.count == 1 && "\(two)".contains("Only 2 steps were run"), "\(two)")
        #expect(checkCell(LSTMCell<Double>.self).cautions == [])
    }

    /// Blocks, steps and the single precision are parts of one progress.
    @Test func progressCoversAllParts() {
        nonisolated(unsafe) var seen: [CheckProgress] = []
        let report = checkCell(
            RNNCell<Double>.self, stepCount: 6, orders: 2, single: RNNCell<Float>.self,
            against: CellEquations.rnn { tanh($0) }, progress: { seen.append($0) })
        let count = 2 * report.gradients.blocks.count + 6 + 1
        #expect(seen.map(\.completedCount) == Array(1...count) && seen.allSatisfy { $0.totalCount == count })
        #expect(seen.suffix(2).map(\.name) == ["equations of step 5", "single precision"])
        seen = []
        _ = checkEquations(
            of: RNNCell<Double>.self, stepCount: 9, progress: { seen.append($0) },
            against: CellEquations.rnn { tanh($0) })
        #expect(seen.map(\.completedCount) == Array(1...9) && seen.allSatisfy { $0.totalCount == 9 })
    }

    @Test func noStepTraps() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = checkCell(LSTMCell<Double>.self, stepCount: 0)
        }
        let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        #expect(message.contains("checkCell: 0 steps and 3 rows leave nothing to check"))
    }
}
