import Foundation
import Tapestry
import Testing

/// The derivatives of the reference against gradients that are wrong while every value is right.
@Suite struct EquationGradientTests {
    /// A plain cell whose gradient is cut where `cut` says.
    struct CutCell: RecurrentCell {
        enum Cut: String, Codable, CaseIterable, Sendable { case none, state, input, bias }

        var input, recurrent: GateProjection<RNNGate, Double>
        let cut: Cut

        init(cut: Cut) {
            input = GateProjection(5, 4)
            recurrent = GateProjection(4, 4, bias: false)
            self.cut = cut
        }

        func initialState(batchSize: Int) -> Tensor<Double> { .zeros([batchSize, 4]) }

        func step(_ x: Tensor<Double>, _ h: Tensor<Double>) -> (output: Tensor<Double>, state: Tensor<Double>) {
            let (x, h) = (cut == .input ? x.withoutDerivative() : x, cut == .state ? h.withoutDerivative() : h)
            let bias = input.bias!.packed
            let sum = matmul(x, input.weights.packed) + matmul(h, recurrent.weights.packed)
            let hidden = tanh(sum + (cut == .bias ? bias.withoutDerivative() : bias)).named("hidden")
            return (hidden, hidden)
        }
    }

    @Test func everyBlockHasAVerdict() throws {
        let report = checkEquations(of: LSTMCell<Double>.self, gradients: .all, against: Reference.lstm)
        let gradients = try #require(report.gradients)
        #expect(gradients.isCorrect && gradients.blocks.count == 12 + 4 + 2, "\(report)")
        #expect(gradients["cell.recurrent.weights", "forget"]?.verdict == .correct)
        #expect(gradients["initialState.cell"]?.verdict == .correct && gradients["input [t = 3]"]?.verdict == .correct)
        #expect("\(report)".contains("Gradient check of LSTMCell<Double> against its equations: CORRECT"))
    }

    /// Differences are those of the reference: for each of the 30 numbers or more of every step and row.
    @Test func differencesAreTakenOfTheReference() throws {
        var calls = 0
        let report = checkEquations(of: RNNCell<Double>.self, gradients: .all) { step in
            calls += 1
            return Reference.rnn(tanh)(step)
        }
        let runs = try #require(report.gradients).evaluationCount
        #expect(runs > 100 && calls > 12 * (runs - 4), "\(calls) calls, \(runs) runs")
    }

    @Test func projectionsAreEnoughForMany() throws {
        let report = checkEquations(
            of: GRUCell<Double>.self, gradients: .projections(1), against: Reference.gruResetAfter)
        let gradients = try #require(report.gradients)
        #expect(report.isCorrect && gradients.evaluationCount < 250, "\(report)")
        let cut = checkEquations(
            of: CutCell(cut: .input), inputSize: 5, gradients: .projections(1), against: Reference.rnn(tanh))
        #expect(cut.gradients?["input [t = 0]"]?.verdict == .wrong, "\(cut)")
    }

    @Test func noneUnlessTheValuesAgree() {
        let cell = MutantLSTMCell<Double>(inputSize: 5, hiddenSize: 4, mutation: .staleCell)
        #expect(checkEquations(of: cell, inputSize: 5, gradients: .all, against: Reference.lstm).gradients == nil)
        #expect(checkEquations(of: LSTMCell<Double>.self, against: Reference.lstm).gradients == nil)
    }

    @Test(arguments: CutCell.Cut.allCases)
    func cutGradientIsNamed(cut: CutCell.Cut) throws {
        let report = checkEquations(
            of: CutCell(cut: cut), inputSize: 5, gradients: .all, against: Reference.rnn(tanh))
        #expect(report.isCorrect == (cut == .none) && report.deviation == nil, "\(report)")
        let wrong = try #require(report.gradients).blocks.filter { $0.verdict == .wrong }.map(\.name)
        switch cut {
        case .none: #expect(wrong.isEmpty)
        case .state: #expect(wrong.contains("initialState") && wrong.contains("cell.recurrent.weights [hidden]"))
        case .input: #expect(wrong == (0..<4).map { "input [t = \($0)]" })
        case .bias: #expect(wrong == ["cell.input.bias [hidden]"])
        }
    }

    @Test func singlePrecisionIsAProblem() {
        let report = checkEquations(of: LSTMCell<Float>.self, gradients: .all, against: Reference.lstm)
        #expect(report.deviation == nil && !report.isCorrect)
        #expect(report.gradients?.problem != nil, "\(report)")
    }
}
