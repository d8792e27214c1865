import Foundation
import TapestryAutograd
import TapestryChecks
import TapestryLayers
import TapestryTestSupport
import Testing

@Suite struct AdaptiveSoftmaxTests {
    private let layer = withRandomSeed(1) {
        AdaptiveSoftmax<Double>(inputSize: 5, classCount: 9, cutoffs: [3, 5], divisor: 2)
    }
    private let x = Tensor<Double>.normal([2, 4, 5], using: RandomSource(seed: 2))
    private let targets = Tensor<Int32>([[0, 2, 3, 4], [5, 8, 1, 6]])

    @Test("the probabilities of all classes add up to 1, and are those of the targets")
    func probabilities() {
        let all = layer.logProbabilities(x)
        #expect(all.shape == [2, 4, 9])
        #expect(exp(all).sum(axes: [-1]).isClose(to: .ones([2, 4]), relativeTolerance: 1e-14))
        let picked = all.gathered(axis: 2, indices: targets.unsqueezed(axis: 2)).squeezed(axes: [2])
        #expect(layer.logProbabilities(of: targets, x).isClose(to: picked, relativeTolerance: 1e-14))
        #expect(layer.loss(x, targets).isClose(to: -picked.mean(), relativeTolerance: 1e-14))
    }

    @Test("gradients agree with differences, and are zero where a cluster has no example")
    func gradients() {
        let report = checkGradients(of: { (layer, x) in layer.loss(x, targets) }, at: layer, x)
        #expect(report.isCorrect, "\(report)")
        let slopes = gradient(at: layer) { $0.loss(x[0, 0..<3], targets[0, 0..<3]) }
        #expect(slopes.clusters[1].parameterNorm == 0 && slopes.clusters[0].parameterNorm > 0)
    }

    @Test("later clusters have fewer features")
    func sizes() {
        let shapes = AdaptiveSoftmax<Float>(inputSize: 32, classCount: 100, cutoffs: [10, 30]).parameters.map(\.shape)
        #expect(shapes == [[32, 12], [32, 8], [8, 20], [32, 2], [2, 70]])
    }
}

@Suite struct SampledSoftmaxTests {
    private let x = Tensor<Double>.normal([3, 4], using: RandomSource(seed: 2))
    private let targets = Tensor<Int32>([0, 7, 3])

    private func layer(_ distribution: SampledSoftmax<Double>.Distribution) -> SampledSoftmax<Double> {
        withRandomSeed(1) { SampledSoftmax(inputSize: 4, classCount: 8, distribution: distribution) }
    }

    @Test("probabilities add up to 1", arguments: SampledSoftmax<Double>.Distribution.allCases)
    func probabilities(_ distribution: SampledSoftmax<Double>.Distribution) {
        let layer = layer(distribution)
        #expect(abs((0..<8).reduce(0) { $0 + layer.probability(of: $1) } - 1) < 1e-14)
    }

    @Test("with many samples the loss nears the cross-entropy", arguments: SampledSoftmax<Double>.Distribution.allCases)
    func manySamples(_ distribution: SampledSoftmax<Double>.Distribution) {
        let layer = layer(distribution)
        let exact = valueAndGradient(at: layer) { crossEntropy($0.logits(x), targets) }
        let sampled = withRandomSeed(3) {
            valueAndGradient(at: layer) { $0.loss(x, targets, sampleCount: 200_000) }
        }
        #expect(abs(sampled.value.scalar - exact.value.scalar) < 0.01)
        #expect(blockError(sampled.gradient.weights.scalars, exact.gradient.weights.scalars) < 0.02)
    }

    @Test("gradients agree with differences, and a target among the samples counts once")
    func gradients() {
        let report = checkGradients(
            of: { (layer, x) in layer.loss(x, targets, samples: [0, 2, 2, 5]) }, at: layer(.logUniform), x)
        #expect(report.isCorrect, "\(report)")
        #expect(layer(.uniform).loss(x[0..<1], Tensor([0]), samples: [0, 0]).scalar == 0)
    }
}
