import TapestryArrays

// Elements by index and by mask. Negative indices count from the end, and one outside of the axis traps. Cotangents of
// what was read several times add up.

extension Tensor {
    /// y[…, i, …] = x[…, indices[…, i, …], …]: elements by their positions along an axis. The indices have this
    /// tensor's extents but for that axis, and the result has their shape. Traps on other extents and on an index
    /// outside of the axis.
    public func gathered(axis: Int, indices: Tensor<Int32>) -> Tensor {
        Tensor(value.gathered(axis: value.layout.axis(axis, in: "gathered"), indices.value))
    }

    /// Slices by their positions along an axis, in the place of which the axes of the indices, any number of them,
    /// stand in the result: a matrix `[rows, columns]` at axis 1 and `[2, 3]` gives `[rows, 2, 3]`. Traps on an index
    /// outside of the axis.
    public func slices(axis: Int, at indices: Tensor<Int32>) -> Tensor {
        Tensor(value.taken(axis: value.layout.axis(axis, in: "slices"), indices.value))
    }

    /// This tensor with x[…, indices[…, i, …], …] = values[…, i, …]: elements replaced by their positions along an
    /// axis.
    ///
    /// The indices have this tensor's extents but for that axis, and the values have the indices' shape. Of values for
    /// the same place the last one in row-major order stays, and only it gets a cotangent. Traps on other shapes and on
    /// an index outside of the axis.
    public func scattered(axis: Int, indices: Tensor<Int32>, setting values: Tensor) -> Tensor {
        let axis = value.layout.axis(axis, in: "scattered")
        if values.shape != indices.shape {
            trap("scattered", "values of shape \(values.shape) for indices of shape \(indices.shape)")
        }
        let sources = Tensor<Int32>(indices.value.lastPositions(axis: axis, into: value.layout))
        if indices.count == 0 { return self }
        let isReplaced = sources .> 0
        let replacements = values.gathered(
            axis: axis, indices: select(isReplaced, sources - 1, sources))
        return select(isReplaced, replacements, self)
    }

    /// The elements, those where the mask is true replaced by a number; the mask is broadcast, and traps if it cannot
    /// be. What was replaced gets no cotangent.
    public func replacing(where mask: Tensor<Bool>, with replacement: Scalar) -> Tensor {
        checkMask(mask, in: "replacing")
        return select(mask, Tensor(replacement), self)
    }

    /// The elements where the mask is true, as a vector in row-major order; the mask is broadcast, and traps if it
    /// cannot be.
    ///
    /// How many there are depends on the mask, so this traps inside of `vmap` if the mask differs between examples.
    public func elements(where mask: Tensor<Bool>) -> Tensor {
        checkMask(mask, in: "elements")
        let isChosen = mask.expanded(to: shape).value.readable(in: "elements").elements(as: Bool.self)
        let chosen = isChosen.enumerated().filter(\.element).map { Int32($0.offset) }
        return flattened().slices(axis: 0, at: Tensor<Int32>(chosen))
    }

    private func checkMask(_ mask: Tensor<Bool>, in operation: String) {
        if !mask.value.layout.fits(shape) {
            trap(operation, "a mask of shape \(mask.shape) cannot be broadcast to \(shape)")
        }
    }
}

extension Tensor where Scalar: Numeric {
    /// This tensor with x[…, indices[…, i, …], …] += values[…, i, …]: values added by their positions along an axis.
    /// The indices have this tensor's extents but for that axis, and the values have the indices' shape. Traps on other
    /// shapes and on an index outside of the axis.
    public func scattered(axis: Int, indices: Tensor<Int32>, adding values: Tensor) -> Tensor {
        let axis = value.layout.axis(axis, in: "scattered")
        return Tensor(value + .scattered(values.value, at: indices.value, axis: axis, into: Layout(shape)))
    }

    /// Classes as vectors that are 1 there and 0 elsewhere: `classes.shape + [count]`. Traps on a class outside of
    /// `0 ..< count`, a negative one too, which often stands for "ignore" in data, and on a negative count.
    public static func oneHot(_ classes: Tensor<Int32>, count: Int) -> Tensor {
        _ = Layout.count(of: classes.shape + [count], in: "oneHot")
        let column = classes.unsqueezed(axis: -1)
        let table = Layout(classes.shape + [count])
        classes.value.checkClasses(below: count, "oneHot")
        return Tensor(
            .scattered(Tensor.ones(column.shape).value, at: column.value, axis: classes.rank, into: table))
    }
}
