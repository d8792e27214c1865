import Testing

@testable import TapestryAutograd

@Suite struct RandomTests {
    @Test func theSameSeedGivesTheSameNumbers() {
        func draw(_ seed: UInt64) -> [Float] {
            withRandomSeed(seed) { Tensor<Float>.normal([5]).scalars + Tensor<Float>.uniform([3, 2]).scalars }
        }
        #expect(draw(1) == draw(1))
        #expect(draw(1) != draw(2))
    }

    @Test func successiveDrawsDiffer() {
        withRandomSeed(1) {
            #expect(Tensor<Double>.uniform([8]) != Tensor<Double>.uniform([8]))
            #expect(RandomSource.current.uniform() != RandomSource.current.uniform())
        }
    }

    @Test func seedsNest() {
        let (outerFirst, inner, outerSecond) = withRandomSeed(1) {
            (
                Tensor<Double>.uniform([4]), withRandomSeed(2) { Tensor<Double>.uniform([4]) },
                Tensor<Double>.uniform([4])
            )
        }
        let (first, second) = withRandomSeed(1) { (Tensor<Double>.uniform([4]), Tensor<Double>.uniform([4])) }
        #expect(outerFirst == first)
        #expect(outerSecond == second)
        #expect(inner == withRandomSeed(2) { Tensor<Double>.uniform([4]) })
    }

    @Test func anExplicitSourceLeavesTheCurrentOneAlone() {
        let source = RandomSource(seed: 7)
        #expect(source.seed == 7)
        withRandomSeed(1) {
            let expected = withRandomSeed(1) { Tensor<Double>.uniform([4]) }
            _ = Tensor<Double>.uniform([4], using: source)
            #expect(Tensor<Double>.uniform([4]) == expected)
        }
        let again = RandomSource(seed: 7)
        _ = again.uniform()
        #expect(Tensor<Double>.normal([3], using: source) == Tensor<Double>.normal([3], using: again))
    }

    @Test func scaledDistributions() {
        withRandomSeed(3) {
            let uniform = Tensor<Double>.uniform([100_000], from: -2, to: 4)
            #expect(uniform.min().scalar >= -2 && uniform.max().scalar < 4)
            #expect((uniform.mean().scalar - 1).magnitude < 0.03)
            let normal = Tensor<Double>.normal([100_000], mean: 3, standardDeviation: 0.5)
            #expect((normal.mean().scalar - 3).magnitude < 0.01)
            #expect((normal.variance().scalar - 0.25).magnitude < 0.01)
        }
    }

    @Test(arguments: [0, 1, 2, 3, 10, 1000])
    func permutationsHoldEachNumberOnce(_ count: Int) {
        let source = RandomSource(seed: 5)
        let order = source.permutation(count)
        #expect(order.sorted() == Array(0..<count))
        if count > 3 { #expect(order != source.permutation(count)) }
        #expect(RandomSource(seed: 5).permutation(count) == order)
    }

    @Test func everyOrderOfThreeIsEquallyLikely() {
        let source = RandomSource(seed: 11)
        var counts: [[Int]: Int] = [:]
        for _ in 0..<6000 { counts[source.permutation(3), default: 0] += 1 }
        #expect(counts.count == 6)
        // Six standard deviations of a binomial of 6000 and 1/6.
        #expect(counts.values.allSatisfy { ($0 - 1000).magnitude < 174 })
    }

    @Test func integersFillTheirRange() {
        let numbers = RandomSource(seed: 6).integers(below: 7, count: 7000)
        #expect(Set(numbers) == Set(0..<7))
        for number in 0..<7 { #expect((numbers.count { $0 == number } - 1000).magnitude < 176) }
        #expect(RandomSource(seed: 6).integer(below: 1) == 0)
        #expect(RandomSource(seed: 6).integers(below: .max, count: 100).allSatisfy { $0 >= 0 })
        #expect(RandomSource(seed: 6).integers(below: 5, count: 0) == [])
    }
}
