import TapestryAutograd

/// −(1 − p)^γ ln p with p = softmax(logits)[target]: cross-entropy in which examples that are easy already count less.
///
/// - Parameters:
///   - logits: unnormalised log-probabilities `[…, classes]`.
///   - targets: the right class of each, `[…]`. Traps on a class outside `0 ..< classes`.
///   - gamma: the focusing parameter γ; 0 gives the cross-entropy. Traps if it is negative.
///   - reduction: whether the result, a scalar, is the mean or the sum over all examples.
///
/// Reference: T.-Y. Lin et al., "Focal loss for dense object detection", 2017.
public func focalLoss<Scalar: DifferentiableScalar>(
    _ logits: Tensor<Scalar>, _ targets: Tensor<Int32>, gamma: Double = 2, reduction: LossReduction = .mean
) -> Tensor<Scalar> {
    checkClasses("focalLoss", logits, targets)
    checkGamma(gamma, "focalLoss")
    // The log-odds of the right class against all others together, in which p near 1 keeps its digits.
    let indices = targets.unsqueezed(axis: -1)
    let isTarget = Tensor<Int32>.oneHot(targets, count: logits.shape[logits.rank - 1]) .== 1
    let others = logits.replacing(where: isTarget, with: -.infinity).logSumExp(axes: [-1], keepingAxes: true)
    return reduced(focal(logits.gathered(axis: -1, indices: indices) - others, gamma), reduction)
}

/// −α t (1 − p)^γ ln p − (1 − α) (1 − t) p^γ ln(1 − p) with p = σ(x): the focal loss of yes or no.
///
/// - Parameters:
///   - logits: x, log-odds of any shape.
///   - targets: t, probabilities of the same shape, else it traps.
///   - alpha: the weight α of positive examples beside 1 − α of negative ones; without it both weigh 1. Traps unless
///     0 ≤ α ≤ 1.
///   - gamma: the focusing parameter γ; 0 gives the cross-entropy. Traps if it is negative.
///   - reduction: whether the result, a scalar, is the mean or the sum over all elements.
///
/// Reference: T.-Y. Lin et al., "Focal loss for dense object detection", 2017.
public func binaryFocalLoss<Scalar: DifferentiableScalar>(
    _ logits: Tensor<Scalar>, _ targets: Tensor<Scalar>, alpha: Double? = nil, gamma: Double = 2,
    reduction: LossReduction = .mean
) -> Tensor<Scalar> {
    checkShapes("binaryFocalLoss", logits.shape, targets.shape)
    checkGamma(gamma, "binaryFocalLoss")
    if let alpha, !(0...1 ~= alpha) { trap("binaryFocalLoss", "α is \(alpha), and not in 0...1") }
    let positive = targets * focal(logits, gamma) * (alpha ?? 1)
    let negative = (1 - targets) * focal(-logits, gamma) * (alpha.map { 1 - $0 } ?? 1)
    return reduced(positive + negative, reduction)
}

/// −(1 − p)^γ ln p of log-odds x, p = σ(x). The power is exp(−γ softplus(x)), which has a slope for every γ, also where
/// 1 − p is 0.
private func focal<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>, _ gamma: Double) -> Tensor<Scalar> {
    let surprise = softplus(-x)
    return gamma == 0 ? surprise : exp(-gamma * softplus(x)) * surprise
}

private func checkGamma(_ gamma: Double, _ operation: String) {
    if !(gamma >= 0) { trap(operation, "γ is \(gamma), and may not be negative") }
}
