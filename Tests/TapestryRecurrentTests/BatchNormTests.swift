import Foundation
import TapestryAutograd
import TapestryChecks
import TapestryLayers
import TapestryOptimizers
import TapestryRecurrent
import TapestryTestSupport
import Testing

/// What batch normalisation means for a step, for state, masks and running statistics.
@Suite struct BatchNormTests {
    private let cell = withRandomSeed(1) { BatchNormLSTMCell<Double>(inputSize: 3, hiddenSize: 2) }
    private let inputs = Tensor<Double>.normal([5, 4, 3], using: RandomSource(seed: 2))

    /// The cell with statistics of these inputs.
    private var trained: BatchNormLSTMCell<Double> {
        var cell = cell
        cell.updateStatistics(over: inputs)
        return cell
    }

    @Test("each step has statistics of its own, and later steps those of the last one")
    func stepwise() {
        let trained = trained
        let mean = trained.cellNorm.mean
        #expect(mean.shape == [5, 2] && trained.inputNorm.variance.shape == [5, 8])
        #expect((0..<4).allSatisfy { mean[$0] != mean[$0 + 1] })
        let x = inputs[0]
        func state(_ time: Int32) -> BatchNormLSTMState<Double> {
            let ones = Tensor<Double>.ones([4, 2])
            return BatchNormLSTMState(hidden: ones, cell: ones, time: Tensor([time, time, time, time]))
        }
        #expect(trained.step(x, state(3)).output != trained.step(x, state(4)).output)
        #expect(trained.step(x, state(4)).output == trained.step(x, state(9)).output)
        // Rows may be at different steps.
        var mixed = state(3)
        mixed.time = Tensor([3, 4, 9, 0])
        let output = trained.step(x, mixed).output
        #expect(output[0] == trained.step(x, state(3)).output[0] && output[2] == trained.step(x, state(4)).output[2])
        #expect(output[3] == trained.step(x, state(0)).output[3])
    }

    @Test("a step changes nothing: the same twice, recorded, and computed again on the way back")
    func purity() {
        let trained = trained
        let before = trained.cellNorm.mean
        func gradients(_ recomputation: Int?) -> [Double] {
            gradient(at: trained) { cell in
                square(Recurrent(cell, recomputation: recomputation)(inputs).outputs).sum()
            }.recurrent.weights.packed.scalars
        }
        let whole = gradients(nil)
        #expect(whole == gradients(nil))
        #expect(blockError(gradients(2), whole) < 1e-14)
        #expect(trained.cellNorm.mean == before)
    }

    @Test("gradients through the statistics of the batch, while training")
    func trainingGradients() throws {
        let report = checkGradients(of: { square(Recurrent($0)(inputs).outputs).sum() }, at: cell, mode: .training)
        try report.requireCorrect()
        // The input's mean is subtracted again.
        let run = { (x: Tensor<Double>) in square(Recurrent(cell)(x).outputs).sum() }
        #expect(gradient(at: inputs, of: run).sum(axes: [1]).scalars.allSatisfy { abs($0) < 1e-12 })
    }

