import TapestryAutograd
import TapestryGoldenCells
import TapestryHandDerivedCells
import TapestryRecurrent
import TapestryTestSupport
import Testing

/// One equation of one cell.
struct EquationArgument: Sendable, CustomTestStringConvertible {
    var fixture: any RecurrentFixture
    var equation: String

    var testDescription: String { "\(fixture.file): \(equation)" }

    static let all = [
        ("lstm", ["forget", "input", "candidate", "cell", "output", "hidden"]),
        ("gru-reset-before", ["reset", "update", "candidate", "hidden"]),
        ("gru-reset-after", ["reset", "update", "candidate", "hidden"]),
        ("rnn-tanh", ["hidden"]), ("rnn-relu", ["hidden"]),
    ].flatMap { file, equations in
        equations.map { equation in
            EquationArgument(fixture: recurrentFixtures.first { $0.file == file }!, equation: equation)
        }
    }

    /// The golden case of the equation alone.
    func golden() throws -> GoldenCase {
        try #require(fixture.cases().first { $0.part == Substring(equation) })
    }
}

/// Every equation of every cell on its own, by the library's function for it.
@Suite struct EquationTests {
    @Test("gradient of every operand agrees with the derivatives by hand", arguments: EquationArgument.all)
    func handDerived(_ argument: EquationArgument) throws {
        let golden = try argument.golden()
        let expected = HandDerivedEquation(golden)
        let cotangent = golden.cotangents[0].tensor
        let (value, pullback) = try vjp(at: golden.realInputs) { try argument.fixture.results($0, golden)[0] }
        #expect(blockError(value.scalars, expected.value) < 1e-12)
        let gradients = golden.named(pullback(cotangent)).tensors
        #expect(Set(gradients.keys) == Set(expected.gradients.keys))
        for (name, block) in expected.gradients {
            #expect(blockError(gradients[name]!.scalars, block) < 1e-12, "gradient of \(name)")
        }
    }

    @Test("gradient of every operand agrees with central differences", arguments: EquationArgument.all)
    func differences(_ argument: EquationArgument) throws {
        let golden = try argument.golden()
        func loss(_ inputs: [Tensor<Double>]) throws -> Tensor<Double> {
            (try argument.fixture.results(inputs, golden)[0] * golden.cotangents[0].tensor).sum()
        }
        let gradients = try gradient(at: golden.realInputs) { try loss($0) }
        let slopes = differenceGradient(at: golden.realInputs) { try! loss($0).scalar }
        for (index, block) in golden.gradients.enumerated() {
            #expect(blockError(gradients[index].scalars, slopes[index]) < 1e-9, "gradient of \(block.name)")
        }
    }
}

/// W · [h, x] + b, as the equations are written, against the two products that the cells compute.
@Suite struct ConcatenatedFormTests {
    /// For every gate: the pre-activation with one matrix over [h, x], and its gradients.
    private func checkForms<Fixture: RecurrentFixture>(_ fixture: Fixture) throws {
        let golden = try #require(fixture.sequences().first)
        let operands = try fixture.operands(golden)
        let (x, h) = (operands.x.slice(axis: 0, at: 0), operands[block: "initialHidden"])
        for gate in Fixture.Cell.Gate.allCases {
            let cell = operands.cell
            let matrix = concatenate([cell.recurrent.weights[gate], cell.input.weights[gate]], axis: 0)
            let cotangent = RandomSource.normal(like: h)
            let (oneMatrix, oneBack) = vjp(at: [h, x, matrix, cell.input.bias![gate]]) { operands in
                matmul(concatenate([operands[0], operands[1]], axis: 1), operands[2]) + operands[3]
            }
            let (twoMatrices, twoBack) = vjp(at: [h, x]) { [cell] operands in
                (cell.input(operands[1]) + cell.recurrent(operands[0]))[gate]
            }
            #expect(blockError(oneMatrix.scalars, twoMatrices.scalars) < 1e-14, "\(gate)")
            let (one, two) = (oneBack(cotangent), twoBack(cotangent))
            #expect(blockError(one[0].scalars, two[0].scalars) < 1e-14, "∂h of \(gate)")
            #expect(blockError(one[1].scalars, two[1].scalars) < 1e-14, "∂x of \(gate)")

            let ofCell = vjp(at: cell) { ($0.input(x) + $0.recurrent(h))[gate] }.pullback(cotangent)
            let blocks = concatenate([ofCell.recurrent.weights[gate], ofCell.input.weights[gate]], axis: 0)
            #expect(blockError(one[2].scalars, blocks.scalars) < 1e-14, "∂W of \(gate)")
            #expect(blockError(one[3].scalars, ofCell.input.bias![gate].scalars) < 1e-14, "∂b of \(gate)")
            // No other gate takes part.
            let others = Fixture.Cell.Gate.allCases.filter { $0 != gate }
            #expect(others.allSatisfy { ofCell.input.weights[$0].scalars.allSatisfy { $0 == 0 } })
        }
    }

    @Test("W · [h, x] + b equals x · W + h · U + b", arguments: recurrentFixtures)
    func forms(_ fixture: any RecurrentFixture) throws { try checkForms(fixture) }

    @Test("one gate's projection alone equals its block of the whole", arguments: recurrentFixtures)
    func single(_ fixture: any RecurrentFixture) throws { try checkSingleGates(fixture) }

    private func checkSingleGates<Fixture: RecurrentFixture>(_ fixture: Fixture) throws {
        let operands = try fixture.operands(#require(fixture.sequences().first))
        let (x, h) = (operands.x.slice(axis: 0, at: 0), operands[block: "initialHidden"])
        for gate in Fixture.Cell.Gate.allCases {
            #expect(
                blockError(operands.cell.input(x, gate).scalars, operands.cell.input(x)[gate].scalars) < 1e-15)
            #expect(
                blockError(operands.cell.recurrent(h, gate).scalars, operands.cell.recurrent(h)[gate].scalars) < 1e-15)
        }
    }
}

extension RandomSource {
    /// A fixed normal tensor of the shape of another.
    fileprivate static func normal(like other: Tensor<Double>) -> Tensor<Double> {
        .normal(other.shape, using: RandomSource(seed: 7))
    }
}
