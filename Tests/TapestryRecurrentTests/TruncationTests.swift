import TapestryAutograd
import TapestryGoldenCells
import TapestryRecurrent
import TapestryHandDerivedCells
import TapestryTestSupport
import Testing

/// Truncated back-propagation through time: a state that has left the closure it was computed in is a constant.
@Suite struct TruncationTests {
    @Test("carrying the state cuts the gradient at the window, as by hand", arguments: recurrentFixtures)
    func carriedState(_ fixture: any RecurrentFixture) throws { try checkCarriedState(fixture) }

    private func checkCarriedState(_ fixture: some RecurrentFixture) throws {
        let golden = try #require(fixture.sequences().last)
        let operands = try fixture.operands(golden)
        let cotangents = golden.sequenceCotangents
        let steps = operands.x.shape[0]
        var byHand = fixture.handDerivedOperands(golden)
        let wholeSequence = gradient(at: operands.cell) { cell in
            (Recurrent(cell)(operands.x, initialState: operands.initialState).outputs * golden.outputCotangent).sum()
        }

        var state = operands.initialState
        var sum = operands.cell.zerosLike
        for window in [0..<2, 2..<steps] {
            let gradient = gradient(at: operands.cell) { cell in
                let result = Recurrent(cell)(operands.x.slice(axis: 0, window), initialState: state)
                state = result.finalState
                return (result.outputs * golden.outputCotangent.slice(axis: 0, window)).sum()
            }
            #expect(state.parameters.allSatisfy { !$0.tensor(as: Double.self).isTracked })

            byHand.inputs = Array(fixture.handDerivedOperands(golden).inputs[window])
            let trace = fixture.handDerived.forward(byHand)
            let last = trace.steps.last!.state
            let zero = HandDerivedState(
                hidden: last.hidden.map { $0.map { _ in 0 } }, cell: last.cell.map { $0.map { _ in 0 } })
            let expected = fixture.handDerived.backward(
                byHand, trace: trace,
                cotangents: HandDerivedCotangents(outputs: Array(cotangents.outputs[window]), final: zero))
            for name in operands.cell.blockNames {
                #expect(
                    blockError(gradient[block: name].scalars, expected.operands[block: name]) < 1e-11,
                    "window \(window): \(name)")
                sum[block: name] += gradient[block: name]
            }
            byHand.initial = last
        }
        // Without the cut the gradient is another one: the test can see a cut that is not made.
        let name = operands.cell.blockNames[1]
        #expect(blockError(sum[block: name].scalars, wholeSequence[block: name].scalars) > 1e-4)
    }
}

extension GoldenCase {
    fileprivate var outputCotangent: Tensor<Double> { cotangents["outputs"]!.tensor }
}
