import TapestryAutograd

// Reverse mode against differences, in every layout.

extension FunctionCase<Double> {
    /// Gradients where views are made inside the function, from contiguous leaves, and where the leaves themselves are
    /// views.
    package var gradientComplaints: [String] {
        layouts.flatMap { layout in
            let (leaves, function) = withOperands(layout)
            let ofViews = gradientComplaints(of: function, at: leaves, "views: \(layout)")
            if layout == .contiguous || layout == .expanded && hasTies { return ofViews }
            return ofViews + gradientComplaints(of: self.function, at: operands(layout), "leaves: \(layout)")
        }
    }

    private func gradientComplaints(
        of function: ([Tensor<Double>]) -> Tensor<Double>, at leaves: [Tensor<Double>], _ comment: String
    ) -> [String] {
        let cotangent = randomLike(function(leaves), seed: 7)
        let gradient = gradient(at: leaves) { (function($0) * cotangent).sum() }
        let expected = differenceGradient(at: leaves, step: step) { (function($0) * cotangent).sum().scalar }
        return zip(gradient, expected).enumerated().compactMap { index, pair in
            let (gradient, expected) = pair
            let agrees =
                gradient.shape == leaves[index].shape
                && blockError(gradient.scalars, expected, floor: 1e-3) <= tolerance
            return agrees
                ? nil : "\(self), \(comment), operand \(index): \(gradient.scalars), by differences \(expected)"
        }
    }

    /// ∇⟨∇L, v⟩ against the difference of ∇L along v. L is not linear in the function's result, so that the first
    /// walk's cotangents are tracked by the second.
    package var secondOrderComplaints: [String] {
        layouts.compactMap { layout in
            let (leaves, function) = withOperands(layout)
            let cotangent = randomLike(function(leaves), seed: 7)
            let directions = leaves.enumerated().map { randomLike($1, seed: 8 + UInt64($0)) }

            func firstOrder(_ leaves: [Tensor<Double>]) -> [Tensor<Double>] {
                gradient(at: leaves) { leaves in
                    let result = function(leaves)
                    return (cotangent * (result + result * result * 0.5)).sum()
                }
            }

            let products = gradient(at: leaves) { leaves in
                zip(firstOrder(leaves), directions).reduce(Tensor(0)) { $0 + ($1.0 * $1.1).sum() }
            }
            let expected = directionalDifference(at: leaves, along: directions, step: step) { leaves in
                firstOrder(leaves).flatMap(\.scalars)
            }
            let actual = products.flatMap(\.scalars)
            return blockError(actual, expected, floor: 1e-3) <= tolerance
                ? nil : "\(self), second order, views: \(layout): \(actual), by differences \(expected)"
        }
    }
}
