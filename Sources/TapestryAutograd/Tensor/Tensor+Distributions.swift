import TapestryArrays

extension Tensor where Scalar: DifferentiableScalar {
    /// Elements drawn from the standard Gumbel distribution: −ln(−ln u) of uniform u. Traps on a negative extent.
    public static func gumbel(_ shape: [Int], using source: RandomSource = .current) -> Tensor {
        _ = Layout.count(of: shape, in: "gumbel")
        // Half of the least step keeps u from 0, where the result would be infinite.
        let unit = maximum(uniform(shape, using: source), Tensor(Scalar.ulpOfOne / 4))
        return -log(-log1p(-unit))
    }

    /// Positions along the last axis, drawn with the probabilities softmax(x) of these logits `[…, classes]`: `[…]`.
    /// Drawn as the greatest of the logits with Gumbel noise added. Traps where there is no class.
    public func sampledCategories(using source: RandomSource = .current) -> Tensor<Int32> {
        if shape.last ?? 0 == 0 { trap("sampledCategories", "logits of shape \(shape) have no class on the last axis") }
        return (self + .gumbel(shape, using: source)).argMax(axis: -1)
    }

    /// For each of these probabilities whether an event of it happens. Traps unless they are in 0 … 1.
    public func sampledEvents(using source: RandomSource = .current) -> Tensor<Bool> {
        let all = Tensor(Value(value.arrayOfAllExamples))
        if let wrong = all.scalars.firstIndex(where: { !($0 >= 0 && $0 <= 1) }) {
            trap(
                "sampledEvents",
                "\(all.scalars[wrong]) at position \(wrong) of shape \(all.shape) is no probability, from 0 to 1")
        }
        return .uniform(shape, using: source) .< self
    }
}

extension Tensor where Scalar == Int32 {
    /// An order of `0 ..< count`, each equally likely. Traps when the count is negative.
    public static func permutation(_ count: Int, using source: RandomSource = .current) -> Tensor {
        if count < 0 || count > Int(Int32.max) {
            trap("permutation", "the count \(count) is negative, or more than int32 can hold")
        }
        return Tensor(source.permutation(count).map { Int32($0) })
    }
}
