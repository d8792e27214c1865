import TapestryTestSupport
import Testing

@testable import TapestryArrays

private let shapes: [[Int]] = [[7], [1], [3, 4], [4, 3], [2, 3, 4], [0, 3], [2, 1, 3]]

@Suite struct PositionTests {
    private func position(of line: [Double], maximum: Bool) -> Double {
        if let nan = line.firstIndex(where: \.isNaN) { return Double(nan) }
        let best = maximum ? line.max()! : line.min()!
        return Double(line.firstIndex(of: best)!)
    }

    @Test(arguments: shapes, [ElementType.float32, .float64, .int32])
    func argReductions(_ shape: [Int], _ type: ElementType) {
        var generator = SeededGenerator(seed: 1)
        let numbers = type == .int32 ? [-2, -1, 0, 0, 3, 3] : Sample.edgeNumbers + [4, 5, 6, 7]
        for sample in Sample.inAllLayouts(shape, type, from: numbers, using: &generator) {
            for axis in shape.indices where shape[axis] > 0 {
                for maximum in [false, true] {
                    let expected = sample.reference.mapLines(axis) { [position(of: $0, maximum: maximum)] }
                    let kept = sample.array.argReduced(maximum: maximum, axis: axis, keepingAxis: true)
                    #expect(kept.elementType == .int32)
                    #expect(kept.plain.elements == expected.elements, "\(shape) along \(axis)")
                    #expect(kept.shape == shape.replacing(axis, by: 1))
                    let dropped = sample.array.argReduced(maximum: maximum, axis: axis - shape.count)
                    #expect(dropped.numbers == kept.numbers && dropped.rank == shape.count - 1)
                }
            }
        }
    }

    @Test func positionsOfNothing() {
        #expect(NDArray([] as [Float], shape: [0, 0]).argReduced(maximum: true, axis: 0).shape == [0])
    }

    @Test(arguments: shapes + [[], [2, 2, 2, 2]])
    func anyAndAll(_ shape: [Int]) {
        var generator = SeededGenerator(seed: 2)
        for numbers in [[0, 0, 0, 1], [1, 1, 1, 0]] as [[Double]] {
            for sample in Sample.inAllLayouts(shape, .bool, from: numbers, using: &generator) {
                for subset in 0..<(1 << shape.count) {
                    let axes = shape.indices.filter { subset & (1 << $0) != 0 }
                    let any = axes.reduce(sample.reference) { array, axis in
                        array.mapLines(axis) { [$0.contains(1) ? 1 : 0] }
                    }
                    let all = axes.reduce(sample.reference) { array, axis in
                        array.mapLines(axis) { [$0.contains(0) ? 0 : 1] }
                    }
                    if sample.reference.elements.isEmpty { continue }
                    #expect(sample.array.anyTrue(over: axes, keepingAxes: true).plain == any)
                    #expect(sample.array.allTrue(over: axes, keepingAxes: true).plain == all)
                    #expect(sample.array.allTrue(over: axes).numbers == all.elements)
                }
            }
        }
        let none = NDArray([] as [Bool], shape: [2, 0])
        #expect(none.anyTrue(over: [1]).numbers == [0, 0] && none.allTrue(over: [1]).numbers == [1, 1])
        #expect(none.anyTrue().shape == [] && none.anyTrue().numbers == [0])
    }
}

@Suite struct SortingTests {
    /// Positions in order, by a comparison written out: NaN after every number, equal elements in their own order.
    private func order(_ line: [Double], descending: Bool) -> [Int] {
        func isLess(_ a: Double, _ b: Double) -> Bool { a < b || !a.isNaN && b.isNaN }
        return line.indices.sorted { left, right in
            let (a, b) = descending ? (line[right], line[left]) : (line[left], line[right])
            return isLess(a, b) || !isLess(b, a) && left < right
        }
    }

