import TapestryArrays

/// What may stand in a tensor's subscript: for one axis each a position, a range, or a `stride(from:to:by:)`, with a
/// negative step too; besides, `.newAxis` and `.ellipsis`.
///
/// Positions and the bounds of one-sided ranges may be negative and then count from the end: `x[-1]` is the last,
/// `x[(-2)...]` are the last two, and `x[..<(-1)]` are all but the last. Two-sided ranges and strides take positions
/// from 0 on only: in `x[-2..<0]` the upper bound would have to mean the end and the start at once.
public protocol TensorSubscript {
    /// The positions that this subscript names on an axis, and whether the axis is dropped. For tensors alone; the
    /// underscore keeps it out of sight on the standard library's types.
    func _positions(onAxis axis: Int, of shape: [Int]) -> (start: Int, count: Int, step: Int, dropsAxis: Bool)
    /// Which marker this is, if it is one instead of a subscript of an axis.
    var _marker: TensorSubscriptMarker? { get }
}

extension TensorSubscript {
    /// Not a marker.
    public var _marker: TensorSubscriptMarker? { nil }
}

/// What stands in a tensor's subscript without naming positions on an axis.
public struct TensorSubscriptMarker: TensorSubscript {
    enum Kind { case newAxis, ellipsis }

    let kind: Kind

    /// Itself.
    public var _marker: TensorSubscriptMarker? { self }

    /// A marker is on no axis.
    public func _positions(onAxis axis: Int, of shape: [Int]) -> (start: Int, count: Int, step: Int, dropsAxis: Bool) {
        trap("subscript", ".\(kind) has no positions")
    }
}

extension TensorSubscript where Self == TensorSubscriptMarker {
    /// An axis of extent 1 in this place of the result: `x[.newAxis, 0]`, `x[0..., .newAxis]`.
    public static var newAxis: TensorSubscriptMarker { TensorSubscriptMarker(kind: .newAxis) }
    /// All axes that the other subscripts leave, taken whole: `x[.ellipsis, 0]` is the first position of the last axis.
    /// At most one in a subscript.
    public static var ellipsis: TensorSubscriptMarker { TensorSubscriptMarker(kind: .ellipsis) }
}

extension Tensor {
    /// A view of part of the tensor: `x[0]`, `x[1..<3, 2]`, `x[0..., stride(from: 0, to: 10, by: 2)]`,
    /// `x[.ellipsis, 0]`, `x[.newAxis, 0]`. Axes without a subscript are taken whole. Traps on positions outside of the
    /// shape, on more subscripts than axes, and on a second ellipsis. (A stride's step is never 0.)
    ///
    /// Assigning replaces the part by a tensor that is broadcast to its shape: `x[1..<3, 0] = y`. It is differentiable
    /// in both: the replaced part of x gets the cotangent zero, and y gets the part's. Each assignment makes a new
    /// tensor, at the cost of a copy.
    public subscript(_ subscripts: any TensorSubscript...) -> Tensor {
        get { part(at: subscripts) }
        set { replacePart(at: subscripts, by: newValue) }
    }

    /// The same with an ellipsis in front: `x[..., 0]`. (In other places `...` would need to be a value, which it is
    /// not in Swift: write `.ellipsis` there.)
    public subscript(_ ellipsis: UnboundedRange, _ subscripts: any TensorSubscript...) -> Tensor {
        get { part(at: [.ellipsis] + subscripts) }
        set { replacePart(at: [.ellipsis] + subscripts, by: newValue) }
    }

    private func part(at subscripts: [any TensorSubscript]) -> Tensor {
        let (slices, newAxes) = slices(subscripts)
        var result = value
        var droppedCount = 0
        for (slice, dropsAxis) in slices {
            if dropsAxis || slice.count != shape[slice.axis] || slice.step != 1 {
                var slice = slice
                slice.axis -= droppedCount
                result = result.sliced(slice, droppingAxis: dropsAxis)
            }
            if dropsAxis { droppedCount += 1 }
        }
        return Tensor(newAxes.isEmpty ? result : result.unsqueezed(newAxes))
    }

