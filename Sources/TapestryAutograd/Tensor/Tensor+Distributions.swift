import TapestryArrays

extension Tensor where Scalar: DifferentiableScalar {
    /// Elements drawn from the normal distribution between two bounds, either of which may be infinite: exact in the
    /// far tails too. (`mean` and `standardDeviation` are those of the distribution before it is cut off.)
    ///
    /// Traps unless the mean is finite, the standard deviation is finite and positive, and the lower bound is less than
    /// the upper one.
    ///
    /// Reference: C. P. Robert, "Simulation of truncated normal variables", 1995.
    public static func truncatedNormal(
        _ shape: [Int], mean: Scalar = 0, standardDeviation: Scalar = 1, from lower: Scalar, to upper: Scalar,
        using source: RandomSource = .current
    ) -> Tensor {
        _ = Layout.count(of: shape, in: "truncatedNormal")
        if !(mean.isFinite && standardDeviation.isFinite && standardDeviation > 0) {
            trap(
                "truncatedNormal",
                "mean \(mean) and standard deviation \(standardDeviation) must be finite, and the latter positive")
        }
        if !(lower < upper) { trap("truncatedNormal", "the bound \(lower) is not less than the bound \(upper)") }
        return Tensor(
            source.truncatedNormal(
                shape, Double(mean), Double(standardDeviation), from: Double(lower), to: Double(upper),
                Scalar.elementType))
    }

    /// Elements drawn from the standard Gumbel distribution: −ln(−ln u) of uniform u. Traps on a negative extent.
    public static func gumbel(_ shape: [Int], using source: RandomSource = .current) -> Tensor {
        _ = Layout.count(of: shape, in: "gumbel")
        // Half of the least step keeps u from 0, where the result would be infinite.
        let unit = maximum(uniform(shape, using: source), Tensor(Scalar.ulpOfOne / 4))
        return -log(-log1p(-unit))
    }
}

extension Tensor where Scalar == Bool {
    /// For each of some probabilities whether an event of it happens. Traps unless they are in 0 … 1.
    public static func bernoulli<Number: DifferentiableScalar>(
        _ probabilities: Tensor<Number>, using source: RandomSource = .current
    ) -> Tensor {
        let all = Tensor<Number>(Value(probabilities.value.arrayOfAllExamples))
        if let wrong = all.scalars.firstIndex(where: { !($0 >= 0 && $0 <= 1) }) {
            trap(
                "bernoulli",
                "\(all.scalars[wrong]) at position \(wrong) of shape \(all.shape) is no probability, from 0 to 1")
        }
        return .uniform(probabilities.shape, using: source) .< probabilities
    }
}

extension Tensor where Scalar == Int32 {
    /// Positions along the last axis, drawn with the probabilities softmax(x) of logits `[…, classes]`: `[…]`. Drawn as
    /// the greatest of the logits with Gumbel noise added. Traps where there is no class.
    public static func categorical<Number: DifferentiableScalar>(
        logits: Tensor<Number>, using source: RandomSource = .current
    ) -> Tensor {
        let shape = logits.shape
        if shape.last ?? 0 == 0 { trap("categorical", "logits of shape \(shape) have no class on the last axis") }
        return (logits + .gumbel(shape, using: source)).argMax(axis: -1)
    }

    /// Whole numbers drawn uniformly from `range`. Traps when it is empty.
    public static func uniform(_ shape: [Int], in range: Range<Int32>, using source: RandomSource = .current) -> Tensor
    {
        let count = Layout.count(of: shape, in: "uniform")
        if range.isEmpty { trap("uniform", "the range \(range) is empty") }
        let offsets = source.integers(below: Int(range.upperBound) - Int(range.lowerBound), count: count)
        return Tensor(shape: shape, scalars: offsets.map { Int32(Int(range.lowerBound) + $0) })
    }

    /// An order of `0 ..< count`, each equally likely. Traps when the count is negative.
    public static func permutation(_ count: Int, using source: RandomSource = .current) -> Tensor {
        if count < 0 || count > Int(Int32.max) {
            trap("permutation", "the count \(count) is negative, or more than int32 can hold")
        }
        return Tensor(source.permutation(count).map { Int32($0) })
    }
}
