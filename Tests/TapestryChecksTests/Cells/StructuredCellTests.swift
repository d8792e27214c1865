import Foundation
import Tapestry
import TapestryTestSupport
import Testing

/// Checks of a cell whose input and output are trees of tensors.
@Suite struct StructuredCellTests {
    /// A leaky unit whose leak depends on the elapsed time, with the state and its change as output. Steps that a Boolean
    /// says nothing of are passed over.
    struct DecayCell: StructuredRecurrentCell {
        struct Input: Module {
            var features: Tensor<Double>
            var elapsed: Tensor<Double>
            var isSeen: Tensor<Bool>
        }

        struct Output: Module {
            var value: Tensor<Double>
            var change: Tensor<Double>
        }

        enum Mutation: String, Codable, CaseIterable {
            case nothing, elapsedIgnored, elapsedNegated, rowsOfElapsed, laterFeatures, changeNegated, valueIsChange,
                seenIgnored
            case gradientCut
        }

        typealias Scalar = Double
        var weights = Tensor<Double>.uniform([3, 2], from: -1)
        var rate = Tensor<Double>.uniform([2], from: -1)
        var mutation = Mutation.nothing

        func initialState(batchSize: Int) -> Tensor<Double> { .zeros([batchSize, 2]) }

        func step(_ input: Input, _ h: Tensor<Double>) -> (output: Output, state: Tensor<Double>) {
            var elapsed = input.elapsed.unsqueezed(axis: 1)
            switch mutation {
            case .elapsedIgnored: elapsed = 0 * elapsed
            case .elapsedNegated: elapsed = -elapsed
            case .rowsOfElapsed: elapsed = elapsed.rolled(by: 1, axis: 0)
            case .gradientCut: elapsed = elapsed.withoutDerivative()
            default: break
            }
            let decay = exp(-softplus(rate) * elapsed).named("decay")
            let features = mutation == .laterFeatures ? input.features.rolled(by: 1, axis: 1) : input.features
            let candidate = tanh(matmul(features, weights)).named("candidate")
            let seen = select(input.isSeen.unsqueezed(axis: 1), candidate, mutation == .seenIgnored ? candidate : h)
            let next = (decay * h + (1 - decay) * seen).named("next")
            let change = mutation == .changeNegated ? h - next : next - h
            return (Output(value: mutation == .valueIsChange ? change : next, change: change), next)
        }
    }

    private static func input(_ step: Int, _ batchSize: Int) -> DecayCell.Input {
        DecayCell.Input(
            features: .uniform([batchSize, 3], from: -1), elapsed: .uniform([batchSize], to: 2),
            isSeen: .uniform([batchSize]) .< 0.7)
    }

    private static func equations(_ step: EquationStep) -> EquationResult {
        let (elapsed, isSeen, h, rate) = (
            step.input("elapsed")[0], step.input("isSeen")[0] == 1, step.previous(), step.vector("rate")
        )
        let decay = step.yield("decay") { exp(-log(1 + exp(rate[$0])) * elapsed) }
        let candidate = step.yield(
            "candidate", step.product(step.input("features"), step.weights("weights")).map { tanh($0) })
        let next = step.yield("next") { decay[$0] * h[$0] + (1 - decay[$0]) * (isSeen ? candidate[$0] : h[$0]) }
        let change = next.indices.map { next[$0] - h[$0] }
        return EquationResult(outputs: ["value": next, "change": change], state: ["": next])
    }

    private static func report(_ mutation: DecayCell.Mutation, orders: Int = 1) -> CellReport {
        var cell = withRandomSeed(1) { DecayCell() }
        cell.mutation = mutation
        return checkCell(cell, inputs: input, batchSize: 4, orders: orders, against: equations)
    }

    @Test("a correct cell passes, and the parts of its input have their names")
    func correct() throws {
        let report = Self.report(.nothing, orders: 2)
        try report.requireCorrect()
        for block in ["input [t = 0].features", "input [t = 3].elapsed", "cell.rate", "initialState"] {
            #expect(report.gradients[block] != nil, "\(block)")
        }
        let quantities = report.equations!.comparisons.map { "\($0.quantity)" }
        #expect(
            quantities == [
                "decay", "candidate", "next", "returned output value", "returned output change", "returned state",
            ])
    }

    @Test("a wrong cell is found", arguments: DecayCell.Mutation.allCases.filter { $0 != .nothing })
    func mutants(_ mutation: DecayCell.Mutation) throws {
        let report = Self.report(mutation)
        #expect(report.verdict == .wrong, "\(report)")
        let statement = report.equations?.diagnosis?.statement
        switch mutation {
        case .elapsedNegated: #expect(statement == "the input's elapsed has the opposite sign")
        // Which comes to the same.
        case .laterFeatures: #expect(statement == "weights has its rows 1 further")
        case .valueIsChange, .changeNegated:
            let quantity = mutation == .valueIsChange ? "value" : "change"
            #expect(report.equations?.deviation?.quantity == .output(quantity))
        case .gradientCut:
            #expect(report.equations?.isCorrect == true)
            let wrong = report.gradients.blocks.filter { $0.verdict == .wrong }.map(\.name)
            #expect(wrong == (0..<4).map { "input [t = \($0)].elapsed" })
        case .nothing, .elapsedIgnored, .rowsOfElapsed, .seenIgnored: break
        }
    }

    @Test("the derivatives of the equations, too, in the parts of the input")
    func equationGradients() throws {
        let report = checkEquations(
            of: withRandomSeed(1) { DecayCell() }, inputs: Self.input, gradients: .all, against: Self.equations)
        try report.requireCorrect()
        #expect(report.gradients?["input [t = 1].elapsed"] != nil)
    }

    @Test("an output that the reference lacks is said to be missing")
    func missingOutput() {
        let report = checkEquations(of: withRandomSeed(1) { DecayCell() }, inputs: Self.input) { step in
            var result = Self.equations(step)
            result.outputs["change"] = nil
            return result
        }
        #expect(report.problem == .outputsDiffer(cell: ["value", "change"], reference: ["value"]))
        #expect("\(report)".contains(#"The cell's output has "value", "change", and the reference returns "value"."#))
    }

    static let traps: [ExpectedTrap] = [
        ExpectedTrap(#"input: there is no "" in the input, which has "features", "elapsed", "isSeen""#) {
            _ = checkEquations(of: DecayCell(), inputs: Self.input) {
                EquationResult(output: $0.input, state: $0.previous())
            }
        },
        ExpectedTrap(
            "checkCell: the input of step 0 has elapsed of shape [2]; it must have the 3 rows of the batch first"
        ) {
            _ = checkCell(
                DecayCell(),
                inputs: { step, batchSize in
                    var input = Self.input(step, batchSize)
                    input.elapsed = .ones([2])
                    return input
                })
        },
        ExpectedTrap("checkEquations: the input of step 0 has shape [3, 0]; it must have the 3 rows of the batch first")
        {
            _ = checkEquations(of: LSTMCell<Double>(inputSize: 2, hiddenSize: 2), inputs: { .zeros([$1, 0]) }) {
                EquationResult(output: $0.input, state: $0.previous())
            }
        },
    ]

    @Test(arguments: traps.indices)
    func trap(_ index: Int) async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [index] in
            Self.traps[index].run()
        }
        #expect(Self.traps[index].complaint(about: result?.standardErrorContent) == nil)
    }
}
