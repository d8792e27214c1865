import TapestryArrays

extension Tensor where Scalar: Numeric {
    /// The sum over the named axes, or over all of them.
    ///
    /// - Parameters:
    ///   - axes: negative ones count from the end; `nil` means all.
    ///   - keepingAxes: whether reduced axes stay, with extent 1.
    public func sum(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        Tensor(value.sum(over: value.layout.axes(axes, in: "sum"), keepingAxes: keepingAxes))
    }

    /// The largest element over the named axes, or over all; NaN wins. Elements that tie share the cotangent equally.
    public func max(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        Tensor(value.max(over: value.layout.axes(axes, in: "max"), keepingAxes: keepingAxes))
    }

    /// The smallest element over the named axes, or over all; NaN wins. Elements that tie share the cotangent equally.
    public func min(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        Tensor(value.min(over: value.layout.axes(axes, in: "min"), keepingAxes: keepingAxes))
    }
}

extension Tensor where Scalar: DifferentiableScalar {
    /// The arithmetic mean over the named axes, or over all; NaN over no elements.
    public func mean(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        let axes = value.layout.axes(axes, in: "mean")
        let count = axes.reduce(1) { $0 * shape[$1] }
        return Tensor(value.sum(over: axes, keepingAxes: keepingAxes) / Double(count))
    }

    /// The variance over the named axes, or over all: the mean squared distance from the mean, in two passes, so that
    /// a large common offset does no harm.
    ///
    /// - Parameter correction: subtracted from the count that the sum is divided by: 0 for the variance of the data,
    ///   1 for the unbiased estimate from a sample. A divisor below zero counts as zero, so that too few elements give
    ///   an infinity or NaN, never a negative variance. Traps if it is negative.
    public func variance(axes: [Int]? = nil, correction: Int = 0, keepingAxes: Bool = false) -> Tensor {
        variance(axes: axes, correction: correction, keepingAxes: keepingAxes, in: "variance")
    }

    /// The same for an operation that is named in messages.
    func variance(axes: [Int]?, correction: Int, keepingAxes: Bool, in operation: String) -> Tensor {
        if correction < 0 { trap(operation, "the correction \(correction) is negative") }
        let axes = value.layout.axes(axes, in: operation)
        let count = axes.reduce(1) { $0 * shape[$1] }
        let mean = value.sum(over: axes, keepingAxes: true) / Double(count)
        let squares = (value - mean).squared().sum(over: axes, keepingAxes: keepingAxes)
        return Tensor(squares / Double(Swift.max(count - correction, 0)))
    }

    /// The standard deviation over the named axes, or over all: the square root of the variance, with slope 0 where it
    /// is 0.
    ///
    /// - Parameters:
    ///   - axes: negative ones count from the end; `nil` means all.
    ///   - correction: subtracted from the count that the sum of squares is divided by, as for the variance.
    ///   - keepingAxes: whether reduced axes stay, with extent 1.
    public func standardDeviation(axes: [Int]? = nil, correction: Int = 0, keepingAxes: Bool = false) -> Tensor {
        variance(axes: axes, correction: correction, keepingAxes: keepingAxes, in: "standardDeviation").root {
            sqrt($0)
        }
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

    /// exp(xᵢ) / Σⱼ exp(xⱼ) along an axis, with the maximum subtracted first.
    public func softmax(axis: Int = -1) -> Tensor {
        Tensor(value.softmax(axis: value.layout.axis(axis, in: "softmax")))
    }

    /// The logarithm of the softmax, without the rounding of going through it.
    public func logSoftmax(axis: Int = -1) -> Tensor {
        Tensor(value.logSoftmax(axis: value.layout.axis(axis, in: "logSoftmax")))
    }

    /// ln Σ exp(xᵢ) over the named axes, or over all, with the maximum taken out first. Over only −inf it is −inf with
    /// gradient 0. Traps where there is no element.
    public func logSumExp(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        let axes = value.layout.axes(axes, in: "logSumExp")
        value.checkElements(along: axes, in: "logSumExp")
        let largest = value.withoutTapes.max(over: axes, keepingAxes: true)
        // An infinite maximum would give inf − inf.
        let isFinite = Tensor(largest - largest) .== 0
        let offset = Value.select(isFinite.value, largest, largest.scalar(0))
        let sum = (value - offset).exp().sum(over: axes, keepingAxes: true)
        // The slope of the logarithm at a sum of 0 is infinite: there its operand is 1, and −inf comes from elsewhere.
        let isZero = (Tensor(largest) .== -.infinity).value
        let result = Value.select(isZero, sum.scalar(1), sum).log() + Value.select(isZero, largest, offset)
        return Tensor(keepingAxes ? result : result.squeezed(axes))
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
