import TapestryArrays

extension Tensor {
    /// The same elements, in row-major order, under another shape. One extent may be −1: it is worked out from the
    /// count. A view where strides allow it. Traps unless the counts agree.
    public func reshaped(to shape: [Int]) -> Tensor {
        Tensor(value.reshaped(to: resolved(shape)))
    }

    /// The same with the extents one by one: `x.reshaped(to: 2, -1)`.
    public func reshaped(to shape: Int...) -> Tensor { reshaped(to: shape) }

    private func resolved(_ shape: [Int]) -> [Int] {
        guard let open = shape.firstIndex(of: -1) else {
            _ = Layout.count(of: shape, in: "reshaped")
            return shape
        }
        let others = shape.enumerated().filter { $0.offset != open }.map(\.element)
        let known = others.contains { $0 < 0 } ? 0 : Layout.count(of: others, in: "reshaped")
        if known == 0 || count % known != 0 {
            trap("reshaped", "\(self.shape) has \(count) elements, which no extent for −1 in \(shape) can give")
        }
        var shape = shape
        shape[open] = count / known
        return shape
    }

    /// The axes from one to another, both included, as one: `x.flattened(from: 1)` makes `[batch, features]` of
    /// `[batch, height, width]`, and `x.flattened()` a vector of all elements. Negative axes count from the end. A view
    /// where strides allow it. Traps on axes that do not exist, and on a last one before the first.
    public func flattened(from first: Int = 0, to last: Int = -1) -> Tensor {
        // A number is a vector of one.
        if rank == 0, first == 0, last == -1 { return reshaped(to: [1]) }
        let (start, end) = (value.layout.axis(first, in: "flattened"), value.layout.axis(last, in: "flattened"))
        if start > end { trap("flattened", "axis \(first) comes after axis \(last) of shape \(shape)") }
        let extent = shape[start...end].reduce(1, *)
        return reshaped(to: Array(shape[..<start]) + [extent] + Array(shape[(end + 1)...]))
    }

    /// Swaps two axes, by default the last two: a view. Traps on an axis that does not exist.
    public func transposed(_ first: Int = -2, _ second: Int = -1) -> Tensor {
        var order = Array(0..<rank)
        order.swapAt(value.layout.axis(first, in: "transposed"), value.layout.axis(second, in: "transposed"))
        return Tensor(value.permuted(order))
    }

    /// Puts the axes in another order: axis k of the result is axis `order[k]` of this tensor. A view. Traps unless
    /// each axis is there once.
    public func permuted(_ order: [Int]) -> Tensor {
        let axes = order.map { value.layout.axis($0, in: "permuted") }
        if axes.sorted() != Array(0..<rank) {
            trap("permuted", "\(order) is not an order of all \(rank) axes of shape \(shape)")
        }
        return Tensor(value.permuted(axes))
    }

    /// Repeats axes of extent 1, and new leading axes, to a larger shape: a view that copies nothing. Traps where
    /// another extent would change.
    public func expanded(to shape: [Int]) -> Tensor {
        _ = Layout.count(of: shape, in: "expanded")
        return Tensor(value.expanded(to: shape))
    }

    /// Drops axes of extent 1: the named ones, or all such. Traps on a named one that has another extent or does not
    /// exist.
    public func squeezed(axes: [Int]? = nil) -> Tensor {
        let dropped =
            axes.map { value.layout.axes($0, in: "squeezed") } ?? shape.indices.filter { shape[$0] == 1 }
        for axis in dropped where shape[axis] != 1 {
            trap("squeezed", "axis \(axis) of shape \(shape) has extent \(shape[axis]), not 1")
        }
        return Tensor(value.squeezed(dropped))
    }

    /// Inserts an axis of extent 1, so that it becomes axis `axis` of the result; −1 is the last. Traps if the result
    /// has no such axis.
    public func unsqueezed(axis: Int) -> Tensor {
        let resolved = axis < 0 ? axis + rank + 1 : axis
        if resolved < 0 || resolved > rank {
            trap("unsqueezed", "axis \(axis) does not exist in the result of rank \(rank + 1) (from shape \(shape))")
        }
        return Tensor(value.unsqueezed([resolved]))
    }

