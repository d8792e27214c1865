import TapestryTestSupport
import Testing

@testable import TapestryArrays

/// Chains of views against plain index arithmetic.
@Suite struct ViewTests {
    @Test(arguments: 0..<300)
    func randomChainsOfViews(_ seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let rank = Int.random(in: 0...5, using: &generator)
        let shape = (0..<rank).map { _ in Int.random(in: seed % 10 == 0 ? 0...3 : 1...4, using: &generator) }
        var sample = Sample.random(shape, using: &generator)
        for _ in 0..<6 {
            let next = sample.randomView(using: &generator)
            #expect(next.array.plain == next.reference, "seed \(seed): from \(sample.shape) to \(next.shape)")
            #expect(next.array.contiguous().layout.isContiguous)
            #expect(next.array.layout.count == next.reference.elements.count)
            sample = next
        }
    }

    /// A reshape is a view exactly when some strides can express it.
    @Test(arguments: 0..<300)
    func reshapesAreViewsExactlyWhenTheyCanBe(_ seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let rank = Int.random(in: 1...4, using: &generator)
        let shape = (0..<rank).map { _ in [1, 2, 2, 3, 4].randomElement(using: &generator)! }
        var sample = Sample.random(shape, using: &generator)
        for _ in 0..<2 { sample = sample.randomView(using: &generator) }
        for target in shapes(of: sample.array.count) {
            let reshaped = sample.reshaped(to: target)
            #expect(reshaped.array.plain == reshaped.reference, "seed \(seed): \(sample.shape) to \(target)")
            let canBeView = strides(reading: sample.array.layout, as: target) != nil
            let isView = reshaped.array.sharesMemory(with: sample.array)
            #expect(isView == canBeView, "seed \(seed): \(sample.shape) \(sample.array.layout.strides) to \(target)")
        }
    }

    @Test func reshapingARowMajorArrayCopiesNothing() {
        var generator = SeededGenerator(seed: 1)
        let sample = Sample.random([4, 6, 5], using: &generator)
        #expect(sample.reshaped(to: [24, 5]).array.sharesMemory(with: sample.array))
        let rows = sample.sliced(AxisSlice(axis: 0, start: 1, count: 2))
        #expect(rows.array.layout.isContiguous)
        #expect(rows.reshaped(to: [60]).array.sharesMemory(with: sample.array))
        #expect(rows.reshaped(to: [60]).array.plain == rows.reference.reshaped(to: [60]))
    }

    @Test func aSliceOfNothingLiesInsideTheStorage() {
        var generator = SeededGenerator(seed: 2)
        let sample = Sample.random([3, 2], using: &generator)
        let empty = sample.sliced(AxisSlice(axis: 0, start: 3, count: 0))
        #expect(empty.array.pointer == sample.array.pointer)
        #expect(empty.array.plain == empty.reference)
    }

    /// Shapes of a count, up to rank 3.
    private func shapes(of count: Int) -> [[Int]] {
        let divisors = (1...Swift.max(count, 1)).filter { count % $0 == 0 }
        let pairs = divisors.map { [$0, count / $0] }
        return [[count]] + pairs
            + pairs.flatMap { pair in divisors.filter { pair[1] % $0 == 0 }.map { [pair[0], $0, pair[1] / $0] } }
    }

    /// Strides under which the elements of `layout` appear in `target`'s row-major order, if there are any: read off
    /// the first steps along each axis, and tried at every position.
    private func strides(reading layout: Layout, as target: [Int]) -> [Int]? {
        let offsets = ReferenceArray.positions(in: layout.shape).map { position in
            zip(position, layout.strides).reduce(0) { $0 + $1.0 * $1.1 }
        }
        guard !offsets.isEmpty else { return target.map { _ in 0 } }
        let steps = Layout.rowMajorStrides(of: target)
        let strides = target.indices.map { target[$0] == 1 ? 0 : offsets[steps[$0]] - offsets[0] }
        let fits = zip(ReferenceArray.positions(in: target), offsets).allSatisfy { position, offset in
            zip(position, strides).reduce(offsets[0]) { $0 + $1.0 * $1.1 } == offset
        }
        return fits ? strides : nil
    }
}

extension NDArray {
    fileprivate func sharesMemory(with other: NDArray) -> Bool { owner === other.owner }
}

extension Sample {
    /// One of the views that this sample can be seen through.
    fileprivate func randomView(using generator: inout SeededGenerator) -> Sample {
        let axis = shape.indices.randomElement(using: &generator) ?? 0
        switch Int.random(in: 0..<6, using: &generator) {
        case 0 where !shape.isEmpty:
            let step = Int.random(in: 1...3, using: &generator)
            let start = Int.random(in: 0...shape[axis], using: &generator)
            let count = (shape[axis] - start + step - 1) / step
            return sliced(AxisSlice(axis: axis, start: start, count: count, step: step))
        case 1: return permuted(shape.indices.shuffled(using: &generator))
        case 2 where shape.count < 5:
            return unsqueezed(Int.random(in: 0...shape.count, using: &generator))
        case 3 where shape.contains(1): return squeezed(shape.firstIndex(of: 1)!)
        case 4 where shape.contains(1) && reference.elements.count < 200:
            return expanded(to: shape.map { $0 == 1 ? 3 : $0 })
        case 5 where shape.count < 5 && reference.elements.count < 200: return expanded(to: [2] + shape)
        default: return reshaped(to: [reference.elements.count])
        }
    }
}
