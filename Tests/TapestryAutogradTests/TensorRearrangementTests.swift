import TapestryTestSupport
import Testing

@testable import TapestryAutograd

/// Chunks, repetitions, rolls, flips and paddings; and normalisation.
@Suite struct TensorRearrangementTests {
    private let x = Tensor<Double>([[0.5, -1.5, 2], [1, 3, -0.25]])

    @Test func chunks() {
        let line = Tensor<Int32>([0, 1, 2, 3, 4, 5, 6])
        #expect(line.chunked(3).map(\.scalars) == [[0, 1, 2], [3, 4, 5], [6]])
        #expect(line.chunked(4).map(\.count) == [2, 2, 2, 1])
        #expect(line.chunked(5).map(\.count) == [2, 2, 2, 1])
        #expect(line.chunked(9).count == 7)
        #expect(Tensor<Float>.zeros([2, 0]).chunked(3, axis: 1).map(\.shape) == [[2, 0], [2, 0], [2, 0]])
        checkFunction(at: x) { $0.chunked(2, axis: 1)[0] }
    }

    @Test func repetitions() {
        #expect(x[0].repeated(2, axis: 0).scalars == [0.5, 0.5, -1.5, -1.5, 2, 2])
        #expect(x.repeated(0, axis: 1).shape == [2, 0])
        #expect(x[0].tiled([2, 2]) == Tensor([[0.5, -1.5, 2, 0.5, -1.5, 2], [0.5, -1.5, 2, 0.5, -1.5, 2]]))
        #expect(x.tiled([2]).shape == [2, 6])
        #expect(Tensor(3.0).tiled([2]).scalars == [3, 3])
        checkFunction(at: x) { $0.repeated(2, axis: 0) }
        checkFunction(at: x) { $0.tiled([2, 3]) }
    }

    @Test func flattening() {
        let cube = Tensor<Double>(shape: [2, 3, 2], scalars: (0..<12).map(Double.init))
        #expect(cube.flattened().shape == [12] && Tensor(3.0).flattened().shape == [1])
        #expect(cube.flattened(from: 1).shape == [2, 6] && cube.flattened(to: 1).shape == [6, 2])
        #expect(cube.flattened(from: -2, to: -2).shape == [2, 3, 2] && cube.flattened(from: 1).scalars == cube.scalars)
        #expect(Tensor<Double>.zeros([2, 0, 3]).flattened(from: 1).shape == [2, 0])
        #expect(vmap(over: cube) { $0.flattened() } == cube.flattened(from: 1))
    }

