import TapestryArrays

extension Tensor where Scalar: DifferentiableScalar {
    /// (Σ |xᵢ|ᵖ)^(1/p) over the named axes, or over all, of the order p; max |xᵢ| of the order ∞. Neither overflows nor
    /// underflows on the way.
    ///
    /// The slope is 0 where all elements are zero, and in elements that are zero. Elements that tie for the order ∞
    /// share the cotangent equally. Over no elements the norm is 0, but for the order ∞, which traps there. Traps
    /// unless p ≥ 1.
    ///
    /// - Parameters:
    ///   - order: p; 2 for the Euclidean norm.
    ///   - axes: negative ones count from the end; `nil` means all.
    ///   - keepingAxes: whether reduced axes stay, with extent 1.
    public func norm(order: Double = 2, axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        guard order >= 1 else { trap("norm", "the order \(order) is not at least 1") }
        let axes = value.layout.axes(axes, in: "norm")
        if order == .infinity {
            value.checkElements(along: axes, in: "norm")
            return abs(self).max(axes: axes, keepingAxes: keepingAxes)
        }
        if order == 1 { return abs(self).sum(axes: axes, keepingAxes: keepingAxes) }
        if order == 2 { return Tensor(value.norm(over: axes, keepingAxes: keepingAxes)) }
        if axes.contains(where: { shape[$0] == 0 }) { return sum(axes: axes, keepingAxes: keepingAxes) }
        // ‖x‖ = m ‖x / m‖ for any constant m: for the greatest magnitude, no power is too large.
        let greatest = abs(withoutDerivative()).max(axes: axes, keepingAxes: true)
        let one = Tensor(1)
        let scale = select(greatest.isFinite .& (greatest .> 0), greatest, one)
        let powers = abs(self / scale).root { pow($0, Scalar(order)) }
        let norm = scale * powers.sum(axes: axes, keepingAxes: true).root { pow($0, Scalar(1 / order)) }
        return keepingAxes || axes.isEmpty ? norm : norm.squeezed(axes: axes)
    }

    /// A function that is 0 at 0, where its slope may be infinite, and here is 0.
    func root(_ function: (Tensor) -> Tensor) -> Tensor {
        let isZero = self .== 0
        return select(isZero, Tensor(0), function(select(isZero, Tensor(1), self)))
    }
}
