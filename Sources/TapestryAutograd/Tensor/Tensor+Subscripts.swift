import TapestryArrays

/// What may stand in a tensor's subscript, one for each axis: a position (negative ones count from the end), a
/// range, or a `stride(from:to:by:)` with a positive step.
public protocol TensorSubscript {
    /// The positions that this subscript names on an axis, and whether the axis is dropped.
    func positions(onAxis axis: Int, of shape: [Int]) -> (start: Int, count: Int, step: Int, dropsAxis: Bool)
}

extension Tensor {
    /// A view of part of the tensor: `x[0]`, `x[1..<3, 2]`, `x[0..., stride(from: 0, to: 10, by: 2)]`. Axes without
    /// a subscript are taken whole. Traps on positions outside of the shape.
    public subscript(_ subscripts: any TensorSubscript...) -> Tensor {
        if subscripts.count > rank {
            trap("subscript", "\(subscripts.count) subscripts for a tensor of shape \(shape), which has \(rank) axes")
        }
        var result = value
        var axis = 0
        for (position, part) in subscripts.enumerated() {
            let (start, count, step, dropsAxis) = part.positions(onAxis: position, of: shape)
            if dropsAxis || count != shape[position] || step != 1 {
                let slice = AxisSlice(axis: axis, start: start, count: count, step: step)
                result = result.sliced(slice, droppingAxis: dropsAxis)
            }
            if !dropsAxis { axis += 1 }
        }
        return Tensor(result)
    }
}

private func checked(
    _ range: Range<Int>, step: Int = 1, onAxis axis: Int, of shape: [Int]
) -> (start: Int, count: Int, step: Int, dropsAxis: Bool) {
    if range.lowerBound < 0 || range.upperBound > shape[axis] {
        trap("subscript", "range \(range) is outside axis \(axis) of shape \(shape)")
    }
    if step < 1 { trap("subscript", "step \(step) on axis \(axis) is not positive") }
    return (range.lowerBound, (range.count + step - 1) / step, step, false)
}

extension Int: TensorSubscript {
    public func positions(onAxis axis: Int, of shape: [Int]) -> (start: Int, count: Int, step: Int, dropsAxis: Bool) {
        let position = self < 0 ? self + shape[axis] : self
        if position < 0 || position >= shape[axis] {
            trap("subscript", "position \(self) is outside axis \(axis) of shape \(shape)")
        }
        return (position, 1, 1, true)
    }
}

extension Range: TensorSubscript where Bound == Int {
    public func positions(onAxis axis: Int, of shape: [Int]) -> (start: Int, count: Int, step: Int, dropsAxis: Bool) {
        checked(self, onAxis: axis, of: shape)
    }
}

extension ClosedRange: TensorSubscript where Bound == Int {
    public func positions(onAxis axis: Int, of shape: [Int]) -> (start: Int, count: Int, step: Int, dropsAxis: Bool) {
        checked(lowerBound..<(upperBound + 1), onAxis: axis, of: shape)
    }
}

extension PartialRangeFrom: TensorSubscript where Bound == Int {
    public func positions(onAxis axis: Int, of shape: [Int]) -> (start: Int, count: Int, step: Int, dropsAxis: Bool) {
        let start = lowerBound < 0 ? lowerBound + shape[axis] : lowerBound
        if start > shape[axis] { trap("subscript", "range \(self) is outside axis \(axis) of shape \(shape)") }
        return checked(start..<shape[axis], onAxis: axis, of: shape)
    }
}

extension PartialRangeUpTo: TensorSubscript where Bound == Int {
    public func positions(onAxis axis: Int, of shape: [Int]) -> (start: Int, count: Int, step: Int, dropsAxis: Bool) {
        let end = upperBound < 0 ? upperBound + shape[axis] : upperBound
        if end < 0 { trap("subscript", "range \(self) is outside axis \(axis) of shape \(shape)") }
        return checked(0..<end, onAxis: axis, of: shape)
    }
}

extension PartialRangeThrough: TensorSubscript where Bound == Int {
    public func positions(onAxis axis: Int, of shape: [Int]) -> (start: Int, count: Int, step: Int, dropsAxis: Bool) {
        let last = upperBound < 0 ? upperBound + shape[axis] : upperBound
        if last < -1 { trap("subscript", "range \(self) is outside axis \(axis) of shape \(shape)") }
        return checked(0..<(last + 1), onAxis: axis, of: shape)
    }
}

extension StrideTo: TensorSubscript where Element == Int {
    public func positions(onAxis axis: Int, of shape: [Int]) -> (start: Int, count: Int, step: Int, dropsAxis: Bool) {
        strided(Array(self), onAxis: axis, of: shape)
    }
}

extension StrideThrough: TensorSubscript where Element == Int {
    public func positions(onAxis axis: Int, of shape: [Int]) -> (start: Int, count: Int, step: Int, dropsAxis: Bool) {
        strided(Array(self), onAxis: axis, of: shape)
    }
}

private func strided(
    _ positions: [Int], onAxis axis: Int, of shape: [Int]
) -> (start: Int, count: Int, step: Int, dropsAxis: Bool) {
    guard let first = positions.first, let last = positions.last else { return (0, 0, 1, false) }
    let step = positions.count > 1 ? positions[1] - first : 1
    return checked(first..<Swift.max(last + 1, first), step: step, onAxis: axis, of: shape)
}