    @Test("padding reaches neither the statistics of a batch nor the running ones")
    func padding() {
        let lengths = [5, 2, 4, 5]
        var changed = inputs
        for (row, length) in lengths.enumerated() {
            for step in length..<5 { changed[step, row] = Tensor([.nan, 100, -3]) }
        }
        withMode(.training) {
            let (plain, padded) = (
                Recurrent(cell)(inputs, lengths: lengths), Recurrent(cell)(changed, lengths: lengths)
            )
            #expect(plain.outputs == padded.outputs)
            // At the last step, the two rows that are there are a batch of two.
            let both = concatenate([inputs.slice(axis: 1, 0..<1), inputs.slice(axis: 1, 3..<4)], axis: 1)
            let state = Recurrent(cell)(inputs.slice(axis: 0, 0..<4), lengths: [4, 2, 4, 4]).finalState
            func pair(_ tensor: Tensor<Double>) -> Tensor<Double> { stack([tensor[0], tensor[3]]) }
            let alone = cell.step(
                both[4],
                BatchNormLSTMState(
                    hidden: pair(state.hidden), cell: pair(state.cell), time: Tensor([4, 4]))
            ).output
            #expect(pair(plain.outputs[4]).isClose(to: alone, relativeTolerance: 1e-12))
        }
        var (first, second) = (cell, cell)
        first.updateStatistics(over: inputs, mask: .lengths(lengths))
        second.updateStatistics(over: changed, mask: .lengths(lengths))
        #expect(first.cellNorm.mean == second.cellNorm.mean && first.inputNorm.variance == second.inputNorm.variance)
        #expect(first.cellNorm.mean[4] != trained.cellNorm.mean[4])
    }

    @Test("running statistics move by the rate, and steps that are new take the batch's own")
    func runningStatistics() {
        let longer = Tensor<Double>.normal([7, 4, 3], using: RandomSource(seed: 3))
        var (moved, own) = (trained, cell)
        moved.updateStatistics(over: longer, rate: 0.25)
        own.updateStatistics(over: longer)
        let (before, after) = (trained.cellNorm.mean, own.cellNorm.mean)
        let expected = before * 0.75 + after.slice(axis: 0, 0..<5) * 0.25
        #expect(moved.cellNorm.mean.slice(axis: 0, 0..<5).isClose(to: expected, relativeTolerance: 1e-14))
        #expect(moved.cellNorm.mean.slice(axis: 0, 5..<7) == after.slice(axis: 0, 5..<7))
        var forgetful = trained
        forgetful.updateStatistics(over: longer, rate: 1)
        #expect(forgetful.cellNorm.variance == own.cellNorm.variance)
    }

    @Test("where no row is there, no step is made, and none is counted")
    func gaps() {
        let mask = Tensor<Bool>(shape: [5, 4], scalars: (0..<20).map { $0 / 4 != 2 })
        var (gapped, packed) = (cell, cell)
        gapped.updateStatistics(over: inputs, mask: .steps(mask))
        packed.updateStatistics(over: concatenate([inputs.slice(axis: 0, 0..<2), inputs.slice(axis: 0, 3..<5)]))
        #expect(gapped.cellNorm.mean == packed.cellNorm.mean && gapped.inputNorm.mean == packed.inputNorm.mean)
        let outputs = Recurrent(gapped)(inputs, mask: .steps(mask)).outputs
        #expect(outputs[4] == Recurrent(packed)(inputs.slices(axis: 0, at: Tensor([0, 1, 3, 4]))).outputs[3])
    }

    @Test("statistics are no parameters, and go where the cell goes")
    func buffers() throws {
        var model = Recurrent(trained)
        #expect(!model.parameters.contains { $0.path.hasSuffix("mean") || $0.path.hasSuffix("variance") })
        let statistics = model.cell.inputNorm.variance
        var optimizer = Adam(for: model)
        for _ in 0..<3 {
            let gradient = gradient(at: model) { square($0(inputs).outputs).sum() }
            optimizer.update(&model, along: gradient)
            // Steps may join between updates.
            model.cell.updateStatistics(over: Tensor<Double>.ones([6, 2, 3]), rate: 0)
        }
        #expect(model.cell.inputNorm.variance.slice(axis: 0, 0..<5) == statistics)
        let data = try JSONEncoder().encode(model)
        let read = try JSONDecoder().decode(Recurrent<BatchNormLSTMCell<Double>>.self, from: data)
        #expect(read(inputs).outputs == model(inputs).outputs)
        let single = model.converted(to: Recurrent<BatchNormLSTMCell<Float>>.self)
        #expect(single.cell.inputNorm.variance == model.cell.inputNorm.variance.converted(to: Float.self))
    }
}
