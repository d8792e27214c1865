import Foundation
import TapestryTestSupport
import Testing

@testable import TapestryArrays

@Suite struct RunningTests {
    private func reduce(_ reduction: RunningReduction, _ numbers: [Double]) -> Double {
        switch reduction {
        case .sum: return numbers.reduce(0, +)
        case .logSumExp:
            if numbers.contains(where: \.isNaN) { return .nan }
            let greatest = numbers.max()!
            if greatest.isInfinite { return greatest }
            return greatest + log(numbers.reduce(0) { $0 + exp($1 - greatest) })
        case .logOdds:
            let (x, before) = (numbers.last!, numbers.dropLast())
            if numbers.contains(where: \.isNaN) { return .nan }
            let greatest = before.max() ?? -.infinity
            // Equal infinities are as good as equal numbers.
            if greatest == x { return log(before.reduce(0) { $0 + ($1 == greatest ? 1 : exp($1 - greatest)) }) }
            if greatest.isInfinite || x.isInfinite { return greatest > x ? .infinity : -.infinity }
            return greatest - x + log(before.reduce(0) { $0 + exp($1 - greatest) })
        }
    }

    private static let shapes: [[Int]] = [[9], [1], [3, 4], [2, 3, 4], [0, 3], [2, 0], [2, 1, 3]]

    private static let choices: [[Double]] = [
        Sample.edgeNumbers, [-.infinity, -.infinity, 0, 1], [-7, -0.25, 0.5, 1, 30], [.infinity, 2],
    ]

