import CTapestryKernels
import Foundation
import TapestryTestSupport
import Testing

@testable import TapestryArrays

@Suite struct ReductionTests {
    private struct Operation: Sendable {
        let code: Int
        let start: Double
        let combine: @Sendable (Double, Double) -> Double
    }

    private static let operations = [
        Operation(code: TAPESTRY_SUM, start: 0) { $0 + $1 },
        Operation(code: TAPESTRY_MAX, start: -.infinity) { max($0, $1) },
        Operation(code: TAPESTRY_MIN, start: .infinity) { min($0, $1) },
        Operation(code: TAPESTRY_SUM_OF_SQUARES, start: 0) { $0 + $1 * $1 },
    ]

    private static let product = Operation(code: TAPESTRY_PRODUCT, start: 1) { $0 * $1 }

    /// Products of signs with zeros, and of powers of two: exact in any order.
    @Test(
        arguments: [[], [5], [2, 3], [2, 3, 4], [2, 0, 3], [6, 3, 9]] as [[Int]], [ElementType.float64, .float32])
    func productsOverAllSubsetsOfAxes(_ shape: [Int], _ type: ElementType) {
        var generator = SeededGenerator(seed: 3)
        for numbers in [[-1, 1, 1, 0], [-1, 1, 1, -2, 0.5]] as [[Double]] {
            for sample in Sample.inAllLayouts(shape, type, from: numbers, using: &generator) {
                for subset in 0..<(1 << shape.count) {
                    let axes = shape.indices.filter { subset & (1 << $0) != 0 }
                    #expect(
                        sample.array.reduced(TAPESTRY_PRODUCT, over: axes, keepingAxes: true).plain
                            == reference(sample.reference, Self.product, axes), "\(sample.array.shape) over \(axes)")
                }
            }
        }
    }

    @Test func productsOfIntegersWrap() {
        let array = NDArray([3, Int32.max, -5, 7] as [Int32], shape: [4])
        let wanted = 3 &* Int32.max &* -5 &* 7
        #expect(array.reduced(TAPESTRY_PRODUCT, over: [0], keepingAxes: false).scalar(as: Int32.self) == wanted)
    }

    /// Every subset of the axes, in every layout, kept and dropped.
    @Test(
        arguments: [[], [5], [1], [2, 3], [3, 1, 2], [2, 3, 4], [2, 3, 2, 2], [2, 0, 3], [0], [40, 3, 17]] as [[Int]])
    func overAllSubsetsOfAxes(_ shape: [Int]) {
        var generator = SeededGenerator(seed: 1)
        for sample in Sample.inAllLayouts(shape, using: &generator) {
            for subset in 0..<(1 << shape.count) {
                let axes = shape.indices.filter { subset & (1 << $0) != 0 }
                for operation in Self.operations {
                    let kept = reference(sample.reference, operation, axes)
                    let dropped = kept.reshaped(
                        to: shape.indices.filter { !axes.contains($0) }.map { shape[$0] })
                    let comment = "\(operation.code) of \(sample.array.shape) over \(axes)"
                    #expect(
                        sample.array.reduced(operation.code, over: axes, keepingAxes: true).plain == kept, "\(comment)")
                    #expect(
                        sample.array.reduced(operation.code, over: axes, keepingAxes: false).plain == dropped,
                        "\(comment)")
                }
            }
        }
    }

    private func reference(_ array: ReferenceArray, _ operation: Operation, _ axes: [Int]) -> ReferenceArray {
        // Sums of squares over no axes still square; the others change nothing.
        if axes.isEmpty, operation.code != TAPESTRY_SUM_OF_SQUARES { return array }
        let keptShape = array.shape.indices.map { axes.contains($0) ? 1 : array.shape[$0] }
        let reducedShape = array.shape.indices.map { axes.contains($0) ? array.shape[$0] : 1 }
        return ReferenceArray(shape: keptShape) { kept in
            ReferenceArray.positions(in: reducedShape).reduce(operation.start) { result, reduced in
                operation.combine(result, array[zip(kept, reduced).map { $0 + $1 }])
            }
        }
    }

    @Test(arguments: [ElementType.float32, .int32])
    func inOtherElementTypes(_ type: ElementType) {
        var generator = SeededGenerator(seed: 2)
        for sample in Sample.inAllLayouts([3, 4], type, using: &generator) {
            for (operation, axes) in zip(Self.operations.prefix(3), [[0], [1], [0, 1]]) {
                let result = sample.array.reduced(operation.code, over: axes, keepingAxes: true)
                #expect(result.elementType == type)
                #expect(result.plain == reference(sample.reference, operation, axes))
            }
        }
    }

    /// Long lines, tall and wide planes: the same bits for any number of threads, in layouts that take each way.
    @Test func largeOnesDoNotDependOnThreads() async {
        await #expect(processExitsWith: .success) {
            let numbers = (0..<300_000).map { Float(sin(Double($0) * 0.7) + 0.3) }
            let line = NDArray(numbers, shape: [300_000])
            let plane = NDArray(numbers, shape: [600, 500])
            let block = NDArray(numbers, shape: [2, 150, 1000])
            let cases: [(NDArray, [Int])] = [
                (line, [0]), (plane, [0]), (plane, [1]), (plane.transposed, [0]), (plane.transposed, [1]),
                (plane, [0, 1]), (block, [1]), (block, [0]), (block, [0, 2]), (block, [1, 2]),
            ]
            for (array, axes) in cases {
                for operation in ReductionTests.operations {
                    let results = [1, 2, 3].map { threads in
                        Parallel.threadCount = threads
                        return array.reduced(operation.code, over: axes, keepingAxes: false)
                    }
                    #expect(results[0].hasSameElements(as: results[1]) && results[0].hasSameElements(as: results[2]))
                    let doubles = array.converted(to: .float64).contiguous()
                    let wanted = doubles.reduced(operation.code, over: axes, keepingAxes: false).numbers
                    #expect(blockError(results[0].numbers, wanted) < 1e-6)
                }
            }
        }
    }

    @Test func largeProductsDoNotDependOnThreads() async {
        await #expect(processExitsWith: .success) {
            let numbers = (0..<300_000).map { Float(1 + 1e-4 * sin(Double($0) * 0.7)) }
            let plane = NDArray(numbers, shape: [600, 500])
            for (array, axes) in [(plane, [0]), (plane, [1]), (plane, [0, 1]), (plane.transposed, [0, 1])] {
                let results = [1, 2, 3].map { threads in
                    Parallel.threadCount = threads
                    return array.reduced(TAPESTRY_PRODUCT, over: axes, keepingAxes: false)
                }
                #expect(results[0].hasSameElements(as: results[1]) && results[0].hasSameElements(as: results[2]))
                let wanted = array.converted(to: .float64).reduced(TAPESTRY_PRODUCT, over: axes, keepingAxes: false)
                // Unlike that of a sum, the error of a product grows with the count: each factor has its share in it.
                let factors = Double(array.count / wanted.count)
                #expect(blockError(results[0].numbers, wanted.numbers) < 2e-8 * factors)
            }
        }
    }

    @Test func nanWinsOverEveryNumber() {
        for position in 0..<9 {
            var numbers = (0..<9).map { Double($0) }
            numbers[position] = .nan
            let array = NDArray(numbers, shape: [9])
            for operation in Self.operations + [Self.product] {
                #expect(array.reduced(operation.code, over: [0], keepingAxes: false).scalar(as: Double.self).isNaN)
            }
        }
    }

    /// A sum in float is exact to two units in the last place, however long it is; one after the other is off by 958.
    @Test func longSumsKeepTheirDigits() {
        let array = NDArray([Float](repeating: 0.1, count: 1_000_000), shape: [1_000_000])
        let sum = array.reduced(TAPESTRY_SUM, over: [0], keepingAxes: false).scalar(as: Float.self)
        #expect((Double(sum) - 1e6 * Double(Float(0.1))).magnitude < 0.016)
    }
}

