import TapestryArrays

// Reductions of all elements up to each one along an axis, in the shape of the operand.

extension Tensor where Scalar: Numeric {
    /// yₜ = Σ xₛ over s ≤ t along an axis, or over s ≥ t if reversed.
    public func cumulativeSum(axis: Int, reversed: Bool = false) -> Tensor {
        let axis = value.layout.axis(axis, in: "cumulativeSum")
        return Tensor(value.runningSum(RunningAttributes(axis: axis, reversed: reversed)))
    }

    /// The greatest element up to each one along an axis; NaN wins from where it is on. The cotangent goes to the
    /// element that attains the maximum, the first of equal ones.
    public func cumulativeMax(axis: Int) -> Tensor {
        runningExtremum(axis: value.layout.axis(axis, in: "cumulativeMax"), greatest: true)
    }

    /// The least element up to each one along an axis; NaN wins from where it is on. The cotangent goes to the element
    /// that attains the minimum, the first of equal ones.
    public func cumulativeMin(axis: Int) -> Tensor {
        runningExtremum(axis: value.layout.axis(axis, in: "cumulativeMin"), greatest: false)
    }

    private func runningExtremum(axis: Int, greatest: Bool) -> Tensor {
        Tensor(value.gathered(axis: axis, value.runningPositions(axis: axis, greatest: greatest)))
    }
}

extension Tensor where Scalar: DifferentiableScalar {
    /// yₜ = Π xₛ over s ≤ t along an axis, or over s ≥ t if reversed. Its derivatives are exact, also where elements
    /// are zero.
    public func cumulativeProduct(axis: Int, reversed: Bool = false) -> Tensor {
        let axis = value.layout.axis(axis, in: "cumulativeProduct")
        return Tensor(value.runningProduct(RunningAttributes(axis: axis, reversed: reversed)))
    }

    /// yₜ = ln Σ exp(xₛ) over s ≤ t along an axis, or over s ≥ t if reversed, without overflow. Infinities count as in
    /// `logSumExp`: from the first +inf on it is +inf, and equal infinities share the cotangent equally.
    public func cumulativeLogSumExp(axis: Int, reversed: Bool = false) -> Tensor {
        let axis = value.layout.axis(axis, in: "cumulativeLogSumExp")
        return Tensor(value.runningLogSumExp(RunningAttributes(axis: axis, reversed: reversed)))
    }
}
