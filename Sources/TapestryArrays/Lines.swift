/// The lines of up to four operands along one axis: where, in elements, each of them begins.
///
/// What treats a whole line at once (sorting, running sums) visits lines instead of elements. A line belongs to one
/// thread, so no result depends on the number of threads.
struct Lines {
    let count: Int
    /// The other axes, innermost first.
    private let axes: [LoopNest.Axis]

    /// - Parameter strides: the strides of operand k along an axis, in lane k.
    init(shape: [Int], along axis: Int, strides: (Int) -> SIMD4<Int>) {
        axes = shape.indices.reversed().filter { $0 != axis && shape[$0] != 1 }
            .map { LoopNest.Axis(extent: shape[$0], strides: strides($0)) }
        count = axes.reduce(1) { $0 * $1.extent }
    }

    /// Calls `body` with the operands' offsets of every line, split between threads by the work that a line of
    /// `length` elements is.
    func forEach(length: Int, _ body: (SIMD4<Int>) -> Void) {
        Parallel.forEachRange(of: count, grain: Swift.max(1, Lines.grain / Swift.max(length, 1))) { range in
            visit(range, body)
        }
    }

    /// Elements that one thread should have at least, before work is split.
    private static let grain = 1 << 13

    private func visit(_ range: Range<Int>, _ body: (SIMD4<Int>) -> Void) {
        if range.isEmpty { return }
        var position = [Int](repeating: 0, count: axes.count)
        var offsets = SIMD4<Int>.zero
        var rest = range.lowerBound
        for (axis, loop) in axes.enumerated() {
            position[axis] = rest % loop.extent
            rest /= loop.extent
            offsets &+= loop.strides &* SIMD4(repeating: position[axis])
        }
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