@Suite struct SoftmaxTests {
    @Test(arguments: [[4], [2, 3], [3, 2, 4], [1], [0, 3], [2, 0], [5, 1]] as [[Int]])
    func alongEveryAxis(_ shape: [Int]) {
        var generator = SeededGenerator(seed: 1)
        for sample in Sample.inAllLayouts(shape, using: &generator) {
            for axis in shape.indices {
                let expected = reference(sample.reference, axis)
                let softmax = sample.array.softmax(axis: axis, logarithm: false)
                #expect(softmax.shape == shape)
                #expect(blockError(softmax.numbers, expected) < 1e-14, "\(shape) along \(axis)")
                let logSoftmax = sample.array.softmax(axis: axis, logarithm: true)
                #expect(blockError(logSoftmax.numbers, expected.map { log($0) }) < 1e-14, "\(shape) along \(axis)")
            }
        }
    }

    private func reference(_ array: ReferenceArray, _ axis: Int) -> [Double] {
        ReferenceArray.positions(in: array.shape).map { position in
            let sum = (0..<array.shape[axis]).reduce(0.0) { sum, index in
                var other = position
                other[axis] = index
                return sum + exp(array[other] - array[position])
            }
            return 1 / sum
        }
    }

    @Test func hugeLogitsDoNotOverflow() {
        let array = NDArray([1000, 1000, -1000, 0] as [Double], shape: [4])
        #expect(array.softmax(axis: 0, logarithm: false).numbers == [0.5, 0.5, 0, 0])
        #expect(array.softmax(axis: 0, logarithm: true).numbers[2] == -2000 - log(2))
    }
}
