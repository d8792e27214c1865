import Tapestry
import Testing

/// Forward mode beside reverse mode, higher orders, and random projections.
@Suite struct ModesAndOrdersTests {
    private let point = Tensor<Double>.normal([3, 4], using: RandomSource(seed: 1))

    @Test func modesAgreeForARightGradient() {
        let report = checkGradients(of: { tanh($0) * exp($0) }, at: point)
        #expect(report.isCorrect && report.blocks.allSatisfy(\.adjoint.agrees), "\(report)")
    }

    @Test func aCutPathIsWrongInBothModes() throws {
        let report = checkGradients(of: { $0 * $0.withoutDerivative() }, at: point)
        let worst = try #require(report.blocks[0].worst)
        #expect(report.blocks[0].adjoint.agrees && worst.forward == worst.reverse && abs(worst.ratio - 0.5) < 1e-8)
    }

    // MARK: Orders

    @Test func higherOrdersOfARightGradient() {
        let report = checkGradients(of: { tanh($0).sum() }, at: point, orders: 3)
        #expect(report.isCorrect && report.higherOrders.map(\.order) == [2, 3], "\(report)")
        #expect(report.higherOrders.allSatisfy { $0.higherOrders.isEmpty })
        #expect("\(report)".contains("order 3: CORRECT"))
    }

    /// A gradient that is right, and is itself differentiated wrongly.
    @Test func wrongInTheSecondOrderOnly() {
        let cube = { (x: Tensor<Double>) in
            withCustomGradient(named: "cube", at: x) {
                $0 * $0 * $0
            } pullback: { g, _, x in
                3 * g * x * x.withoutDerivative()
            }
        }
        let report = checkGradients(of: cube, at: point, orders: 2)
        #expect(report.blocks.allSatisfy { $0.verdict == .correct })
        #expect(report.higherOrders[0].verdict == .wrong && report.verdict == .wrong, "\(report)")
    }

    // MARK: Projections

    @Test func projectionsOfARightGradient() {
        let cell = withRandomSeed(1) { LSTMCell<Double>(inputSize: 3, hiddenSize: 2) }
        let x = Tensor<Double>.normal([2, 3], using: RandomSource(seed: 2))
        let state = withRandomSeed(3) { LSTMState<Double>(hidden: .normal([2, 2]), cell: .normal([2, 2])) }
        let report = checkGradients(of: cell, elements: .projections(2)) { $0.step(x, state).state }
        #expect(report.isCorrect, "\(report)")
        #expect(report.blocks.allSatisfy { $0.elements.count == 2 && $0.elements[0].position == nil })
        #expect(report.evaluationCount < 250)
    }

    /// One wrong element of many, by 1e-5: projections see it and hand over to the elements.
    @Test func projectionsFindTheElements() {
        var factor = [Double](repeating: 1, count: 60)
        factor[41] = 1 + 1e-5
        let point = Tensor<Double>.normal([60], using: RandomSource(seed: 3))
        let wrong = Tensor<Double>(factor)
        let report = checkGradients(
            of: { Wrong.value(exp($0), withGradientOf: exp($0) * wrong) }, at: point, elements: .projections(1))
        #expect(report.verdict == .wrong && report.blocks[0].worst?.position == [41], "\(report)")
        #expect(report.blocks[0].count(of: .wrong) == 1)
    }
}
