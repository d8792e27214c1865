import TapestryTestSupport
import Testing

@testable import TapestryAutograd

/// Layer norm, whose rules leave each other what they have in common, against the formula in other operations.
@Suite struct NormalizationTests {
    private typealias Norm = (_ operands: [Tensor<Double>]) -> Tensor<Double>

    /// Where an operand is tracked.
    private enum Level: CaseIterable { case constant, outer, inner }

    private let operands: [Tensor<Double>] = {
        var generator = SeededGenerator(seed: 5)
        return [[70, 5], [5], [5]].map { Tensor(shape: $0, scalars: generator.numbers($0.reduce(1, *))) }
    }()

    private func primitive(_ operands: [Tensor<Double>]) -> Tensor<Double> {
        Tensor(.layerNorm(operands[0].value, gain: operands[1].value, bias: operands[2].value, epsilon: 0.1))
    }

    private func formula(_ operands: [Tensor<Double>]) -> Tensor<Double> {
        let centred = operands[0] - operands[0].mean(axes: [-1], keepingAxes: true)
        let variance = square(centred).mean(axes: [-1], keepingAxes: true)
        return centred / sqrt(variance + 0.1) * operands[1] + operands[2]
    }

    /// A derivative inside another, each of them at some of the operands.
    private func nestedGradient(_ levels: [Level], _ norm: Norm) -> [Tensor<Double>] {
        let weights = operands[0] * 2 + 1
        func loss(_ operands: [Tensor<Double>]) -> Tensor<Double> {
            let y = norm(operands)
            return (weights * y + y * y).sum()
        }
        func replaced(_ operands: [Tensor<Double>], _ level: Level, by others: [Tensor<Double>]) -> [Tensor<Double>] {
            zip(zip(operands, others), levels).map { $1 == level ? $0.1 : $0.0 }
        }
        return gradient(at: operands) { outer in
            let operands = replaced(operands, .outer, by: outer)
            let inner = gradient(at: operands) { loss(replaced(operands, .inner, by: $0)) }
            return zip(inner, operands).reduce(loss(operands)) { $0 + ($1.0 * $1.1).sum() }
        }
    }

    @Test("operands may be constants, or belong to any of two nested derivatives")
    func mixedOperands() {
        for x in Level.allCases {
            for gain in Level.allCases {
                for bias in Level.allCases {
                    let levels = [x, gain, bias]
                    let (found, expected) = (nestedGradient(levels, primitive), nestedGradient(levels, formula))
                    for (found, expected) in zip(found, expected) {
                        #expect(blockError(found.scalars, expected.scalars, floor: 1e-3) < 1e-12, "\(levels)")
                    }
                }
            }
        }
    }

    @Test("a value that is normalised several times gathers all cotangents")
    func sharedOperands() {
        func loss(_ operands: [Tensor<Double>], _ norm: Norm) -> Tensor<Double> {
            let first = norm(operands)
            let second = norm([operands[0] * 2 + first, operands[1], operands[2]])
            let third = norm([second + first, operands[2], operands[1]])
            return (third * second * first).sum()
        }
        let found = gradient(at: operands) { loss($0, primitive) }
        let expected = gradient(at: operands) { loss($0, formula) }
        for (found, expected) in zip(found, expected) {
            #expect(blockError(found.scalars, expected.scalars, floor: 1e-3) < 1e-12)
        }
    }
}
