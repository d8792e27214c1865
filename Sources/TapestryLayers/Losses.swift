import TapestryAutograd

/// How the losses of single examples become one number.
public enum LossReduction: Sendable {
    /// Their mean: 1/n Σ ℓᵢ.
    case mean
    /// Their sum: Σ ℓᵢ.
    case sum
}

/// −ln softmax(logits)[target], the cross-entropy of classes, in nats.
///
/// - Parameters:
///   - logits: unnormalised log-probabilities `[…, classes]`.
///   - targets: the right class of each, `[…]`. Traps on a class outside `0 ..< classes`.
///   - reduction: whether the result, a scalar, is the mean or the sum over all examples.
public func crossEntropy<Scalar: DifferentiableScalar>(
    _ logits: Tensor<Scalar>, _ targets: Tensor<Int32>, reduction: LossReduction = .mean
) -> Tensor<Scalar> {
    guard let classes = logits.shape.last, Array(logits.shape.dropLast()) == targets.shape else {
        trap(
            "crossEntropy",
            "targets \(targets.shape) do not match logits \(logits.shape), whose last axis are the classes")
    }
    let indices = targets.value.arrayOfAllExamples.elements(as: Int32.self)
    if let wrong = indices.firstIndex(where: { $0 < 0 || Int($0) >= classes }) {
        trap("crossEntropy", "target \(indices[wrong]) at position \(wrong) is outside 0 ..< \(classes)")
    }
    let picked = logits.logSoftmax(axis: -1).gathered(axis: -1, indices: targets.unsqueezed(axis: -1))
    return reduced(-picked, reduction)
}

/// (prediction − target)², averaged or summed over all elements.
///
/// - Parameters:
///   - predictions: of any shape.
///   - targets: of the same shape, else it traps.
///   - reduction: whether the result, a scalar, is the mean or the sum over all elements.
public func meanSquaredError<Scalar: DifferentiableScalar>(
    _ predictions: Tensor<Scalar>, _ targets: Tensor<Scalar>, reduction: LossReduction = .mean
) -> Tensor<Scalar> {
    checkShapes("meanSquaredError", predictions.shape, targets.shape)
    return reduced(square(predictions - targets), reduction)
}

/// −t ln σ(x) − (1 − t) ln(1 − σ(x)), the cross-entropy of yes or no, in nats.
///
/// Computed as t softplus(−x) + (1 − t) softplus(x), which is smooth at 0 and exact for logits that are certain and
/// right: the shorter softplus(x) − x t loses every digit there.
///
/// - Parameters:
///   - logits: x, log-odds of any shape.
///   - targets: t, probabilities of the same shape, else it traps.
///   - reduction: whether the result, a scalar, is the mean or the sum over all elements.
public func binaryCrossEntropy<Scalar: DifferentiableScalar>(
    _ logits: Tensor<Scalar>, _ targets: Tensor<Scalar>, reduction: LossReduction = .mean
) -> Tensor<Scalar> {
    checkShapes("binaryCrossEntropy", logits.shape, targets.shape)
    return reduced(Tensor(Value.binaryCrossEntropy(logits.value, targets.value)), reduction)
}

private func reduced<Scalar: DifferentiableScalar>(
    _ losses: Tensor<Scalar>, _ reduction: LossReduction
) -> Tensor<Scalar> {
    switch reduction {
    case .mean: losses.mean()
    case .sum: losses.sum()
    }
}

private func checkShapes(_ operation: String, _ predictions: [Int], _ targets: [Int]) {
    if predictions != targets {
        trap(operation, "predictions \(predictions) and targets \(targets) must have the same shape")
    }
}
