import Foundation
import Tapestry
import TapestryTestSupport
import Testing

import struct TapestryOperations.Operation

/// Functions with right gradients: none may be called wrong.
@Suite struct CorrectCorpusTests {
    /// Every operation of the library, in every way in which the suites call it.
    static let operations = Operation<Double>.all.flatMap(\.examples)

    @Test func theyAreMany() {
        #expect(Self.operations.count + Self.cells.count >= 200)
    }

    @Test func operationsAreNotCalledWrong() {
        for example in Self.operations {
            for seed in 1...2 as ClosedRange<UInt64> {
                let report = checkGradients(of: example.function, at: example.leaves(example.shapes, seed: seed))
                #expect(report.verdict != .wrong, "\(example): \(report)")
                // Only what has no influence on the result, such as a number before it is rounded, is in doubt.
                let doubtful = report.blocks.filter { $0.verdict == .inconclusive }.flatMap(\.elements)
                #expect(doubtful.allSatisfy { $0.reverse == 0 && $0.difference == 0 }, "\(example): \(report)")
            }
        }
    }

    @Test(arguments: [1e-6, 1e6])
    func operationsAreNotCalledWrongAtOtherScales(scale: Double) {
        for example in Self.operations {
            let report = checkGradients(
                of: { example.function($0) * scale }, at: example.leaves(example.shapes, seed: 3),
                elements: .projections(2))
            #expect(report.verdict != .wrong, "\(example): \(report)")
        }
    }

    /// At kinks, ties and zeros; but for a sort's positions, which jump there.
    @Test func operationsAreNotCalledWrongAtKinks() {
        for operation in Operation<Double>.all where operation.name != "sort" {
            for example in operation.examples {
                for value in [0, 1] as [Double] {
                    let point = example.shapes.map { Tensor<Double>(repeating: value, shape: $0) }
                    let report = checkGradients(of: example.function, at: point)
                    #expect(report.verdict != .wrong, "\(example) at \(value): \(report)")
                }
            }
        }
    }

    /// Of four equal numbers, each may be any of the results.
    @Test func tiesOfSeveral() {
        let report = checkGradients(of: { $0.sorted().values }, at: Tensor<Double>.ones([2, 4]))
        #expect(report.verdict == .inconclusive && report.blocks[0].count(of: .kink) == 8, "\(report)")
    }

    // MARK: Cells

    struct CellCase: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let check: @Sendable () -> GradientReport
    }

    private static func cell<Cell: RecurrentCell<Double> & Sendable>(
        _ name: String, steps: Int, scale: Double, _ cell: Cell, from state: Cell.State
    ) -> CellCase where Cell.State: Sendable {
        CellCase(testDescription: "\(name), \(steps) steps, scale \(scale)") {
            let inputs = GradientMutant.normal([steps, 2, 3], 2)
            return checkGradients(of: Recurrent(cell), elements: .atMost(steps > 20 ? 3 : 40)) {
                square($0(inputs, initialState: state).outputs).mean() * scale
            }
        }
    }

    static let cells: [CellCase] = withRandomSeed(1) {
        [1, 3, 20, 200].flatMap { steps in
            [1e-6, 1, 1e6].flatMap { scale in
                let h = Tensor<Double>.normal([2, 2])
                return [
                    cell(
                        "LSTM", steps: steps, scale: scale, LSTMCell(inputSize: 3, hiddenSize: 2),
                        from: LSTMState(hidden: h, cell: .normal([2, 2]))),
                    cell("GRU", steps: steps, scale: scale, GRUCell(inputSize: 3, hiddenSize: 2), from: h),
                    cell(
                        "RNN", steps: steps, scale: scale,
                        RNNCell(inputSize: 3, hiddenSize: 2, activation: .tanh), from: h),
                    cell("user's", steps: steps, scale: scale, LeakyCell(inputSize: 3, hiddenSize: 2), from: h),
                ]
            }
        }
    }

    @Test(arguments: cells) func cellsAreCorrect(_ cell: CellCase) {
        let report = cell.check()
        #expect(report.isCorrect, "\(report)")
    }

    /// Units of relu that are dead, or at their kink, are in doubt at most.
    @Test(arguments: [1, 20, 200]) func rectifiedCellsAreNotCalledWrong(steps: Int) {
        let cell = withRandomSeed(1) { RNNCell<Double>(inputSize: 3, hiddenSize: 4, activation: .relu) }
        let report = Self.cell("RNN", steps: steps, scale: 1, cell, from: .zeros([2, 4])).check()
        #expect(report.verdict != .wrong, "\(report)")
    }
}
