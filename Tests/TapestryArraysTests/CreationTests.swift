import Testing

@testable import TapestryArrays

@Suite struct CreationTests {
    @Test func repeatsANumberInEveryType() {
        #expect(NDArray(repeating: 2, shape: [2, 2], .float32).elements(as: Float.self) == [2, 2, 2, 2])
        #expect(NDArray(repeating: 2, shape: [3], .float64).elements(as: Double.self) == [2, 2, 2])
        #expect(NDArray(repeating: 2, shape: [], .int32).elements(as: Int32.self) == [2])
        #expect(NDArray(repeating: 2, shape: [2], .bool).elements(as: Bool.self) == [true, true])
        #expect(NDArray(repeating: 2, shape: [0, 4], .float32).elements(as: Float.self) == [])
    }

    @Test func aRepeatedLayoutMayBeAnyView() {
        let layout = Layout([3]).expanded(to: [2, 3])!
        let array = NDArray(repeating: 1, layout: layout, .float64)
        #expect(array.layout.isContiguous)
        #expect(array.elements(as: Double.self) == Array(repeating: 1, count: 6))
    }

    @Test func nestedArraysKnowTheirShape() {
        #expect(([[[1, 2], [3, 4], [5, 6]]] as [[[Int32]]])._nestedShape == [1, 3, 2])
        #expect(([] as [[Float]])._nestedShape == [0, 0])
        #expect(([[], []] as [[Float]])._nestedShape == [2, 0])
        #expect(Float(3)._nestedShape == [])
        #expect([[[Double]]]._nestedDepth == 3)
    }
}

@Suite struct RandomArrayTests {
    @Test(arguments: [ElementType.float32, .float64], [RandomDistribution.uniform, .normal])
    func dependsOnSeedStreamAndPositionAlone(_ type: ElementType, _ distribution: RandomDistribution) {
        func draw(_ seed: UInt64, _ stream: UInt64, _ count: Int) -> [Double] {
            NDArray(random: distribution, seed: seed, stream: stream, shape: [count], type).numbers
        }
        let numbers = draw(1, 2, 100_000)
        #expect(Array(numbers.prefix(1000)) == draw(1, 2, 1000))
        #expect(Array(numbers.prefix(1000)) != draw(2, 2, 1000))
        #expect(Array(numbers.prefix(1000)) != draw(1, 3, 1000))
    }

    @Test func doesNotDependOnThreads() async {
        await #expect(processExitsWith: .success) {
            for type in [ElementType.float32, .float64] {
                for distribution in [RandomDistribution.uniform, .normal] {
                    let draws = [1, 2, 3].map { threads in
                        Parallel.threadCount = threads
                        return NDArray(random: distribution, seed: 1, stream: 2, shape: [100_000], type).numbers
                    }
                    #expect(draws[0] == draws[1] && draws[0] == draws[2], "\(distribution) \(type)")
                }
            }
        }
    }

    @Test(arguments: [ElementType.float32, .float64])
    func momentsAreThoseOfTheDistributions(_ type: ElementType) {
        func moments(_ distribution: RandomDistribution) -> (
            mean: Double, variance: Double, least: Double, most: Double
        ) {
            let numbers = NDArray(random: distribution, seed: 5, stream: 1, shape: [200_000], type).numbers
            let mean = numbers.reduce(0, +) / 200_000
            let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 200_000
            return (mean, variance, numbers.min()!, numbers.max()!)
        }
        // Five standard errors of each.
        let uniform = moments(.uniform)
        #expect((uniform.mean - 0.5).magnitude < 0.0033)
        #expect((uniform.variance - 1.0 / 12).magnitude < 0.0009)
        #expect(uniform.least >= 0)
        #expect(uniform.most < 1)
        let normal = moments(.normal)
        #expect(normal.mean.magnitude < 0.0112)
        #expect((normal.variance - 1).magnitude < 0.0159)
    }
}
