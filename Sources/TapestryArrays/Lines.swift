/// The lines of up to four operands along one axis: where, in elements, each of them begins.
///
/// What treats a whole line at once (sorting, running sums) visits lines instead of elements. A line belongs to one
/// thread, so no result depends on the number of threads.
struct Lines {
    let count: Int
    /// The other axes, innermost first; one where every operand steps through neighbours evenly.
    private let axes: [LoopNest.Axis]

    /// - Parameter strides: the strides of operand k along an axis, in lane k.
    init(shape: [Int], along axis: Int, strides: (Int) -> SIMD4<Int>) {
        var axes: [LoopNest.Axis] = []
        for other in shape.indices.reversed() where other != axis && shape[other] != 1 {
            let next = LoopNest.Axis(extent: shape[other], strides: strides(other))
            if axes.isEmpty || !LoopNest.merge(next, into: &axes[axes.count - 1]) { axes.append(next) }
        }
        self.axes = axes
        count = axes.reduce(1) { $0 * $1.extent }
    }

    /// Calls `body` with the operands' offsets of every line, split between threads by the work that a line of
    /// `length` elements is.
    func forEach(length: Int, _ body: (SIMD4<Int>) -> Void) {
        forEachRange(length: length) { visit($0, body) }
    }

    /// Calls `body` with blocks of lines that are to be gone along together, split between threads in the same way: the
    /// operands' offsets of the first line, the steps from each line to the next, and how many there are.
    ///
    /// Where lines lie closer together than the elements of each, a block finds the neighbours of every element in the
    /// cache, and so it does where they are one element long. Otherwise it is a single line: many would be in each
    /// other's way in the cache.
    ///
    /// - Parameters:
    ///   - step: the stride of operand 0 along a line.
    ///   - width: the greatest number of lines of a block.
    func forEachBlock(
        length: Int, step: Int, width: Int = 32,
        _ body: (_ start: SIMD4<Int>, _ steps: SIMD4<Int>, _ count: Int) -> Void
    ) {
        let (extent, steps) = axes.first.map { ($0.extent, $0.strides) } ?? (1, .zero)
        let width = length == 1 || Swift.abs(steps[0]) < Swift.abs(step) ? width : 1
        forEachRange(length: length) { range in
            var line = range.lowerBound
            while line < range.upperBound {
                let count = Swift.min(width, extent - line % extent, range.upperBound - line)
                body(offsets(of: line), steps, count)
                line += count
            }
        }
    }

    private func forEachRange(length: Int, _ body: (Range<Int>) -> Void) {
        Parallel.forEachRange(of: count, grain: Swift.max(1, Lines.grain / Swift.max(length, 1)), body)
    }

    /// Elements that one thread should have at least, before work is split.
    private static let grain = 1 << 13

    private func offsets(of line: Int) -> SIMD4<Int> {
        var (rest, offsets) = (line, SIMD4<Int>.zero)
        for loop in axes {
            offsets &+= loop.strides &* SIMD4(repeating: rest % loop.extent)
            rest /= loop.extent
        }
        return offsets
    }

    private func visit(_ range: Range<Int>, _ body: (SIMD4<Int>) -> Void) {
        if range.isEmpty { return }
        var position = [Int](repeating: 0, count: axes.count)
        var rest = range.lowerBound
        for (axis, loop) in axes.enumerated() {
            position[axis] = rest % loop.extent
            rest /= loop.extent
        }
        var offsets = offsets(of: range.lowerBound)
        for _ in range {
            body(offsets)
            for (axis, loop) in axes.enumerated() {
                position[axis] += 1
                offsets &+= loop.strides
                if position[axis] < loop.extent { break }
                offsets &-= loop.strides &* SIMD4(repeating: loop.extent)
                position[axis] = 0
            }
        }
    }
}
