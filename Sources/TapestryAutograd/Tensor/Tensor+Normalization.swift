import TapestryArrays

/// γ ⊙ (x − μ) / √(σ² + ε) + β with the mean μ and the variance σ² (of the data, not corrected) of the last axis:
/// `[…, features]` to the same, with the gain γ and the bias β `[features]`.
///
/// Traps unless ε ≥ 0, and on a gain or a bias of another shape.
///
/// Reference: J. L. Ba, J. R. Kiros and G. E. Hinton, "Layer normalization", 2016.
public func layerNorm<Scalar: DifferentiableScalar>(
    _ x: Tensor<Scalar>, gain: Tensor<Scalar>, bias: Tensor<Scalar>, epsilon: Double = 1e-5
) -> Tensor<Scalar> {
    checkParameters("layerNorm", Array(x.shape.suffix(1)), "features of shape \(x.shape)", gain, bias)
    checkEpsilon(epsilon, "layerNorm")
    return Tensor(.layerNorm(x.value, gain: gain.value, bias: bias.value, epsilon: epsilon))
}

/// γ ⊙ (x − μ) / √(σ² + ε) + β with the mean μ and the variance σ² of each group of channels of each example:
/// `[batch, channels, …]` to the same, with the gain γ and the bias β `[channels]`.
///
/// Traps unless the groups divide the channels and ε ≥ 0, and on a gain or a bias of another shape.
///
/// Reference: Y. Wu and K. He, "Group normalization", 2018.
public func groupNorm<Scalar: DifferentiableScalar>(
    _ x: Tensor<Scalar>, groups: Int, gain: Tensor<Scalar>, bias: Tensor<Scalar>, epsilon: Double = 1e-5
) -> Tensor<Scalar> {
    normalized("groupNorm", x, groups: groups, gain, bias, epsilon)
}

/// Group normalisation with a group for each channel: μ and σ² are those of one channel of one example, over its
/// positions. `[batch, channels, …]` to the same, with the gain γ and the bias β `[channels]`.
///
/// Traps unless ε ≥ 0, and on a gain or a bias of another shape.
///
/// Reference: D. Ulyanov, A. Vedaldi and V. Lempitsky, "Instance normalization: the missing ingredient for fast
/// stylization", 2016.
public func instanceNorm<Scalar: DifferentiableScalar>(
    _ x: Tensor<Scalar>, gain: Tensor<Scalar>, bias: Tensor<Scalar>, epsilon: Double = 1e-5
) -> Tensor<Scalar> {
    normalized("instanceNorm", x, groups: gain.count, gain, bias, epsilon)
}

private func normalized<Scalar: DifferentiableScalar>(
    _ operation: String, _ x: Tensor<Scalar>, groups: Int, _ gain: Tensor<Scalar>, _ bias: Tensor<Scalar>,
    _ epsilon: Double
) -> Tensor<Scalar> {
    if x.rank < 2 { trap(operation, "inputs of shape \(x.shape) are not [batch, channels, …]") }
    let channels = x.shape[1]
    checkParameters(operation, [channels], "\(channels) channels of shape \(x.shape)", gain, bias)
    checkEpsilon(epsilon, operation)
    if channels > 0, groups < 1 || channels % groups != 0 {
        trap(operation, "\(groups) groups do not divide the \(channels) channels of shape \(x.shape)")
    }
    if x.count == 0 { return x }
    let lines = x.reshaped(to: [x.shape[0], groups, x.count / (x.shape[0] * groups)])
    let features = Tensor<Scalar>(.standardized(lines.value, EpsilonAttributes(epsilon))).reshaped(to: x.shape)
    let column = [channels] + Array(repeating: 1, count: x.rank - 2)
    return features * gain.reshaped(to: column) + bias.reshaped(to: column)
}

/// Traps unless gain and bias have a number for each feature or channel: one alone would otherwise be broadcast.
private func checkParameters<Scalar: DifferentiableScalar>(
    _ operation: String, _ shape: [Int], _ description: @autoclosure () -> String, _ gain: Tensor<Scalar>,
    _ bias: Tensor<Scalar>
) {
    if shape.isEmpty || gain.shape != shape || bias.shape != shape {
        trap(operation, "a gain of shape \(gain.shape) and a bias of shape \(bias.shape) for \(description())")
    }
}

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