    /// Of a group of channels, of a channel, and of no position.
    @Test func groupsOfChannels() {
        var generator = SeededGenerator(seed: 3)
        let x = Tensor<Double>(shape: [2, 4, 3], scalars: generator.numbers(24))
        let (gain, bias) = (Tensor([1, 2, 0.5, -1]), Tensor([0, 0.25, -1, 2]))
        let output = groupNorm(x, groups: 2, gain: gain, bias: bias, epsilon: 0.1)
        for (example, group) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let channels = 2 * group..<2 * group + 2
            let part = x[example, channels]
            let features = (part - part.mean()) / sqrt(part.variance() + 0.1)
            let expected = features * gain[channels].unsqueezed(axis: 1) + bias[channels].unsqueezed(axis: 1)
            #expect(output[example, channels].isClose(to: expected, relativeTolerance: 1e-13))
        }
        let alone = groupNorm(x, groups: 4, gain: gain, bias: bias, epsilon: 0.1)
        #expect(instanceNorm(x, gain: gain, bias: bias, epsilon: 0.1) == alone)
        #expect(!alone.isClose(to: output))
        let whole = layerNorm(x.flattened(from: 1), gain: .ones([12]), bias: .zeros([12]), epsilon: 0.1)
        #expect(groupNorm(x, groups: 1, gain: .ones([4]), bias: .zeros([4]), epsilon: 0.1).flattened(from: 1) == whole)
        #expect(groupNorm(x[0..., 0..., ..<0], groups: 2, gain: gain, bias: bias).shape == [2, 4, 0])
    }

    @Test func rollsAndFlips() {
        #expect(x.rolled(by: 1, axis: 1).scalars == [2, 0.5, -1.5, -0.25, 1, 3])
        #expect(x.rolled(by: -4, axis: 1).scalars == [-1.5, 2, 0.5, 3, -0.25, 1])
        #expect(x.flipped().scalars == [-0.25, 3, 1, 2, -1.5, 0.5])
        #expect(x.flipped(axes: [1]).scalars == [2, -1.5, 0.5, -0.25, 3, 1])
        #expect(Tensor<Double>.zeros([0, 2]).flipped().shape == [0, 2])
        checkFunction(at: x) { $0.rolled(by: 2, axis: 1) }
        checkFunction(at: x) { $0.flipped(axes: [1]) }
        checkFunction(at: x) { $0.flipped() + $0 }
        // Views that run backwards, as operands of other kernels.
        let turned = x.flipped()
        let copy = Tensor(shape: [2, 3], scalars: turned.scalars)
        #expect(matmul(turned, turned.transposed()).isClose(to: matmul(copy, copy.transposed())))
        #expect(turned.sum(axes: [0]).isClose(to: copy.sum(axes: [0])))
        #expect(turned.sum(axes: [1]).isClose(to: copy.sum(axes: [1])))
        #expect(turned.softmax().isClose(to: copy.softmax()))
        #expect(exp(turned) == exp(copy) && turned.reshaped(to: 3, 2) == copy.reshaped(to: 3, 2))
        checkFunction(at: x) { matmul($0.flipped(), $0.flipped(axes: [0]).transposed()) }
        let long = Tensor<Float>.uniform([3, 200], using: RandomSource(seed: 1))
        let longCopy = Tensor(shape: [3, 200], scalars: long.flipped().scalars)
        #expect(long.flipped().sum(axes: [1]).isClose(to: longCopy.sum(axes: [1])))
        #expect(long.flipped().max().scalar == longCopy.max().scalar)
    }

    @Test func paddings() {
        let row = x[..<1]
        #expect(row.padded([(0, 1), (1, 1)], mode: .constant(9)).scalars == [9, 0.5, -1.5, 2, 9, 9, 9, 9, 9, 9])
        #expect(row.padded([(0, 0), (2, 1)], mode: .reflect).scalars == [2, -1.5, 0.5, -1.5, 2, -1.5])
        #expect(row.padded([(0, 0), (2, 1)], mode: .edge).scalars == [0.5, 0.5, 0.5, -1.5, 2, 2])
        #expect(row.padded([(0, 1), (1, 0)]).scalars == [0, 0.5, -1.5, 2, 0, 0, 0, 0])
        #expect(Tensor([true]).padded([(1, 0)], mode: .constant(false)).scalars == [false, true])
        checkFunction(at: x) { $0.padded([(1, 0), (0, 2)], mode: .constant(0)) }
        checkFunction(at: x) { $0.padded([(1, 0), (0, 2)], mode: .reflect) }
        checkFunction(at: x) { $0.padded([(1, 0), (0, 2)], mode: .edge) }
    }

    @Test func normalization() {
        let gain = Tensor<Double>([2, 0.5, -1])
        let row = x[0].scalars
        let scale = 1 / (row.reduce(0) { $0 + $1 * $1 } / 3 + 1e-5).squareRoot()
        let expected = zip(row, gain.scalars).map { $0 * $1 * scale }
        #expect(blockError(rmsNorm(x, gain: gain)[0].scalars, expected) < 1e-14)
        checkFunction(at: x) { rmsNorm($0, gain: gain) }
        checkFunction(at: gain) { rmsNorm(x, gain: $0) }
        let (output, mean, variance) = batchNorm(x, axes: [0])
        #expect(mean == Tensor([[0.75, 0.75, 0.875]]))
        #expect(variance.isClose(to: Tensor([[0.0625, 5.0625, 1.265625]])))
        #expect(output.isClose(to: (x - mean) / sqrt(variance + 1e-5)))
        checkFunction(at: x) { batchNorm($0, axes: [0]).output }
        let mask = Tensor<Bool>([true, false, true])
        #expect(dropout(x, keeping: mask, rate: 0.5).scalars == [1, 0, 4, 2, 0, -0.5])
        checkFunction(at: x) { dropout($0, keeping: mask, rate: 0.5) }
    }
}
