import TapestryArrays
import TapestryAutograd
import TapestryTestSupport
import Testing

import struct TapestryOperations.Operation

/// What holds of the draws of every random operation, called as its golden cases call it: how they are distributed, those
/// say themselves.
@Suite struct RandomOperationTests {
    private static let cases = try! GoldenFile(named: "random").cases

    @Test func everyRandomOperationIsAmongThem() {
        let names = OperationTable.rows.filter { $0.section == "Random numbers" }.map(\.operation)
        #expect(Set(Self.cases.map(\.operation)) == Set(names))
    }

    private func draws(_ golden: GoldenCase, seed: Int) throws -> Tensor<Double> {
        try golden.draws(seed: seed, as: Double.self)
    }

    @Test(arguments: cases) func theSeedDecides(_ golden: GoldenCase) throws {
        let draws = try draws(golden, seed: 5)
        #expect(try draws == self.draws(golden, seed: 5))
        #expect(try draws != self.draws(golden, seed: 6))
    }

    /// Draws of two seeds, and each draw and the next one, are not correlated.
    @Test(arguments: cases) func drawsAreIndependent(_ golden: GoldenCase) throws {
        let first = try draws(golden, seed: 5)
        let second = try draws(golden, seed: 6)
        let count = first.shape[0]
        for column in 0..<(first.count / count) {
            let a = first.reshaped(to: count, -1)[0..., column]
            let b = second.reshaped(to: count, -1)[0..., column]
            if a.standardDeviation().scalar == 0 { continue }
            // Five standard deviations of the correlation of independent draws.
            let bound = 5 / Double(count).squareRoot()
            #expect(abs(Self.correlation(a, b)) < bound, "column \(column), of two seeds")
            let next = Self.correlation(a[..<(count - 1)], a[1...])
            #expect(abs(next) < bound, "column \(column), of neighbours")
        }
    }

    private static func correlation(_ a: Tensor<Double>, _ b: Tensor<Double>) -> Double {
        let covariance = ((a - a.mean()) * (b - b.mean())).mean().scalar
        return covariance / (a.standardDeviation() * b.standardDeviation()).scalar
    }

