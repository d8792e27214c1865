/// The loops over the elements of up to four operands of one shape, made as few and as long as possible.
///
/// Axes of extent 1 are dropped, and neighbouring axes become one where every operand steps through them evenly.
/// The two innermost are the kernel's; the rest are walked here.
struct LoopNest {
    struct Axis {
        var extent: Int
        /// One stride, in elements, for each operand.
        var strides: SIMD4<Int>
    }

    private(set) var rows = Axis(extent: 1, strides: .zero)
    private(set) var columns = Axis(extent: 1, strides: .zero)
    /// The axes around these two, outermost last.
    private var outer: [Axis] = []
    private var isEmpty = false

    /// - Parameter strides: the strides of operand k along an axis, in lane k.
    @inline(__always)
    init(shape: [Int], strides: (Int) -> SIMD4<Int>) {
        var axis = shape.count - 1
        while axis >= 0 {
            let extent = shape[axis]
            if extent == 0 { isEmpty = true }
            if extent != 1 { append(Axis(extent: extent, strides: strides(axis))) }
            axis -= 1
        }
    }

    /// The loops over the elements of a result, to whose shape up to three operands are broadcast.
    @inline(__always)
    init(_ result: Layout, _ a: Layout, _ b: Layout? = nil, _ c: Layout? = nil) {
        let rank = result.rank
        self.init(shape: result.shape) { axis in
            SIMD4(
                result.strides[axis], a.broadcastStride(alongAxis: axis, ofRank: rank),
                b?.broadcastStride(alongAxis: axis, ofRank: rank) ?? 0,
                c?.broadcastStride(alongAxis: axis, ofRank: rank) ?? 0)
        }
    }

    /// Adds the next axis outward.
    private mutating func append(_ axis: Axis) {
        if columns.extent == 1 {
            columns = axis
        } else if rows.extent == 1 {
            if !LoopNest.merge(axis, into: &columns) { rows = axis }
        } else if outer.isEmpty {
            if !LoopNest.merge(axis, into: &rows) { outer.append(axis) }
        } else if !LoopNest.merge(axis, into: &outer[outer.count - 1]) {
            outer.append(axis)
        }
    }

    /// Makes two neighbouring axes one, if every operand steps through them evenly.
    static func merge(_ axis: Axis, into inner: inout Axis) -> Bool {
        guard axis.strides == inner.strides &* SIMD4(repeating: inner.extent) else { return false }
        inner.extent *= axis.extent
        return true
    }

    /// Calls `body` for each plane of rows × columns with the operands' offsets, in elements, of its first element.
    func forEachPlane(_ body: (SIMD4<Int>) -> Void) {
        if isEmpty { return }
        if outer.isEmpty { return body(.zero) }
        var position = [Int](repeating: 0, count: outer.count)
        var offsets = SIMD4<Int>.zero
        while true {
            body(offsets)
            var axis = 0
            while true {
                position[axis] += 1
                offsets &+= outer[axis].strides
                if position[axis] < outer[axis].extent { break }
                offsets &-= outer[axis].strides &* SIMD4(repeating: outer[axis].extent)
                position[axis] = 0
                axis += 1
                if axis == outer.count { return }
            }
        }
    }
}
