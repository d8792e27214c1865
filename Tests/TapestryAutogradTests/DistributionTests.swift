import Testing

@testable import TapestryAutograd

@Suite struct DistributionTests {
    @Test func gumbelHasItsMeanAndVariance() {
        let draws = Tensor<Double>.gumbel([100_000], using: RandomSource(seed: 1))
        #expect((draws.mean().scalar - 0.5772156649).magnitude < 0.025)
        #expect((draws.variance().scalar - 1.6449340668).magnitude < 0.06)
        #expect(Tensor<Float>.gumbel([100_000], using: RandomSource(seed: 2)).isFinite.all().scalar)
    }

    @Test func categoriesAndEventsHaveTheirProbabilities() {
        let probabilities = Tensor<Double>([0.2, 0.5, 0.3, 0])
        let logits = log(probabilities).expanded(to: [20_000, 4])
        let drawn = logits.sampledCategories(using: RandomSource(seed: 3))
        let shares = Tensor<Double>.oneHot(drawn, count: 4).mean(axes: [0])
        #expect(shares.isClose(to: probabilities, relativeTolerance: 0, absoluteTolerance: 0.02))
        let events = probabilities.expanded(to: [20_000, 4]).sampledEvents(using: RandomSource(seed: 4))
        let rates = events.converted(to: Double.self).mean(axes: [0])
        #expect(rates.isClose(to: probabilities, relativeTolerance: 0, absoluteTolerance: 0.02))
        #expect(Tensor<Int32>.permutation(5, using: RandomSource(seed: 5)).sorted().values.scalars == [0, 1, 2, 3, 4])
    }

    @Test func sequencesOfNumbers() {
        #expect(Tensor<Double>.arange(from: 1, to: 2, by: 0.25).scalars == [1, 1.25, 1.5, 1.75])
        #expect(Tensor<Int32>.arange(from: 5, to: 0, by: -2).scalars == [5, 3, 1])
        #expect(Tensor<Float>.arange(from: 1, to: 1, by: 1).shape == [0])
        #expect(Tensor<Double>.linspace(from: -1, to: 1, count: 5).scalars == [-1, -0.5, 0, 0.5, 1])
        #expect(Tensor<Double>.linspace(from: 3, to: 1, count: 1).scalars == [3])
        #expect(Tensor<Double>.linspace(from: 3, to: 1, count: 0).shape == [0])
    }
}
