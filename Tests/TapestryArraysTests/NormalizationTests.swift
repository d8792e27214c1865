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
                let cotangents = rule(other.array, sample.array, gain, statistics)
                let product = NDArray.binary(TAPESTRY_MULTIPLY, "multiply", cotangent, gain)
                let standardized = NDArray.standardizeRule(product, rows, epsilon: 0.1)
                #expect(blockError(cotangents.x[0]!.numbers, standardized.numbers) < 1e-14)
                let features = NDArray.binary(TAPESTRY_MULTIPLY, "multiply", cotangent, plain)
                expectSum(of: features, in: cotangents.gainTerms(0))
                expectSum(of: cotangent, in: cotangents.biasTerms)
            }
        }
    }

    /// Sums of several, in every layout, against the sum of each alone.
    @Test(arguments: [[2, 3], [3, 2, 4], [0, 3], [2, 0], [40, 5]] as [[Int]])
    func sums(_ shape: [Int]) {
        var generator = SeededGenerator(seed: 2)
        let x = (0..<3).map { _ in Sample.inAllLayouts(shape, using: &generator).map(\.array) }
        // Every other element of a longer vector.
        let vectors = (0..<6).map { _ in
            Sample.random([2 * shape.last!], using: &generator).array.sliced(
                AxisSlice(axis: 0, start: 0, count: shape.last!, step: 2))
        }
        for layout in x[0].indices {
            let operands = [
                x[0][layout], vectors[0], x[1][(layout + 1) % x[1].count], vectors[1], x[2][0], vectors[2],
                vectors[3], vectors[4], vectors[5],
            ]
            let (value, statistics) = NDArray.sumOfLayerNorms(termCount: 3, epsilon: 0.1) { operands[$0] }
            let norms = (0..<3).map {
                NDArray.layerNorm(operands[2 * $0], gain: operands[2 * $0 + 1], bias: operands[6 + $0], epsilon: 0.1)
            }
            let sum = norms.dropFirst().reduce(norms[0].value) { NDArray.binary(TAPESTRY_ADD, "add", $0, $1.value) }
            #expect(value.numbers == sum.numbers)
            var g = x[1][layout]
            let whole = NDArray.layerNormRule(&g, termCount: 3, statistics: statistics) { operands[$0] }!
            for k in 0..<3 {
                let alone = rule(x[1][layout], operands[2 * k], operands[2 * k + 1], norms[k].statistics)
                #expect(whole.x[k]!.numbers == alone.x[0]!.numbers)
                #expect(whole.gainTerms(k).array.numbers == alone.gainTerms(0).array.numbers)
                #expect(whole.biasTerms.array.numbers == alone.biasTerms.array.numbers)
            }
        }
    }

    @Test func whatIsNotKnownLeavesTheCotangent() {
        let x = NDArray([1.0, 2, 3], shape: [1, 3])
        var g = x
        let cotangents = NDArray.layerNormRule(&g, termCount: 1, statistics: x) { $0 == 0 ? x : nil }
        #expect(cotangents == nil && g.numbers == [1, 2, 3])
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
                let cotangents = rule(b, a, gain, statistics)
                return [
                    value, statistics, cotangents.x[0]!, cotangents.gainTerms(0).array, cotangents.biasTerms.array,
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

/// The rule of one layer norm.
private func rule(
    _ g: NDArray, _ x: NDArray, _ gain: NDArray, _ statistics: NDArray
) -> NDArray.LayerNormCotangents {
    var g = g
    return NDArray.layerNormRule(&g, termCount: 1, statistics: statistics) { $0 == 0 ? x : gain }!
}