    @Test(arguments: shapes, [ElementType.float32, .float64])
    func floats(_ shape: [Int], _ type: ElementType) {
        var generator = SeededGenerator(seed: 1)
        for numbers in Self.choices {
            for sample in Sample.inAllLayouts(shape, type, from: numbers, using: &generator) {
                for axis in shape.indices {
                    for reduction in RunningReduction.allCases {
                        let forward = sample.reference.mapLines(axis) { line in
                            line.indices.map { reduce(reduction, Array(line[...$0])) }
                        }
                        let backward = sample.reference.mapLines(axis) { line in
                            line.indices.map { reduce(reduction, line[$0...].reversed()) }
                        }
                        let tolerance = type == .float32 ? 1e-6 : 1e-14
                        for (reversed, expected) in [(false, forward), (true, backward)] {
                            let result = sample.array.running(reduction, axis: axis, reversed: reversed)
                            #expect(result.elementType == type && result.shape == shape)
                            #expect(
                                blockError(result.numbers, expected.elements, floor: 1e-3) < tolerance,
                                "\(reduction) of \(shape) along \(axis), reversed: \(reversed)")
                        }
                    }
                }
            }
        }
    }

    @Test(arguments: shapes)
    func integers(_ shape: [Int]) {
        var generator = SeededGenerator(seed: 2)
        for sample in Sample.inAllLayouts(shape, .int32, in: -3...3, using: &generator) {
            for axis in shape.indices {
                let expected = sample.reference.mapLines(axis) { line in
                    line.indices.map { reduce(.sum, Array(line[...$0])) }
                }
                #expect(sample.array.running(.sum, axis: axis).plain == expected)
            }
        }
        let overflowing = NDArray([Int32.max, 1, 2] as [Int32], shape: [3])
        #expect(overflowing.running(.sum, axis: 0).elements(as: Int32.self) == [.max, .min, .min + 2])
    }

    @Test(arguments: shapes, [ElementType.float32, .float64, .int32])
    func positions(_ shape: [Int], _ type: ElementType) {
        var generator = SeededGenerator(seed: 3)
        let numbers = type == .int32 ? [-2, -1, 0, 0, 3, Double(Int32.min)] : Sample.edgeNumbers + [4, 5, 6, 7]
        for sample in Sample.inAllLayouts(shape, type, from: numbers, using: &generator) {
            for axis in shape.indices {
                for maximum in [false, true] {
                    let expected = sample.reference.mapLines(axis) { line in
                        line.indices.map { end in
                            let part = line[...end]
                            let best = maximum ? part.max()! : part.min()!
                            return Double(part.firstIndex(where: \.isNaN) ?? part.firstIndex(of: best)!)
                        }
                    }
                    let positions = sample.array.runningPositions(maximum: maximum, axis: axis)
                    #expect(positions.elementType == .int32 && positions.plain == expected, "\(shape) along \(axis)")
                }
            }
        }
    }

    /// More lines than are taken at once, on either side of an axis.
    @Test func manyLinesBesideEachOther() {
        var generator = SeededGenerator(seed: 4)
        let array = NDArray(generator.numbers(3 * 5 * 77), shape: [3, 5, 77])
        for axis in 0..<3 {
            let last = array.viewed(array.layout.permuted([0, 1, 2].filter { $0 != axis } + [axis])).contiguous()
            var back = [0, 1]
            back.insert(2, at: axis)
            func moved(_ array: NDArray) -> NDArray { array.viewed(array.layout.permuted(back)) }
            for reversed in [false, true] {
                for reduction in RunningReduction.allCases {
                    let expected = moved(last.running(reduction, axis: 2, reversed: reversed))
                    #expect(array.running(reduction, axis: axis, reversed: reversed).hasSameElements(as: expected))
                }
                let expected = moved(LinearRecurrence(axis: 2, reversed: reversed).values(last, last))
                let recurrence = LinearRecurrence(axis: axis, reversed: reversed).values(array, array)
                #expect(recurrence.hasSameElements(as: expected))
            }
            #expect(
                array.runningPositions(maximum: true, axis: axis)
                    .hasSameElements(as: moved(last.runningPositions(maximum: true, axis: 2))))
        }
    }

    /// Far along a line a sum keeps its digits: one after the other, the last would be off by 958 in float and by 1e-6
    /// in double.
    @Test func longSumsKeepTheirDigits() {
        let count = 1_000_000
        let floats = NDArray([Float](repeating: 0.1, count: count), shape: [count]).running(.sum, axis: 0)
        for position in [999, 99_999, count - 1] {
            let exact = Double(position + 1) * Double(Float(0.1))
            #expect(floats.elements(as: Float.self)[position] == Float(exact))
        }
        let doubles = NDArray([Double](repeating: 0.1, count: count), shape: [count]).running(.sum, axis: 0)
        #expect((doubles.elements(as: Double.self)[count - 1] - 100_000).magnitude < 2e-11)
    }

    /// The odds of equal elements are whole numbers wherever they lie, which the difference of rounded sums is not.
    @Test func logOddsOfEqualElements() {
        for offset in [0, 1e6, 1e15, -1e300] {
            let odds = NDArray([Double](repeating: offset, count: 4), shape: [4]).running(.logOdds, axis: 0).numbers
            #expect(odds == [-.infinity, 0, log(2), log(3)], "\(offset)")
        }
    }

    /// A slow rise has a new greatest element at every step, and a wide one overflows without a reference.
    @Test func logSumExpIsStable() {
        let rising = (0..<100_000).map { 1000 + Double($0) * 1e-4 }
        let result = NDArray(rising, shape: [rising.count]).running(.logSumExp, axis: 0).numbers
        // A geometric series.
        for position in [0, 1, 999, 99_999] {
            let exact = 1000 + log(expm1(Double(position + 1) * 1e-4) / expm1(1e-4))
            #expect((result[position] - exact).magnitude < 1e-12)
        }
        let wide = NDArray([-1e300, 1e300, 0, 1e300], shape: [4]).running(.logSumExp, axis: 0).numbers
        #expect(wide == [-1e300, 1e300, 1e300, 1e300])
        let huge = NDArray([800, 800] as [Float], shape: [2]).running(.logSumExp, axis: 0).elements(as: Float.self)
        #expect(huge == [800, Float(800 + log(2.0))])
    }
}
