import TapestryAutograd

// The third order, along three directions: each way to take it gives one number.

extension FunctionCase<Double> {
    /// ∇³L [u, v, w] by reverse mode alone, by forward over it, and by forward mode alone, against the difference of the
    /// second order.
    package var thirdOrderComplaints: [String] {
        let leaves = leaves(shapes, seed: 3)
        let (u, v) = (directions(of: leaves, seed: 8), directions(of: leaves, seed: 18))
        let w = directions(of: leaves, seed: 28)
        let cotangent = randomLike(function(leaves), seed: 9)
        // Not linear in the function's result, so that derivatives of any order are cotangents of each other.
        func loss(_ leaves: [Tensor<Double>]) -> Tensor<Double> {
            let result = function(leaves)
            return (cotangent * (result + result * result * (0.5 + result / 6))).sum()
        }
        func first(_ leaves: [Tensor<Double>]) -> Tensor<Double> { sum(gradient(at: leaves, of: loss), u) }
        func second(_ leaves: [Tensor<Double>]) -> Tensor<Double> { sum(gradient(at: leaves, of: first), v) }

        let slopes = gradient(at: leaves, of: second)
        let expected = directionalDifference(at: leaves, along: w, step: step) { [second($0).scalar] }[0]
        let reverse = sum(slopes, w).scalar
        let forwardOverReverse = jvp(at: leaves, along: w, of: second).tangent.scalar
        let forward = jvp(at: leaves, along: w) { x in
            jvp(at: x, along: v) { x in jvp(at: x, along: u, of: loss).tangent }.tangent
        }.tangent.scalar

        let scale = Swift.max(zip(slopes, w).reduce(0) { $0 + self.scale($1.0, $1.1) }, abs(expected), 1e-3)
        return [
            ("reverse mode", reverse, expected, tolerance),
            ("forward over reverse mode", forwardOverReverse, reverse, Swift.max(modeTolerance, 1e-10)),
            ("forward mode", forward, reverse, Swift.max(modeTolerance, 1e-10)),
        ].compactMap { name, actual, expected, tolerance in
            abs(actual - expected) <= tolerance * scale
                ? nil : "\(self), third order, \(name): \(actual), not \(expected), at a scale of \(scale)"
        }
    }

    private func sum(_ a: [Tensor<Double>], _ b: [Tensor<Double>]) -> Tensor<Double> {
        zip(a, b).reduce(Tensor(0)) { $0 + ($1.0 * $1.1).sum() }
    }
}