    private mutating func replacePart(at subscripts: [any TensorSubscript], by newValue: Tensor) {
        let (parts, newAxes) = slices(subscripts)
        var whole = shape
        for (slice, _) in parts { whole[slice.axis] = slice.count }
        let dropped = parts.filter(\.dropsAxis).map(\.slice.axis)
        var part = whole.indices.filter { !dropped.contains($0) }.map { whole[$0] }
        for axis in newAxes { part.insert(1, at: axis) }
        if !newValue.value.layout.fits(part) {
            trap("subscript", "a tensor of shape \(newValue.shape) cannot be broadcast to the part of shape \(part)")
        }
        let replacement = newValue.value.expanded(to: part).reshaped(to: whole)
        self = Tensor(value.replacing(parts.map(\.slice)[...], by: replacement))
    }

    /// A slice for each axis that has a subscript, and where new axes are in the result, in ascending order.
    private func slices(
        _ subscripts: [any TensorSubscript]
    ) -> (slices: [(slice: AxisSlice, dropsAxis: Bool)], newAxes: [Int]) {
        var slices: [(slice: AxisSlice, dropsAxis: Bool)] = []
        slices.reserveCapacity(subscripts.count)
        var newAxes: [Int] = []
        var (axis, resultAxis) = (0, 0)
        var hasEllipsis = false
        for (number, part) in subscripts.enumerated() {
            switch part._marker?.kind {
            case .newAxis:
                newAxes.append(resultAxis)
                resultAxis += 1
            case .ellipsis:
                if hasEllipsis { trap("subscript", "two ellipses: which axes each of them stands for is open") }
                hasEllipsis = true
                let followingCount = subscripts[(number + 1)...].count { $0._marker == nil }
                let skippedCount = rank - axis - followingCount
                if skippedCount < 0 { trapTooManySubscripts(axis + followingCount) }
                axis += skippedCount
                resultAxis += skippedCount
            case nil:
                if axis == rank { trapTooManySubscripts(subscripts.count { $0._marker == nil }) }
                let (start, count, step, dropsAxis) = part._positions(onAxis: axis, of: shape)
                slices.append((AxisSlice(axis: axis, start: start, count: count, step: step), dropsAxis))
                axis += 1
                if !dropsAxis { resultAxis += 1 }
            }
        }
        return (slices, newAxes)
    }

    private func trapTooManySubscripts(_ count: Int) -> Never {
        trap("subscript", "\(count) subscripts for a tensor of shape \(shape), which has \(rank) axes")
    }
}

extension Value {
    /// This value with another one in the place of slices of different axes.
    fileprivate func replacing(_ slices: ArraySlice<AxisSlice>, by part: Value) -> Value {
        guard let slice = slices.first else { return part }
        if slice.count == 0 { return self }
        let (axis, extent) = (slice.axis, shape[slice.axis])
        let changed = sliced(slice).replacing(slices.dropFirst(), by: part)
        if slice.count == extent && slice.step == 1 { return changed }
        if slice.count == 1 || slice.step == 1 {
            let end = slice.start + slice.count
            let before = sliced(AxisSlice(axis: axis, start: 0, count: slice.start))
            let after = sliced(AxisSlice(axis: axis, start: end, count: extent - end))
            return .concatenated([before, changed, after], axis: axis)
        }
        // Every position takes its own element, or one of those that follow.
        var sources = Array(0..<Int32(extent))
        for index in 0..<slice.count { sources[slice.start + index * slice.step] = Int32(extent + index) }
        return Value.concatenated([self, changed], axis: axis).taken(axis: axis, Tensor<Int32>(sources).value)
    }
}

/// `lower ..< upper` on an axis, whose bounds have been counted from the start; `text` is the range as it was written.
private func range(
    from lower: Int, to upper: Int, _ text: @autoclosure () -> String, onAxis axis: Int, of shape: [Int]
) -> (start: Int, count: Int, step: Int, dropsAxis: Bool) {
    if lower < 0 || upper < lower || upper > shape[axis] {
        trap("subscript", "range \(text()) is outside axis \(axis) of shape \(shape)")
    }
    return (lower, upper - lower, 1, false)
}

/// A negative position or bound counts from the end.
private func fromStart(_ position: Int, _ extent: Int) -> Int { position < 0 ? position + extent : position }

/// The end of a range through a position; the last integer, which lies outside of any axis, has none after it.
private func after(_ position: Int) -> Int { position == .max ? position : position + 1 }

