import Tapestry
import Testing

/// Gradients through whole grids, and through Grid LSTM blocks of any number of dimensions, by gate.
@Suite struct GridCellTests {
    private struct Run: Module {
        var layer = withRandomSeed(1) {
            FourDirections { _ in MultidimensionalLSTMCell<Double>(inputSize: 2, hiddenSize: 2) }
        }
        var inputs = Tensor<Double>.uniform([2, 2, 3, 2], from: -1, using: RandomSource(seed: 2))
    }

    @Test("of grids, with a mask and without", arguments: [false, true])
    func grids(isMasked: Bool) throws {
        let places = [true, true, false, true, true, false] + [true, false, true, true, true, true]
        let mask = isMasked ? Tensor<Bool>(shape: [2, 2, 3], scalars: places) : nil
        var run = Run()
        if let mask { run.inputs = select(mask.unsqueezed(axis: 3), run.inputs, Tensor(0)) }
        let frozen: [ParameterPattern] = isMasked ? ["inputs"] : []
        let report = checkGradients(
            of: { $0.layer($0.inputs, mask: mask) }, at: run, freezing: frozen, elements: .projections(2), orders: 2)
        try report.requireCorrect()
        #expect(report["layer.layers.3.cell.vertical.weights", "horizontalForget"] != nil)
    }

    private struct Block: Module {
        var block: GridLSTMBlock<Double>
        var states: [LSTMState<Double>]
    }

    @Test("of blocks", arguments: [(1, false), (3, false), (3, true)])
    func blocks(dimensionCount: Int, sharesWeights: Bool) throws {
        let run = withRandomSeed(3) {
            Block(
                block: GridLSTMBlock(dimensionCount: dimensionCount, hiddenSize: 2, sharesWeights: sharesWeights),
                states: (0..<dimensionCount).map { _ in
                    LSTMState(hidden: .uniform([2, 2], from: -1), cell: .uniform([2, 2], from: -1))
                })
        }
        try checkGradients(of: { $0.block($0.states) }, at: run, orders: 2).requireCorrect()
    }
}