    /// Cuts along an axis into tensors of the given extents; views. Traps unless the extents add up to the axis.
    public func split(_ extents: [Int], axis: Int = 0) -> [Tensor] {
        let axis = value.layout.axis(axis, in: "split")
        let extent = shape[axis]
        if !extents.allSatisfy({ 0...extent ~= $0 }) || extents.reduce(0, &+) != extent {
            trap("split", "extents \(extents) do not add up to axis \(axis) of shape \(shape)")
        }
        var start = 0
        return extents.map { extent in
            defer { start += extent }
            return Tensor(value.sliced(AxisSlice(axis: axis, start: start, count: extent)))
        }
    }

    /// Cuts along an axis into `count` tensors of equal extent; views. Traps unless the axis can be cut so.
    public func split(count: Int, axis: Int = 0) -> [Tensor] {
        let axis = value.layout.axis(axis, in: "split")
        if count < 1 || shape[axis] % count != 0 {
            trap("split", "axis \(axis) of shape \(shape) cannot be cut into \(count) equal parts")
        }
        return split(Array(repeating: shape[axis] / count, count: count), axis: axis)
    }

    /// The tensors at each position of an axis, without that axis: the inverse of `stack`. Traps if there is no such
    /// axis.
    public func unstacked(axis: Int = 0) -> [Tensor] {
        let axis = value.layout.axis(axis, in: "unstacked")
        return (0..<shape[axis]).map { slice(axis: axis, at: $0) }
    }

    /// The tensor at one position of an axis, without that axis; a negative position counts from the end. Traps on an
    /// axis or a position that does not exist.
    public func slice(axis: Int, at position: Int) -> Tensor {
        let axis = value.layout.axis(axis, in: "slice")
        let resolved = position < 0 ? position + shape[axis] : position
        if resolved < 0 || resolved >= shape[axis] {
            trap("slice", "position \(position) is outside axis \(axis) of shape \(shape)")
        }
        return Tensor(value.selected(axis: axis, at: resolved))
    }

    /// A range of positions of an axis: a view. Traps on an axis that does not exist, and a range that goes beyond it.
    public func slice(axis: Int, _ range: Range<Int>) -> Tensor {
        let axis = value.layout.axis(axis, in: "slice")
        if range.lowerBound < 0 || range.upperBound > shape[axis] {
            trap("slice", "range \(range) is outside axis \(axis) of shape \(shape)")
        }
        return Tensor(value.sliced(AxisSlice(axis: axis, start: range.lowerBound, count: range.count)))
    }

    /// Rows by index: `table.rows(at: indices)` of a matrix `[rows, columns]` has the shape
    /// `indices.shape + [columns]`. Traps on an index outside the table. Cotangents of repeated rows add up.
    public func rows(at indices: Tensor<Int32>) -> Tensor {
        Tensor(value.gatheredRows(indices.value))
    }
}

/// Tensors one after the other along an existing axis. Traps if there is no tensor or no such axis, or if other extents
/// differ.
public func concatenate<Scalar: TensorScalar>(_ tensors: [Tensor<Scalar>], axis: Int = 0) -> Tensor<Scalar> {
    guard let first = tensors.first else { trap("concatenate", "there is no tensor") }
    return Tensor(Value.concatenated(tensors.map(\.value), axis: first.value.layout.axis(axis, in: "concatenate")))
}

/// Tensors of one shape side by side along a new axis. Traps if there is no tensor, if shapes differ, or if the result
/// has no such axis.
public func stack<Scalar: TensorScalar>(_ tensors: [Tensor<Scalar>], axis: Int = 0) -> Tensor<Scalar> {
    guard let first = tensors.first else { trap("stack", "there is no tensor") }
    let resolved = axis < 0 ? axis + first.rank + 1 : axis
    if resolved < 0 || resolved > first.rank {
        trap("stack", "axis \(axis) does not exist in the result of rank \(first.rank + 1) (from shape \(first.shape))")
    }
    return Tensor(Value.stacked(tensors.map(\.value), axis: resolved))
}
