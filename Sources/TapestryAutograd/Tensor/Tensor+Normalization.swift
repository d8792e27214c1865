import TapestryArrays

/// γ ⊙ x / √(mean(x²) + ε) with the mean over the last axis: `[…, features]` to the same, with the gain γ `[features]`.
///
/// Traps unless ε ≥ 0, and on a gain of another shape.
///
/// Reference: B. Zhang and R. Sennrich, "Root mean square layer normalization", 2019.
public func rmsNorm<Scalar: DifferentiableScalar>(
    _ x: Tensor<Scalar>, gain: Tensor<Scalar>, epsilon: Double = 1e-5
) -> Tensor<Scalar> {
    // A gain of one feature would otherwise be broadcast.
    if gain.shape != Array(x.shape.suffix(1)) || x.rank == 0 {
        trap("rmsNorm", "a gain of shape \(gain.shape) for features of shape \(x.shape)")
    }
    checkEpsilon(epsilon, "rmsNorm")
    return gain * (x * rsqrt(square(x).mean(axes: [-1], keepingAxes: true) + epsilon))
}

/// (x − μ) / √(σ² + ε) with the mean μ and the variance σ² (of the data, not corrected) over the named axes.
///
/// - Returns: the normalised elements, in x's shape, and the statistics, with the axes kept with extent 1. Traps unless
///   ε ≥ 0, and on axes that do not exist.
///
/// Reference: S. Ioffe and C. Szegedy, "Batch normalization", 2015.
public func batchNorm<Scalar: DifferentiableScalar>(
    _ x: Tensor<Scalar>, axes: [Int], epsilon: Double = 1e-5
) -> (output: Tensor<Scalar>, mean: Tensor<Scalar>, variance: Tensor<Scalar>) {
    let axes = x.value.layout.axes(axes, in: "batchNorm")
    checkEpsilon(epsilon, "batchNorm")
    let mean = x.mean(axes: axes, keepingAxes: true)
    let centered = x - mean
    let variance = square(centered).mean(axes: axes, keepingAxes: true)
    return (centered * rsqrt(variance + epsilon), mean, variance)
}

private func checkEpsilon(_ epsilon: Double, _ operation: String) {
    if !(epsilon >= 0) { trap(operation, "ε is \(epsilon), and must not be negative") }
}

/// x / (1 − rate) where the mask is true, and 0 elsewhere; the mask is broadcast to x. Traps unless 0 ≤ rate < 1.
///
/// Reference: N. Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014.
public func dropout<Scalar: DifferentiableScalar>(
    _ x: Tensor<Scalar>, keeping mask: Tensor<Bool>, rate: Double
) -> Tensor<Scalar> {
    guard rate >= 0, rate < 1 else { trap("dropout", "the rate \(rate) is not in 0 ..< 1") }
    if !mask.value.layout.fits(x.shape) {
        trap("dropout", "a mask of shape \(mask.shape) cannot be broadcast to \(x.shape)")
    }
    return select(mask, x * (1 / (1 - rate)), Tensor(0))
}