    @Test(arguments: shapes + [[40, 3], [3, 70], [1200]], [ElementType.float32, .float64, .int32])
    func alongEveryAxis(_ shape: [Int], _ type: ElementType) {
        var generator = SeededGenerator(seed: 1)
        let numbers = type == .int32 ? [Double(Int32.min), -1, 0, 0, 3, Double(Int32.max)] : Sample.edgeNumbers
        for sample in Sample.inAllLayouts(shape, type, from: numbers, using: &generator) {
            for axis in shape.indices {
                for descending in [false, true] {
                    let indices = sample.reference.mapLines(axis) {
                        order($0, descending: descending).map { Double($0) }
                    }
                    let sorted = sample.array.argSorted(axis: axis, descending: descending)
                    #expect(sorted.plain == indices, "\(shape) along \(axis)")
                    for k in Set([0, 1, shape[axis] / 9, shape[axis] / 2, shape[axis]]) where k <= shape[axis] {
                        let part =
                            descending
                            ? sample.array.argLargest(k, axis: axis) : sample.array.argSmallest(k, axis: axis)
                        #expect(part.plain == sorted.sliced(AxisSlice(axis: axis, start: 0, count: k)).plain)
                    }
                }
            }
        }
    }

    /// −0 and 0 are equal.
    @Test func zerosKeepTheirOrder() {
        let array = NDArray([0, -0.0, 0, -1] as [Float], shape: [4])
        #expect(array.argSorted(axis: 0).numbers == [3, 0, 1, 2])
    }

    @Test(arguments: [ElementType.float32, .float64, .int32])
    func searching(_ type: ElementType) {
        var generator = SeededGenerator(seed: 2)
        let numbers = type == .int32 ? [-2, -1, 0, 0, 3, 5] : Sample.edgeNumbers
        func count(_ line: [Double], _ value: Double, _ right: Bool) -> Double {
            func isLess(_ a: Double, _ b: Double) -> Bool { a < b || !a.isNaN && b.isNaN }
            return Double(line.filter { right ? !isLess(value, $0) : isLess($0, value) }.count)
        }
        for (sequenceShape, valueShape) in [
            ([6], [3, 4]), ([5], []), ([1], [4]), ([0], [2]), ([2, 9], [2, 4]), ([2, 3, 5], [2, 3, 4]),
            ([2, 0], [2, 3]),
        ] as [([Int], [Int])] {
            for unsorted in Sample.inAllLayouts(sequenceShape, type, from: numbers, using: &generator) {
                let order = unsorted.array.argSorted(axis: -1)
                let sequence = unsorted.array.gathered(axis: -1, indices: order)
                // The sorted sequence in a layout that is not contiguous.
                let spread = NDArray(repeating: 0, shape: sequenceShape + [2], type)
                let view = spread.viewed(
                    Layout(shape: sequenceShape, strides: Array(spread.layout.strides.dropLast())))
                view.assign(sequence)
                let plain = sequence.plain
                for values in Sample.inAllLayouts(valueShape, type, from: numbers, using: &generator) {
                    for right in [false, true] {
                        let expected = ReferenceArray(shape: valueShape) { position in
                            let row = sequenceShape.count == 1 ? [] : Array(position.dropLast())
                            let line = (0..<sequenceShape.last!).map { plain[row + [$0]] }
                            return count(line, values.reference[position], right)
                        }
                        #expect(NDArray.searchSorted(sequence, values.array, right: right).plain == expected)
                        #expect(NDArray.searchSorted(view, values.array, right: right).plain == expected)
                    }
                }
            }
        }
    }

    @Test func doesNotDependOnThreads() async {
        await #expect(processExitsWith: .success) {
            var generator = SeededGenerator(seed: 3)
            let array = NDArray(generator.numbers(300 * 400).map { Float($0) }, shape: [20, 15, 400])
            for axis in 0..<3 {
                Parallel.threadCount = 1
                let expected = array.argSorted(axis: axis)
                let running = array.running(.sum, axis: axis)
                for threads in [2, 3] {
                    Parallel.threadCount = threads
                    #expect(array.argSorted(axis: axis).hasSameElements(as: expected))
                    #expect(array.running(.sum, axis: axis).hasSameElements(as: running))
                }
            }
        }
    }
}
