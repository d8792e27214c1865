import CTapestryKernels
import Foundation
import TapestryTestSupport
import Testing

@testable import TapestryArrays

@Suite struct LayerNormArrayTests {
    @Test(arguments: [[4], [2, 3], [3, 2, 4], [1], [0, 3], [2, 0], [5, 1], [7, 10, 3]] as [[Int]])
    func inEveryLayout(_ shape: [Int]) {
        var generator = SeededGenerator(seed: 1)
        let gain = Sample.random([shape.last!], using: &generator).array
        let bias = Sample.random([shape.last!], using: &generator).array
        for sample in Sample.inAllLayouts(shape, using: &generator) {
            let rows = NDArray(sample.reference.elements, shape: shape)
            let plain = NDArray.standardized(rows, epsilon: 0.1)
            let scaled = NDArray.binary(TAPESTRY_MULTIPLY, "multiply", plain, gain)
            let shifted = NDArray.binary(TAPESTRY_ADD, "add", scaled, bias)
            #expect(NDArray.standardized(sample.array, epsilon: 0.1).numbers == plain.numbers)
            let (value, statistics) = NDArray.layerNorm(sample.array, gain: gain, bias: bias, epsilon: 0.1)
            #expect(blockError(value.numbers, shifted.numbers) < 1e-14)
            for other in Sample.inAllLayouts(shape, using: &generator) {
                let cotangent = NDArray(other.reference.elements, shape: shape)
                let cotangents = NDArray.layerNormRule(other.array, sample.array, gain: gain, statistics: statistics)
                let product = NDArray.binary(TAPESTRY_MULTIPLY, "multiply", cotangent, gain)
                let rule = NDArray.standardizeRule(product, rows, epsilon: 0.1)
                #expect(blockError(cotangents.x.numbers, rule.numbers) < 1e-14)
                let features = NDArray.binary(TAPESTRY_MULTIPLY, "multiply", cotangent, plain)
                expectSum(of: features, in: cotangents.gainTerms)
                expectSum(of: cotangent, in: cotangents.biasTerms)
            }
        }
    }

    /// Whether the rows of `terms` have the sum of the rows of `array`.
    private func expectSum(of array: NDArray, in terms: MatrixColumns) {
        let sum = array.reduced(TAPESTRY_SUM, over: Array(0..<array.rank - 1), keepingAxes: false)
        let total = NDArray(repeating: 0, shape: sum.shape, sum.elementType)
        total.add(sumOfRows: terms)
        #expect(blockError(total.numbers, sum.numbers) < 1e-13)
    }

    @Test func rowsDoNotDependOnThreads() async {
        await #expect(processExitsWith: .success) {
            let a = NDArray((0..<300_000).map { Float(sin(Double($0) * 0.7)) }, shape: [300, 1000])
            let b = NDArray((0..<300_000).map { Float(cos(Double($0) * 0.3)) }, shape: [300, 1000])
            let gain = NDArray((0..<1000).map { Float(1 + sin(Double($0))) }, shape: [1000])
            let results = [1, 2, 3].map { threads in
                Parallel.threadCount = threads
                let (value, statistics) = NDArray.layerNorm(a, gain: gain, bias: gain, epsilon: 0.1)
                let cotangents = NDArray.layerNormRule(b, a, gain: gain, statistics: statistics)
                return [
                    value, statistics, cotangents.x, cotangents.gainTerms.array, cotangents.biasTerms.array,
                    a.softmax(axis: 1, logarithm: false),
                ]
            }
            for result in results.dropFirst() {
                #expect(zip(result, results[0]).allSatisfy { $0.hasSameElements(as: $1) })
            }
        }
    }

    @Test func operandsThatAreUsedLaterStay() {
        let numbers = (0..<12).map { Double($0 * $0) }
        let (a, b) = (NDArray(numbers, shape: [3, 4]), NDArray(Array(numbers.reversed()), shape: [3, 4]))
        let value = NDArray.standardized(a, epsilon: 0.1)
        let rule = NDArray.standardizeRule(a, b, epsilon: 0.1)
        #expect(a.numbers == numbers && b.numbers == numbers.reversed())
        let address = a.pointer
        let again = NDArray.standardized(consume a, epsilon: 0.1)
        #expect(again.pointer == address && again.numbers == value.numbers && rule.shape == [3, 4])
    }
}