/// Of a two-sided range, whose bounds do not count from the end.
private func checkLowerBound(_ bound: Int, _ text: @autoclosure () -> String, onAxis axis: Int, of shape: [Int]) {
    if bound < 0 {
        trap(
            "subscript",
            """
            range \(text()) on axis \(axis) of shape \(shape) has a negative bound, which counts from the end in \
            one-sided ranges only
            """)
    }
}

extension Int: TensorSubscript {
    /// One position, whose axis is dropped.
    public func _positions(onAxis axis: Int, of shape: [Int]) -> (start: Int, count: Int, step: Int, dropsAxis: Bool) {
        let position = fromStart(self, shape[axis])
        if position < 0 || position >= shape[axis] {
            trap("subscript", "position \(self) is outside axis \(axis) of shape \(shape)")
        }
        return (position, 1, 1, true)
    }
}

extension Range: TensorSubscript where Bound == Int {
    /// Positions from 0 on.
    public func _positions(onAxis axis: Int, of shape: [Int]) -> (start: Int, count: Int, step: Int, dropsAxis: Bool) {
        checkLowerBound(lowerBound, "\(self)", onAxis: axis, of: shape)
        return range(from: lowerBound, to: upperBound, "\(self)", onAxis: axis, of: shape)
    }
}

extension ClosedRange: TensorSubscript where Bound == Int {
    /// Positions from 0 on.
    public func _positions(onAxis axis: Int, of shape: [Int]) -> (start: Int, count: Int, step: Int, dropsAxis: Bool) {
        checkLowerBound(lowerBound, "\(self)", onAxis: axis, of: shape)
        return range(from: lowerBound, to: after(upperBound), "\(self)", onAxis: axis, of: shape)
    }
}

extension PartialRangeFrom: TensorSubscript where Bound == Int {
    /// From a position on; a negative one counts from the end.
    public func _positions(onAxis axis: Int, of shape: [Int]) -> (start: Int, count: Int, step: Int, dropsAxis: Bool) {
        range(from: fromStart(lowerBound, shape[axis]), to: shape[axis], "\(lowerBound)...", onAxis: axis, of: shape)
    }
}

extension PartialRangeUpTo: TensorSubscript where Bound == Int {
    /// Up to a position; a negative one counts from the end.
    public func _positions(onAxis axis: Int, of shape: [Int]) -> (start: Int, count: Int, step: Int, dropsAxis: Bool) {
        range(from: 0, to: fromStart(upperBound, shape[axis]), "..<\(upperBound)", onAxis: axis, of: shape)
    }
}

extension PartialRangeThrough: TensorSubscript where Bound == Int {
    /// Through a position; a negative one counts from the end.
    public func _positions(onAxis axis: Int, of shape: [Int]) -> (start: Int, count: Int, step: Int, dropsAxis: Bool) {
        range(from: 0, to: after(fromStart(upperBound, shape[axis])), "...\(upperBound)", onAxis: axis, of: shape)
    }
}

extension StrideTo: TensorSubscript where Element == Int {
    /// Positions from 0 on, a step apart that may be negative.
    public func _positions(onAxis axis: Int, of shape: [Int]) -> (start: Int, count: Int, step: Int, dropsAxis: Bool) {
        strided(self, onAxis: axis, of: shape)
    }
}

extension StrideThrough: TensorSubscript where Element == Int {
    /// Positions from 0 on, a step apart that may be negative.
    public func _positions(onAxis axis: Int, of shape: [Int]) -> (start: Int, count: Int, step: Int, dropsAxis: Bool) {
        strided(self, onAxis: axis, of: shape)
    }
}

private func strided(
    _ positions: some Sequence<Int>, onAxis axis: Int, of shape: [Int]
) -> (start: Int, count: Int, step: Int, dropsAxis: Bool) {
    var (start, count, step) = (0, 0, 1)
    // A stride may be far longer than the axis, so it ends here at the first position outside.
    for position in positions {
        if count == 0 { start = position }
        if count == 1 { step = position - start }
        if position < 0 || position >= shape[axis] {
            trap("subscript", "position \(position) of a stride is outside axis \(axis) of shape \(shape)")
        }
        count += 1
    }
    return (start, count, step, false)
}
