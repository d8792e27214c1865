import TapestryArrays

extension Tensor {
    /// Cuts along an axis into at most `count` tensors of one extent, rounded up, of which the last may be smaller;
    /// views. Traps unless the count is positive.
    public func chunked(_ count: Int, axis: Int = 0) -> [Tensor] {
        let axis = value.layout.axis(axis, in: "chunked")
        if count < 1 { trap("chunked", "the count \(count) is not positive") }
        let extent = shape[axis]
        if extent == 0 { return split(Array(repeating: 0, count: count), axis: axis) }
        let size = (extent - 1) / count + 1
        return split(stride(from: 0, to: extent, by: size).map { Swift.min(size, extent - $0) }, axis: axis)
    }

    /// Each element so many times in a row along an axis: [a, b] twice is [a, a, b, b]. Traps on an axis that does not
    /// exist and on a negative count.
    public func repeated(_ count: Int, axis: Int) -> Tensor {
        let axis = value.layout.axis(axis, in: "repeated")
        if count < 0 { trap("repeated", "the count \(count) is negative") }
        var wide = shape
        wide.insert(count, at: axis + 1)
        var result = shape
        result[axis] = repeatedExtent(shape[axis], count, in: "repeated")
        _ = Layout.count(of: result, in: "repeated")
        return unsqueezed(axis: axis + 1).expanded(to: wide).reshaped(to: result)
    }

    /// The whole tensor so many times along each axis: [a, b] twice is [a, b, a, b]. Counts are aligned with the axes
    /// at the last one; what is missing on either side counts as 1. Traps on a negative count.
    public func tiled(_ counts: [Int]) -> Tensor {
        if counts.contains(where: { $0 < 0 }) { trap("tiled", "counts \(counts) are negative in part") }
        let rank = Swift.max(rank, counts.count)
        let extents = Array(repeating: 1, count: rank - self.rank) + shape
        let counts = Array(repeating: 1, count: rank - counts.count) + counts
        let wide = zip(counts, extents).flatMap { [$0, $1] }
        let result = zip(counts, extents).map { repeatedExtent($1, $0, in: "tiled") }
        _ = Layout.count(of: result, in: "tiled")
        let column = reshaped(to: extents.flatMap { [1, $0] })
        return column.expanded(to: wide).reshaped(to: result)
    }

    /// An extent so many times; traps if it overflows.
    private func repeatedExtent(_ extent: Int, _ count: Int, in operation: String) -> Int {
        let (product, overflow) = extent.multipliedReportingOverflow(by: count)
        if overflow { trap(operation, "\(count) times an axis of extent \(extent) of shape \(shape) overflows") }
        return product
    }

    /// The elements moved along an axis by so many positions; those that leave at one end come in at the other. Traps
    /// on an axis that does not exist.
    public func rolled(by shift: Int, axis: Int) -> Tensor {
        let axis = value.layout.axis(axis, in: "rolled")
        let extent = shape[axis]
        if extent == 0 || shift % extent == 0 { return self }
        let start = extent - (shift % extent + extent) % extent
        return concatenate([slice(axis: axis, start..<extent), slice(axis: axis, 0..<start)], axis: axis)
    }

    /// The elements in the opposite order along the named axes, or along all; a view. Traps on axes as `sum` does.
    public func flipped(axes: [Int]? = nil) -> Tensor {
        var result = value
        for axis in value.layout.axes(axes, in: "flipped") where shape[axis] > 1 {
            result = result.sliced(AxisSlice(axis: axis, start: shape[axis] - 1, count: shape[axis], step: -1))
        }
        return Tensor(result)
    }

    /// The tensor with so many elements more before and after those of each axis. Traps unless there is a pair of
    /// widths, none negative, for each axis, and where the mode has no elements to take.
    public func padded(_ widths: [(before: Int, after: Int)], mode: PaddingMode<Scalar>) -> Tensor {
        let most = Int.max >> 4
        if widths.count != rank
            || widths.contains(where: { $0.before < 0 || $0.after < 0 || $0.before > most || $0.after > most })
        {
            trap("padded", "widths \(widths.map { [$0.before, $0.after] }) do not fit shape \(shape)")
        }
        var result = self
        for (axis, width) in widths.enumerated() where width.before + width.after > 0 {
            let padding = (
                result.padding(width.before, axis, mode, isAfter: false),
                result.padding(width.after, axis, mode, isAfter: true)
            )
            result = concatenate([padding.0, result, padding.1], axis: axis)
        }
        return result
    }

    private func padding(_ width: Int, _ axis: Int, _ mode: PaddingMode<Scalar>, isAfter: Bool) -> Tensor {
        var target = shape
        target[axis] = width
        let extent = shape[axis]
        switch mode {
        case .constant(let scalar): return Tensor(repeating: scalar, shape: target, in: "padded")
        case .reflect:
            if width >= Swift.max(extent, 1) {
                trap("padded", "\(width) elements cannot be reflected from axis \(axis) of shape \(shape)")
            }
            let range = isAfter ? extent - 1 - width..<extent - 1 : 1..<1 + width
            return width == 0 ? slice(axis: axis, 0..<0) : slice(axis: axis, range).flipped(axes: [axis])
        case .edge:
            if extent == 0 && width > 0 { trap("padded", "axis \(axis) of shape \(shape) has no edge") }
            if width == 0 { return slice(axis: axis, 0..<0) }
            let edge = isAfter ? extent - 1..<extent : 0..<1
            return slice(axis: axis, edge).expanded(to: target)
        }
    }
}

extension Tensor where Scalar: Numeric {
    /// The tensor with so many zeros more before and after the elements of each axis. Traps as `padded(_:mode:)` does.
    public func padded(_ widths: [(before: Int, after: Int)]) -> Tensor { padded(widths, mode: .constant(0)) }
}

/// What a tensor is padded with.
public enum PaddingMode<Scalar: TensorScalar>: Sendable {
    /// One number.
    case constant(Scalar)
    /// The elements next to the edge, mirrored in it, the edge itself not repeated: `c b | a b c | b a`.
    case reflect
    /// The element at the edge: `a a | a b c | c c`.
    case edge
}
