import Foundation
import Tapestry
import TapestryTestSupport
import Testing

import struct TapestryOperations.Operation

/// Functions with right gradients: none may be called wrong.
@Suite struct CorrectCorpusTests {
    /// Every operation of the library, in every way in which the suites call it.
    static let operations = Operation.all.flatMap(\.examples)

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
        for operation in Operation.all where operation.name != "sort" {
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
        _ name: String, steps: Int, scale: Double, _ make: @escaping @Sendable () -> Cell
    ) -> CellCase {
        CellCase(testDescription: "\(name), \(steps) steps, scale \(scale)") {
            let model = withRandomSeed(1) { Recurrent(make()) }
            let inputs = GradientMutant.normal([steps, 2, 3], 2)
            return checkGradients(of: model, elements: .atMost(steps > 20 ? 3 : 40)) {
                square($0(inputs).outputs).mean() * scale
            }
        }
    }

    static let cells: [CellCase] = [1, 3, 20, 200].flatMap { steps in
        [1e-6, 1, 1e6].flatMap { scale in
            [
                cell("LSTM", steps: steps, scale: scale) { LSTMCell<Double>(inputSize: 3, hiddenSize: 2) },
                cell("GRU", steps: steps, scale: scale) { GRUCell<Double>(inputSize: 3, hiddenSize: 2) },
                cell("RNN", steps: steps, scale: scale) {
                    RNNCell<Double>(inputSize: 3, hiddenSize: 2, nonlinearity: .relu)
                },
                cell("user's", steps: steps, scale: scale) { LeakyCell<Double>(inputSize: 3, hiddenSize: 2) },
            ]
        }
    }

    @Test(arguments: cells) func cellsAreNotCalledWrong(_ cell: CellCase) {
        let report = cell.check()
        #expect(report.verdict != .wrong, "\(report)")
    }
}
