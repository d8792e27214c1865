import Foundation
import TapestryTestSupport
import Testing

@testable import TapestryAutograd

@Suite struct DistributionTests {
    /// Each continuous distribution with its distribution function and its first two moments.
    struct Distribution: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let mean, variance: Double
        let draw: @Sendable (Int, RandomSource) -> [Double]
        let probability: @Sendable (Double) -> Double
    }

    private static func normal(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }

    private static let distributions: [Distribution] = [
        Distribution(
            testDescription: "uniform", mean: 0.5, variance: 1 / 12,
            draw: { Tensor<Double>.uniform([$0], using: $1).scalars }, probability: { $0 }),
        Distribution(
            testDescription: "uniform from −2 to 4 in single precision", mean: 1, variance: 3,
            draw: { Tensor<Float>.uniform([$0], from: -2, to: 4, using: $1).scalars.map { Double($0) } },
            probability: { ($0 + 2) / 6 }),
        Distribution(
            testDescription: "normal", mean: 0, variance: 1,
            draw: { Tensor<Double>.normal([$0], using: $1).scalars }, probability: { normal($0) }),
        Distribution(
            testDescription: "normal of mean 3 in single precision", mean: 3, variance: 0.25,
            draw: { count, source in
                Tensor<Float>.normal([count], mean: 3, standardDeviation: 0.5, using: source).scalars.map { Double($0) }
            }, probability: { normal(($0 - 3) / 0.5) }),
        Distribution(
            testDescription: "Gumbel", mean: 0.5772156649015329, variance: .pi * .pi / 6,
            draw: { Tensor<Double>.gumbel([$0], using: $1).scalars }, probability: { exp(-exp(-$0)) }),
        Distribution(
            testDescription: "Gumbel in single precision", mean: 0.5772156649015329, variance: .pi * .pi / 6,
            draw: { Tensor<Float>.gumbel([$0], using: $1).scalars.map { Double($0) } },
            probability: { exp(-exp(-$0)) }),
    ]

    /// A million draws: by Kolmogorov and Smirnov, and the moments within five standard deviations (of the variance those
    /// of a kurtosis of 6, which none exceeds).
    @Test(arguments: distributions) func isDistributedSo(_ distribution: Distribution) {
        let count = 1_000_000
        let draws = distribution.draw(count, RandomSource(seed: 1))
        #expect(distributionDistance(draws, to: distribution.probability) < distributionTolerance(count))
        let mean = draws.reduce(0, +) / Double(count)
        let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
        let bound = 5 / Double(count).squareRoot()
        #expect(abs(mean - distribution.mean) < bound * distribution.variance.squareRoot())
        #expect(abs(variance - distribution.variance) < bound * 5.0.squareRoot() * distribution.variance)
    }

    /// A coarse number of either type: the ends of the range, of which the upper one does not belong to it.
    @Test func uniformNumbersStayInTheirRange() {
        func check<Scalar: DifferentiableScalar>(_ lower: Scalar, _ upper: Scalar) {
            let draws = Tensor<Scalar>.uniform([100_000], from: lower, to: upper, using: RandomSource(seed: 2)).scalars
            #expect(draws.allSatisfy { $0 >= lower && $0 < upper }, "\(lower) ..< \(upper) of \(Scalar.self)")
        }
        check(0 as Float, 1)
        check(0 as Double, 1)
        // Half of the draws round to the end, and one of a few to the next number before it.
        check(1 as Float, Float(1).nextUp.nextUp)
        check(-1e20 as Float, Float(-1e20).nextUp)
        check(1e15 as Double, 1e15 + 1)
        #expect(Tensor<Float>.uniform([3], from: 2, to: 2).scalars == [2, 2, 2])
        #expect(Tensor<Float>.gumbel([1_000_000], using: RandomSource(seed: 3)).isFinite.all().scalar)
    }

    @Test func categoriesAndEventsHaveTheirProbabilities() {
        let probabilities = Tensor<Double>([0.2, 0.5, 0.3, 0])
        let logits = log(probabilities).expanded(to: [20_000, 4])
        let drawn = Tensor.categorical(logits: logits, using: RandomSource(seed: 3))
        let shares = Tensor<Double>.oneHot(drawn, count: 4).mean(axes: [0])
        #expect(shares.isClose(to: probabilities, relativeTolerance: 0, absoluteTolerance: 0.02))
        let events = Tensor.bernoulli(probabilities.expanded(to: [20_000, 4]), using: RandomSource(seed: 4))
        let rates = events.converted(to: Double.self).mean(axes: [0])
        #expect(rates.isClose(to: probabilities, relativeTolerance: 0, absoluteTolerance: 0.02))
        #expect(Tensor<Int32>.permutation(5, using: RandomSource(seed: 5)).sorted().values.scalars == [0, 1, 2, 3, 4])
    }

    // MARK: Truncated normal

    /// Each way in which proposals are made: narrow and wide around the mean, close to it, and far out, on both sides.
    private static let bounds: [ClosedRange<Double>] = [
        -0.5...1, -3...2, -20...0.1, 0...0.01, 0.3...0.8, 2...7, 5...5.05, 9...50, 40 ... .infinity, -6...(-5.5),
        -.infinity...(-12), -.infinity ... .infinity,
    ]

    /// The probability of a draw up to x, without cancellation in the tails: by numbers of the nearer tail, scaled by the
    /// density at the bound where even these are too small.
    private static func probability(upTo x: Double, within bounds: ClosedRange<Double>) -> Double {
        let (a, b) = (bounds.lowerBound, bounds.upperBound)
        if b < 0 { return 1 - probability(upTo: -x, within: -b...(-a)) }
        if a <= 0 {
            func cumulative(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }
            return (cumulative(x) - cumulative(a)) / (cumulative(b) - cumulative(a))
        }
        /// ∫ from a to x of φ(t) / φ(a) dt, by Simpson's rule in t − a, over as far as anything is left.
        func integral(_ x: Double) -> Double {
            let length = Swift.min(x - a, 40 / a)
            let count = 200
            let step = length / Double(count)
            let terms = (0...count).map { index -> Double in
                let distance = Double(index) * step
                let weight: Double = index == 0 || index == count ? 1 : index.isMultiple(of: 2) ? 2 : 4
                return weight * exp(-distance * (a + distance / 2))
            }
            return terms.reduce(0, +) * step / 3
        }
        return integral(x) / integral(b)
    }

    @Test(arguments: bounds.indices)
    func truncatedNormalHasItsDistribution(_ number: Int) {
        let bounds = Self.bounds[number]
        let count = 4000
        let draws = Tensor<Double>.truncatedNormal(
            [count], from: bounds.lowerBound, to: bounds.upperBound, using: RandomSource(seed: UInt64(number)))
        #expect(draws.scalars.allSatisfy(bounds.contains))
        let distance = distributionDistance(draws.scalars) { Self.probability(upTo: $0, within: bounds) }
        // The seeds are fixed.
        #expect(distance < distributionTolerance(count), "\(bounds): \(distance)")
    }

    @Test func truncatedNormalHasItsMoments() {
        // Between −1 and 2 deviations: Z = Φ(2) − Φ(−1), mean (φ(1) − φ(2)) / Z, E x² = 1 − (φ(1) + 2 φ(2)) / Z.
        let draws = Tensor<Double>.truncatedNormal(
            [200_000], mean: 10, standardDeviation: 3, from: 7, to: 16, using: RandomSource(seed: 1))
        let density = { (x: Double) in exp(-x * x / 2) / (2 * Double.pi).squareRoot() }
        let mass = (erfc(-2 / 2.0.squareRoot()) - erfc(1 / 2.0.squareRoot())) / 2
        let mean = (density(1) - density(2)) / mass
        let variance = 1 - (density(1) + 2 * density(2)) / mass - mean * mean
        #expect((draws.mean().scalar - (10 + 3 * mean)).magnitude < 0.02)
        #expect((draws.variance().scalar - 9 * variance).magnitude < 0.05)
    }

    @Test func truncatedNormalOfFloatsStaysWithinItsBounds() {
        let draws = Tensor<Float>.truncatedNormal([10_000], from: 0.1, to: 0.3, using: RandomSource(seed: 2)).scalars
        #expect(draws.allSatisfy { $0 >= 0.1 && $0 <= 0.3 })
        let exact = Tensor<Double>.truncatedNormal(
            [10_000], from: Double(Float(0.1)), to: Double(Float(0.3)), using: RandomSource(seed: 2))
        #expect(exact.scalars.map { Float($0) } == draws)
        // Too far out to be counted in deviations: the bound alone is left.
        #expect(
            Tensor<Double>.truncatedNormal([2], standardDeviation: 1e-9, from: 1e305, to: 1e307).scalars == [
                1e305, 1e305,
            ])
        #expect(Tensor<Double>.truncatedNormal([0], from: 1, to: 2).shape == [0])
    }

    @Test func truncatedNormalIsTheSameForTheSameSeed() {
        func draws(_ seed: UInt64, _ count: Int) -> [Double] {
            withRandomSeed(seed) { Tensor<Double>.truncatedNormal([count], from: 1, to: 3).scalars }
        }
        #expect(draws(7, 3000) == draws(7, 3000))
        #expect(Array(draws(7, 3000)[..<10]) == draws(7, 10), "each element is of its position alone")
        #expect(draws(7, 10) != draws(8, 10))
        #expect(Set(draws(7, 3000)).count == 3000)
        withRandomSeed(7) {
            let first = Tensor<Double>.truncatedNormal([10], from: 1, to: 3)
            #expect(Tensor<Double>.truncatedNormal([10], from: 1, to: 3) != first)
        }
    }

    @Test func wholeNumbersFromARange() {
        let draws = Tensor<Int32>.uniform([3, 1000], in: -2..<3, using: RandomSource(seed: 5))
        #expect(draws.shape == [3, 1000])
        #expect(Set(draws.scalars) == [-2, -1, 0, 1, 2])
        #expect(draws.scalars.count { $0 == 2 } > 500)
        #expect(Tensor<Int32>.uniform([1], in: .min ..< .max).count == 1)
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
