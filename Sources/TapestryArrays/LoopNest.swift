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

    private(set) var outer: [Axis] = []
    private(set) var rows = Axis(extent: 1, strides: .zero)
    private(set) var columns = Axis(extent: 1, strides: .zero)
    private var isEmpty = false

    /// - Parameter strides: the strides of operand k along an axis, in lane k.
    init(shape: [Int], strides: (Int) -> SIMD4<Int>) {
        for axis in shape.indices {
            let extent = shape[axis]
            if extent == 0 { isEmpty = true }
            if extent == 1 { continue }
            let next = Axis(extent: extent, strides: strides(axis))
            if outer.isEmpty {
                outer.append(next)
            } else if outer[outer.count - 1].strides == next.strides &* SIMD4(repeating: extent) {
                outer[outer.count - 1].extent *= extent
                outer[outer.count - 1].strides = next.strides
            } else {
                outer.append(next)
            }
        }
        if let last = outer.popLast() { columns = last }
        if let last = outer.popLast() { rows = last }
    }

    /// Calls `body` for each plane of rows × columns with the operands' offsets, in elements, of its first element.
    func forEachPlane(_ body: (SIMD4<Int>) -> Void) {
        if isEmpty { return }
        if outer.isEmpty { return body(.zero) }
        var position = [Int](repeating: 0, count: outer.count)
        var offsets = SIMD4<Int>.zero
        while true {
            body(offsets)
            var axis = outer.count - 1
            while true {
                position[axis] += 1
                offsets &+= outer[axis].strides
                if position[axis] < outer[axis].extent { break }
                offsets &-= outer[axis].strides &* SIMD4(repeating: outer[axis].extent)
                position[axis] = 0
                axis -= 1
                if axis < 0 { return }
            }
        }
    }
}
