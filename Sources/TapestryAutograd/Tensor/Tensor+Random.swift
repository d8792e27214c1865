import TapestryArrays

extension Tensor where Scalar: DifferentiableScalar {
    /// Elements drawn uniformly from [lower, upper); all `lower` if the two are equal. Traps on a negative extent, and
    /// unless lower ≤ upper, at a finite distance.
    public static func uniform(
        _ shape: [Int], from lower: Scalar = 0, to upper: Scalar = 1, using source: RandomSource = .current
    ) -> Tensor {
        _ = Layout.count(of: shape, in: "uniform")
        if !(lower <= upper && (upper - lower).isFinite) {
            trap("uniform", "from \(lower) to \(upper) is no range of finite length")
        }
        let unit = Tensor(source.array(.uniform, shape, Scalar.elementType))
        if lower == 0 && upper == 1 { return unit }
        // Rounding could reach the upper end, which does not belong to the range.
        return minimum(unit * (upper - lower) + lower, Tensor(Swift.max(lower, upper.nextDown)))
    }

    /// Elements drawn from the normal distribution. Traps on a negative extent, and unless the mean is finite and the
    /// standard deviation finite and not negative.
    public static func normal(
        _ shape: [Int], mean: Scalar = 0, standardDeviation: Scalar = 1, using source: RandomSource = .current
    ) -> Tensor {
        _ = Layout.count(of: shape, in: "normal")
        if !(mean.isFinite && standardDeviation.isFinite && standardDeviation >= 0) {
            trap("normal", "a mean of \(mean) and a standard deviation of \(standardDeviation) are of no distribution")
        }
        let unit = Tensor(source.array(.normal, shape, Scalar.elementType))
        return mean == 0 && standardDeviation == 1 ? unit : unit * standardDeviation + mean
    }
}
