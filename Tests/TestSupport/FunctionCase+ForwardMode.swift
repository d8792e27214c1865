import TapestryAutograd

// Forward mode against reverse mode, which is checked by differences: ⟨c, J v⟩ = ⟨Jᵀ c, v⟩ needs no step.

extension FunctionCase<Double> {
    /// Along all operands at once, in every layout.
    package var forwardComplaints: [String] {
        layouts.flatMap { layout -> [String] in
            let (leaves, function) = withOperands(layout)
            let directions = directions(of: leaves)
            let (value, tangent) = jvp(at: leaves, along: directions, of: function)
            let (expected, pullback) = vjp(at: leaves, of: function)
            var complaints: [String] = []
            if !value.isClose(to: expected, relativeTolerance: 1e-14) || tangent.shape != expected.shape {
                complaints.append("\(self), \(layout): value \(value.scalars), not \(expected.scalars)")
            }
            let cotangent = randomLike(expected, seed: 9)
            return complaints
                + difference(
                    inner(cotangent, tangent), inner(pullback(cotangent), directions), scale(cotangent, tangent),
                    "\(layout)")
        }
    }

    /// Along one operand, with the others constant.
    package var forwardComplaintsAlongOneOperand: [String] {
        let leaves = leaves(shapes, seed: 3)
        if leaves.count < 2 { return [] }
        return leaves.indices.flatMap { index in
            let direction = randomLike(leaves[index], seed: 8)
            func function(_ leaf: Tensor<Double>) -> Tensor<Double> {
                var leaves = leaves
                leaves[index] = leaf
                return self.function(leaves)
            }
            let tangent = jvp(at: leaves[index], along: direction, of: function).tangent
            let (value, pullback) = vjp(at: leaves[index], of: function)
            let cotangent = randomLike(value, seed: 9)
            return difference(
                inner(cotangent, tangent), inner(pullback(cotangent), direction), scale(cotangent, tangent),
                "operand \(index)")
        }
    }

    /// Forward over reverse, reverse over forward, forward over forward and reverse over reverse mode: one Hessian.
    package var secondOrderModeComplaints: [String] {
        layouts.flatMap { layout -> [String] in
            let (leaves, function) = withOperands(layout)
            let directions = directions(of: leaves)
            let cotangent = randomLike(function(leaves), seed: 9)
            func loss(_ leaves: [Tensor<Double>]) -> Tensor<Double> {
                let result = function(leaves)
                return (cotangent * (result + result * result * 0.5)).sum()
            }
            let forwardOverReverse = hessianVectorProduct(at: leaves, along: directions, of: loss)
            let reverseOverReverse = vectorHessianProduct(at: leaves, along: directions, of: loss)
            let reverseOverForward = gradient(at: leaves) { jvp(at: $0, along: directions, of: loss).tangent }
            let forwardOverForward = jvp(at: leaves, along: directions) {
                jvp(at: $0, along: directions, of: loss).tangent
            }.tangent
            var complaints: [String] = []
            for (name, actual) in [
                ("forward over reverse", forwardOverReverse), ("reverse over forward", reverseOverForward),
            ] {
                for (index, expected) in reverseOverReverse.enumerated()
                where blockError(actual[index].scalars, expected.scalars, floor: 1e-3)
                    >= Swift.max(modeTolerance, 1e-10)
                {
                    complaints.append("\(self), \(layout), operand \(index), \(name)")
                }
            }
            return complaints
                + difference(
                    forwardOverForward.scalar, inner(reverseOverReverse, directions),
                    zip(reverseOverReverse, directions).map { scale($0, $1) }.reduce(0, +),
                    "forward over forward, \(layout)")
        }
    }

    func directions(of leaves: [Tensor<Double>], seed: UInt64 = 8) -> [Tensor<Double>] {
        leaves.enumerated().map { randomLike($1, seed: seed + UInt64($0)) }
    }

    func inner(_ a: Tensor<Double>, _ b: Tensor<Double>) -> Double { (a * b).sum().scalar }

    func inner(_ a: [Tensor<Double>], _ b: [Tensor<Double>]) -> Double {
        zip(a, b).reduce(0) { $0 + inner($1.0, $1.1) }
    }

    /// The size of the terms of an inner product.
    func scale(_ a: Tensor<Double>, _ b: Tensor<Double>) -> Double { abs(a * b).sum().scalar }

    private func difference(_ a: Double, _ b: Double, _ scale: Double, _ comment: String) -> [String] {
        abs(a - b) <= modeTolerance * Swift.max(scale, 1e-3) ? [] : ["\(self), \(comment): \(a) and \(b)"]
    }
}
