import Foundation
import Tapestry
import TapestryCellEquations
import Testing

/// Colours, the call that makes a report again, and progress.
@Suite struct ReportTextTests {
    private let vector = Tensor<Double>([0.5, -1, 2])

    private func uncolored(_ text: String) -> String { text.replacing(#/\u{1B}\[[0-9;]*m/#, with: "") }

    @Test func onlyVerdictsAreColored() {
        let report = AwkwardModule.report()
        let text = report.text(colored: true)
        #expect(uncolored(text) == report.description && report.description == report.text(colored: false))
        let colored = text.matches(of: #/\u{1B}\[([0-9;]+)m([^\u{1B}]*)\u{1B}\[0m/#).map { "\($0.1) \($0.2)" }
        #expect(colored == ["1;31 WRONG", "1;31 wrong", "32 correct"])
    }

    @Test func coloredCellsAndEquations() {
        let cell = checkCell(RNNCell<Double>.self, single: RNNCell<Float>.self, against: CellEquations.rnn { $0 })
        #expect(uncolored(cell.text(colored: true)) == cell.description)
        #expect(cell.text(colored: true).contains("\u{1B}[1;31mWRONG from step 0\u{1B}[0m"))
        #expect(cell.text(colored: true).contains("\u{1B}[33mdeviates from step 0\u{1B}[0m"))
    }

    // MARK: The call

    @Test func callsHaveTheirSettingsAndTheirPlace() throws {
        let usual = checkGradients(of: { tanh($0) }, at: vector); let line = #line
        let call = try #require(usual.call)
        #expect(call.expression == "checkGradients(of: …, at: …, seed: 0)")
        #expect(call.fileID == #fileID && call.line == line)
        #expect("\(usual)".hasSuffix("\nAgain: \(call.expression)  // \(#fileID):\(line)"))

        let settings = checkGradients(
            of: { $0 * $1 }, at: vector, vector, freezing: ["second", "a\"b"], elements: .atMost(2), orders: 2,
            tolerance: GradientTolerance(relative: 1e-6), mode: .training, seed: 7)
        #expect(
            settings.call?.expression == """
                checkGradients(of: …, at: …, …, freezing: ["second", "a\\"b"], elements: .atMost(2), orders: 2, \
                tolerance: GradientTolerance(relative: 1e-06), mode: .training, seed: 7)
                """)
        #expect(settings.higherOrders[0].call == nil)

        let model = checkGradients(of: Linear<Double>(inputSize: 3, outputSize: 2), elements: .projections(2)) {
            $0(vector)
        }
        #expect(
            model.call?.expression == "checkGradients(of: …, elements: .projections(2), seed: 0, function: …)")
    }

    @Test func callsOfOtherChecks() {
        let equations = checkEquations(of: RNNCell<Double>.self, batchSize: 2, against: CellEquations.rnn { tanh($0) })
        #expect(
            equations.call?.expression
                == "checkEquations(of: RNNCell<Double>.self, batchSize: 2, seed: 0, against: …)")
        let given = checkEquations(
            of: RNNCell<Double>(inputSize: 2, hiddenSize: 3), inputSize: 2, parameters: .given, tolerance: 1e-9,
            against: CellEquations.rnn { tanh($0) })
        #expect(
            given.call?.expression
                == "checkEquations(of: …, inputSize: 2, parameters: .given, seed: 0, tolerance: 1e-09, against: …)")
        let cell = checkCell(
            RNNCell<Double>.self, hiddenSize: 3, stepCount: 3, orders: 2, seed: 5, single: RNNCell<Float>.self,
            against: CellEquations.rnn { tanh($0) })
        #expect(
            cell.call.expression == """
                checkCell(RNNCell<Double>.self, inputSize: 5, hiddenSize: 3, stepCount: 3, orders: 2, seed: 5, \
                single: RNNCell<Float>.self, against: …)
                """)
        #expect("\(cell)".contains("\nAgain: \(cell.call)") && cell.call.fileID == #fileID)
    }

    // MARK: Progress

    /// What is told to the caller of a check.
    private final class Told {
        var progress: [CheckProgress] = []
    }

    @Test(arguments: [CheckedElements.all, .projections(1)])
    func everyBlockOfEveryOrderIsTold(elements: CheckedElements) {
        let told = Told()
        let report = checkGradients(of: { $0 * tanh($1) }, at: vector, vector, elements: elements, orders: 2) {
            told.progress.append($0)
        }
        #expect(report.isCorrect)
        #expect(told.progress.map(\.completedCount) == [1, 2, 3, 4])
        #expect(told.progress.allSatisfy { $0.totalCount == 4 })
        #expect(told.progress.map(\.name) == ["first", "second", "first", "second"])
    }

    @Test func progressOfACell() {
        let told = Told()
        let report = checkCell(RNNCell<Double>.self, progress: { told.progress.append($0) })
        #expect(told.progress.map(\.name) == report.gradients.blocks.map(\.name))
    }
}
