import TapestryArrays

extension Tensor where Scalar: DifferentiableScalar {
    /// Elements drawn from the standard Gumbel distribution: −ln(−ln u) of uniform u.
    public static func gumbel(_ shape: [Int], using source: RandomSource = .current) -> Tensor {
        // Half of the least step keeps u from 0, where the result would be infinite.
        let unit = maximum(uniform(shape, using: source), Tensor(Scalar.ulpOfOne / 4))
        return -log(-log1p(-unit))
    }

    /// Positions along the last axis, drawn with the probabilities softmax(x) of these logits `[…, classes]`: `[…]`.
    /// Drawn as the greatest of the logits with Gumbel noise added.
    public func sampledCategories(using source: RandomSource = .current) -> Tensor<Int32> {
        (self + .gumbel(shape, using: source)).argMax(axis: -1)
    }

    /// For each of these probabilities whether an event of it happens.
    public func sampledEvents(using source: RandomSource = .current) -> Tensor<Bool> {
        .uniform(shape, using: source) .< self
    }
}

extension Tensor where Scalar == Int32 {
    /// An order of `0 ..< count`, each equally likely. Traps when the count is negative.
    public static func permutation(_ count: Int, using source: RandomSource = .current) -> Tensor {
        Tensor(source.permutation(count).map { Int32($0) })
    }
}
