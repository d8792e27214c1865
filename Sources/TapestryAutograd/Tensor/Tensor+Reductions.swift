import TapestryArrays

extension Tensor where Scalar: Numeric {
    /// The sum over the named axes, or over all of them. Traps on an axis that does not exist or is named twice, as
    /// every function with axes does.
    ///
    /// - Parameters:
    ///   - axes: negative ones count from the end; `nil` means all.
    ///   - keepingAxes: whether reduced axes stay, with extent 1.
    public func sum(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        Tensor(value.sum(over: value.layout.axes(axes, in: "sum"), keepingAxes: keepingAxes))
    }

    /// The largest element over the named axes, or over all; NaN wins. Elements that tie share the cotangent equally.
    /// Traps where there is no element, and on axes as `sum` does.
    public func max(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        Tensor(value.max(over: value.layout.axes(axes, in: "max"), keepingAxes: keepingAxes))
    }

    /// The smallest element over the named axes, or over all; NaN wins. Elements that tie share the cotangent equally.
    /// Traps where there is no element, and on axes as `sum` does.
    public func min(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        Tensor(value.min(over: value.layout.axes(axes, in: "min"), keepingAxes: keepingAxes))
    }
}

extension Tensor where Scalar: DifferentiableScalar {
    /// The arithmetic mean over the named axes, or over all; NaN over no elements. Traps on axes as `sum` does.
    public func mean(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        let axes = value.layout.axes(axes, in: "mean")
        let count = axes.reduce(1) { $0 * shape[$1] }
        return Tensor(value.sum(over: axes, keepingAxes: keepingAxes) / Double(count))
    }

    /// The variance over the named axes, or over all: the mean squared distance from the mean, in two passes, so that
    /// a large common offset does no harm.
    ///
    /// - Parameters:
    ///   - axes: negative ones count from the end; `nil` means all.
    ///   - correction: subtracted from the count that the sum is divided by: 0 for the variance of the data, 1 for the
    ///     unbiased estimate from a sample. A divisor below zero counts as zero, so that too few elements give an
    ///     infinity or NaN, never a negative variance. Traps if it is negative.
    ///   - keepingAxes: whether reduced axes stay, with extent 1.
    public func variance(axes: [Int]? = nil, correction: Int = 0, keepingAxes: Bool = false) -> Tensor {
        let (axes, divisor) = spread(axes, correction, in: "variance")
        return Tensor(
            value.centered(over: axes).meanOfSquares(over: axes, keepingAxes: keepingAxes, divisor: divisor))
    }

    /// The axes of a variance, and what its sum of squares is divided by.
    func spread(_ axes: [Int]?, _ correction: Int, in operation: String) -> (axes: [Int], divisor: Double) {
        if correction < 0 { trap(operation, "the correction \(correction) is negative") }
        let axes = value.layout.axes(axes, in: operation)
        let count = axes.reduce(1) { $0 * shape[$1] }
        return (axes, Double(Swift.max(count - correction, 0)))
    }

    /// The standard deviation over the named axes, or over all: the square root of the variance, with slope 0 where it
    /// is 0. Squares neither overflow nor underflow on the way, so that it is a number where the variance is none.
    /// Traps if the correction is negative.
    ///
    /// - Parameters:
    ///   - axes: negative ones count from the end; `nil` means all.
    ///   - correction: subtracted from the count that the sum of squares is divided by, as for the variance.
    ///   - keepingAxes: whether reduced axes stay, with extent 1.
    public func standardDeviation(axes: [Int]? = nil, correction: Int = 0, keepingAxes: Bool = false) -> Tensor {
        let (axes, divisor) = spread(axes, correction, in: "standardDeviation")
        return Tensor(value.centered(over: axes).norm(over: axes, keepingAxes: keepingAxes) / divisor.squareRoot())
    }

    /// The product over the named axes, or over all; 1 over nothing. Its derivatives of any order are exact, also where
    /// elements are zero, since none is divided by.
    ///
    /// - Parameters:
    ///   - axes: negative ones count from the end; `nil` means all.
    ///   - keepingAxes: whether reduced axes stay, with extent 1.
    public func product(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        let axes = value.layout.axes(axes, in: "product")
        let kept = (0..<rank).filter { !axes.contains($0) }
        let count = axes.reduce(1) { $0 * shape[$1] }
        let resultShape = keepingAxes ? shape.indices.map { axes.contains($0) ? 1 : shape[$0] } : kept.map { shape[$0] }
        if count == 0 { return .ones(resultShape) }
        let lines = value.permuted(kept + axes).reshaped(to: kept.map { shape[$0] } + [count])
        let running = lines.runningProduct(RunningAttributes(axis: kept.count, reversed: false))
        return Tensor(running.selected(axis: kept.count, at: count - 1).reshaped(to: resultShape))
    }

    /// exp(xᵢ) / Σⱼ exp(xⱼ) along an axis, with the maximum subtracted first. Traps where there is no such axis.
    ///
    /// Infinities count as the greatest numbers do: elements that are +inf share the whole equally, those that are −inf
    /// get 0, and a row of −inf alone is one of equal elements.
    public func softmax(axis: Int = -1) -> Tensor {
        Tensor(value.softmax(axis: value.layout.axis(axis, in: "softmax")))
    }

    /// The logarithm of the softmax, without the rounding of going through it; infinities count as there. Traps where
    /// there is no such axis.
    public func logSoftmax(axis: Int = -1) -> Tensor {
        Tensor(value.logSoftmax(axis: value.layout.axis(axis, in: "logSoftmax")))
    }

    /// ln Σ exp(xᵢ) over the named axes, or over all, with the maximum taken out first. Its derivative is the softmax,
    /// for infinities too: +inf gives +inf, which has the whole cotangent, and over only −inf, or over nothing, it is
    /// −inf.
    public func logSumExp(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        let axes = value.layout.axes(axes, in: "logSumExp")
        if axes.contains(where: { shape[$0] == 0 }) {
            // A sum over nothing in the shape of the result.
            return sum(axes: axes, keepingAxes: keepingAxes) - .infinity
        }
        return Tensor(value.logSumExp(over: axes, keepingAxes: keepingAxes))
    }
}

extension Value {
    /// The distances from the mean over axes.
    func centered(over axes: [Int]) -> Value {
        let count = axes.reduce(1) { $0 * shape[$1] }
        return self - sum(over: axes, keepingAxes: true) / Double(count)
    }
}

extension Tensor where Scalar == Bool {
    /// Whether any element along the named axes, or at all, is true; false over nothing.
    public func any(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor<Bool> {
        Tensor(value.any(over: value.layout.axes(axes, in: "any"), keepingAxes: keepingAxes))
    }

    /// Whether all elements along the named axes, or all of them, are true; true over nothing.
    public func all(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor<Bool> {
        Tensor(value.all(over: value.layout.axes(axes, in: "all"), keepingAxes: keepingAxes))
    }
}