    /// The number of threads belongs to the process.
    @Test func threadsMakeNoDifference() async {
        await #expect(processExitsWith: .success) {
            for golden in Self.cases {
                let results = try [1, 2, 3].map { threads in
                    Parallel.threadCount = threads
                    return try golden.draws(seed: 5, as: Double.self)
                }
                #expect(results[1] == results[0] && results[2] == results[0], "\(golden)")
            }
        }
    }

    /// In single precision they are other numbers of the same distribution.
    @Test(arguments: cases) func singlePrecision(_ golden: GoldenCase) throws {
        let deviations = try golden.deviations { call in
            // The operation in double asks for the case's attributes.
            _ = try Operation.byName[golden.operation]!.function(call)
            return [try golden.draws(seed: 7, as: Float.self).converted()]
        }
        #expect(deviations == [])
    }

    // MARK: Batches

    /// Inside of `vmap` every example gets the same draws.
    @Test(arguments: cases) func examplesOfABatchShareDraws(_ golden: GoldenCase) throws {
        let alone = try draws(golden, seed: 5)
        let batched = try vmap(over: Tensor<Double>.zeros([3])) { zero in try draws(golden, seed: 5) + zero }
        #expect(batched == stack([alone, alone, alone]))
    }

    /// Draws that differ come from outside, as one more batch.
    @Test func examplesGetDrawsOfTheirOwnFromOutside() {
        let x = Tensor<Double>([1, 2, 3])
        let noise = Tensor<Double>.normal([3, 4], using: RandomSource(seed: 1))
        let batched = vmap(over: x, noise) { $0 * $1 }
        #expect(batched == x.unsqueezed(axis: 1) * noise)
        #expect(batched[0] != batched[1])
    }

    /// Each example's own probabilities meet the same random numbers.
    @Test func examplesOfDifferentProbabilities() {
        let probabilities = Tensor<Double>([0.1, 0.5, 0.9]).unsqueezed(axis: 1).expanded(to: [3, 1000])
        let events = vmap(over: probabilities) { Tensor.bernoulli($0, using: RandomSource(seed: 3)) }
        let numbers = events.converted(to: Double.self)
        // What happens with a small probability happens with a greater one as well.
        #expect((numbers[0] .<= numbers[1]).all().scalar && (numbers[1] .<= numbers[2]).all().scalar)
        #expect(numbers.mean(axes: [1]).isClose(to: Tensor([0.1, 0.5, 0.9]), absoluteTolerance: 0.05))
    }

    // MARK: Derivatives

    /// μ + σ ε: the derivatives are those of the draws at hand, 1 and ε.
    @Test func derivativesByLocationAndScale() {
        let (location, scale) = (Tensor(0.7), Tensor(1.3))
        func draws(_ location: Tensor<Double>, _ scale: Tensor<Double>) -> Tensor<Double> {
            location + scale * .normal([50_000], using: RandomSource(seed: 2))
        }
        let noise = Tensor<Double>.normal([50_000], using: RandomSource(seed: 2))
        let (slope, spread) = gradient(at: location, scale) { draws($0, $1).mean() }
        #expect(slope.isClose(to: Tensor(1), relativeTolerance: 1e-12))
        #expect(spread.isClose(to: noise.mean(), relativeTolerance: 1e-10))
        // E (μ + σ ε)² = μ² + σ², whose derivatives are 2 μ and 2 σ; five standard deviations of their estimates.
        let (byLocation, byScale) = gradient(at: location, scale) { square(draws($0, $1)).mean() }
        #expect(abs(byLocation.scalar - 1.4) < 5 * 2 * 1.3 / 50_000.0.squareRoot())
        #expect(abs(byScale.scalar - 2.6) < 5 * 4 / 50_000.0.squareRoot())
    }

    /// A number between bounds is their mixture.
    @Test func derivativesByBounds() {
        let unit = Tensor<Double>.uniform([100], using: RandomSource(seed: 3))
        let (lower, upper) = gradient(at: Tensor(-1.0), Tensor(2.0)) { lower, upper in
            (lower + (upper - lower) * .uniform([100], using: RandomSource(seed: 3))).sum()
        }
        #expect(lower.isClose(to: (1 - unit).sum(), relativeTolerance: 1e-12))
        #expect(upper.isClose(to: unit.sum(), relativeTolerance: 1e-12))
    }

    /// Gumbel noise makes a softmax of a category's choice (E. Jang, S. Gu, B. Poole, 2016): the derivatives are the
    /// softmax's, and the category itself has none.
    @Test func derivativesByLogits() {
        let logits = Tensor<Double>([0.5, -1, 2])
        let weights = Tensor<Double>([1, 2, -1])
        func relaxed(_ logits: Tensor<Double>) -> Tensor<Double> {
            (((logits + .gumbel([3], using: RandomSource(seed: 4))) / 0.5).softmax() * weights).sum()
        }
        let expected = differenceGradient(at: [logits]) { relaxed($0[0]).scalar }[0]
        #expect(blockError(gradient(at: logits, of: relaxed).scalars, expected) < 1e-8)
        let slope = gradient(at: logits) { logits in
            let drawn = Tensor.categorical(logits: logits, using: RandomSource(seed: 4))
            return (Tensor<Double>.oneHot(drawn, count: 3) * weights).sum() + logits.sum()
        }
        #expect(slope == .ones([3]))
    }
}

extension GoldenCase {
    /// The draws of a random operation with another seed.
    fileprivate func draws<Scalar: DifferentiableScalar>(
        seed: Int, as type: Scalar.Type
    ) throws -> Tensor<Scalar> {
        let operation = Operation<Scalar>.all.first { $0.name == self.operation }!
        let call = OperationCall(
            realInputs.map { $0.converted(to: Scalar.self) },
            attributes: attributes.merging(["seed": .integer(seed)]) { $1 })
        return try operation.function(call)[0]
    }
}
