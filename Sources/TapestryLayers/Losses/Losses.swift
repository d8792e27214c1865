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
/// With label smoothing ε the target's probability is 1 − ε, and ε is shared by all classes equally:
/// −(1 − ε) ln p[target] − ε/classes Σ ln p.
///
/// - Parameters:
///   - logits: unnormalised log-probabilities `[…, classes]`.
///   - targets: the right class of each, `[…]`. Traps on a class outside `0 ..< classes`.
///   - labelSmoothing: ε; traps unless 0 ≤ ε ≤ 1.
///   - reduction: whether the result, a scalar, is the mean or the sum over all examples.
///
/// Reference for label smoothing: C. Szegedy et al., "Rethinking the Inception architecture for computer vision", 2016.
public func crossEntropy<Scalar: DifferentiableScalar>(
    _ logits: Tensor<Scalar>, _ targets: Tensor<Int32>, labelSmoothing: Double = 0, reduction: LossReduction = .mean
) -> Tensor<Scalar> {
    checkClasses("crossEntropy", logits, targets)
    if !(0...1 ~= labelSmoothing) { trap("crossEntropy", "a label smoothing of \(labelSmoothing) is not in 0...1") }
    let logProbabilities = logits.logSoftmax(axis: -1)
    let picked = logProbabilities.gathered(axis: -1, indices: targets.unsqueezed(axis: -1))
    if labelSmoothing == 0 { return reduced(-picked, reduction) }
    let spread = logProbabilities.mean(axes: [-1], keepingAxes: true)
    return reduced(-((1 - labelSmoothing) * picked + labelSmoothing * spread), reduction)
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

/// ½ d² where |d| ≤ δ and δ (|d| − ½ δ) beyond, of the difference d = prediction − target: squares of small errors,
/// whose slope does not grow beyond δ. Divided by δ it is what is known as the smooth L1 loss, with β = δ.
///
/// - Parameters:
///   - predictions: of any shape.
///   - targets: of the same shape, else it traps.
///   - delta: δ; traps unless it is positive.
///   - reduction: whether the result, a scalar, is the mean or the sum over all elements.
///
/// Reference: P. J. Huber, "Robust estimation of a location parameter", 1964.
public func huberLoss<Scalar: DifferentiableScalar>(
    _ predictions: Tensor<Scalar>, _ targets: Tensor<Scalar>, delta: Double = 1, reduction: LossReduction = .mean
) -> Tensor<Scalar> {
    checkShapes("huberLoss", predictions.shape, targets.shape)
    if !(delta > 0) { trap("huberLoss", "δ is \(delta), and not positive") }
    // Both branches at once, and no square of a large difference.
    let difference = predictions - targets
    let clamped = difference.clamped(from: Scalar(-delta), to: Scalar(delta))
    return reduced(clamped * (difference - clamped / 2), reduction)
}

/// Σ p (ln p − ln q) over the last axis, the Kullback–Leibler divergence of predictions q from targets p, in nats.
///
/// What has the probability 0 in the targets adds nothing, whatever the prediction. An event that the targets have and
/// the predictions exclude makes the divergence infinite.
///
/// - Parameters:
///   - logPredictions: ln q, `[…, classes]`: `logits.logSoftmax()`, for instance.
///   - targets: p, probabilities of the same shape, else it traps.
///   - reduction: whether the result, a scalar, is the mean or the sum over all distributions (not over their
///     elements).
///
/// Reference: S. Kullback and R. A. Leibler, "On information and sufficiency", 1951.
public func klDivergence<Scalar: DifferentiableScalar>(
    _ logPredictions: Tensor<Scalar>, _ targets: Tensor<Scalar>, reduction: LossReduction = .mean
) -> Tensor<Scalar> {
    checkShapes("klDivergence", logPredictions.shape, targets.shape)
    if targets.rank == 0 { trap("klDivergence", "a scalar is no distribution: the last axis are the classes") }
    // 0 · −∞ would be NaN.
    let isExcluded = (targets .== 0) .& (logPredictions .== -.infinity)
    let logPredictions = logPredictions.replacing(where: isExcluded, with: 0)
    return reduced((xlogy(targets, targets) - targets * logPredictions).sum(axes: [-1]), reduction)
}

func reduced<Scalar: DifferentiableScalar>(
    _ losses: Tensor<Scalar>, _ reduction: LossReduction
) -> Tensor<Scalar> {
    switch reduction {
    case .mean: losses.mean()
    case .sum: losses.sum()
    }
}

/// Traps unless there is one class of `0 ..< classes` for each row of the logits.
func checkClasses<Scalar: DifferentiableScalar>(
    _ operation: String, _ logits: Tensor<Scalar>, _ targets: Tensor<Int32>
) {
    guard let classes = logits.shape.last, Array(logits.shape.dropLast()) == targets.shape else {
        trap(
            operation, "targets \(targets.shape) do not match logits \(logits.shape), whose last axis are the classes")
    }
    checkClasses(operation, targets, count: classes)
}

/// Traps on a class outside of `0 ..< count`.
func checkClasses(_ operation: String, _ targets: Tensor<Int32>, count: Int) {
    let indices = targets.value.arrayOfAllExamples.elements(as: Int32.self)
    if let wrong = indices.firstIndex(where: { $0 < 0 || Int($0) >= count }) {
        trap(operation, "target \(indices[wrong]) at position \(wrong) is outside 0 ..< \(count)")
    }
}

func checkShapes(_ operation: String, _ predictions: [Int], _ targets: [Int]) {
    if predictions != targets {
        trap(operation, "predictions \(predictions) and targets \(targets) must have the same shape")
    }
}
