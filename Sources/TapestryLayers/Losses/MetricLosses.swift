import TapestryAutograd

// Losses of vectors that should lie near to each other, or far apart.

/// The cosine of the angle between two vectors, a·b / (‖a‖ ‖b‖), over the last axis: `[…, features]` to `[…]`. Leading
/// axes are broadcast. A vector of zeros has the cosine 0 with every other.
///
/// Neither norms nor products overflow on the way. Traps if the last axes differ, or others cannot be broadcast.
public func cosineSimilarity<Scalar: DifferentiableScalar>(
    _ a: Tensor<Scalar>, _ b: Tensor<Scalar>
) -> Tensor<Scalar> {
    guard let features = a.shape.last, b.shape.last == features else {
        trap("cosineSimilarity", "vectors of shapes \(a.shape) and \(b.shape) differ in the last axis")
    }
    func direction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        let norm = x.norm(axes: [-1], keepingAxes: true)
        return x / norm.replacing(where: norm .== 0, with: 1)
    }
    return (direction(a) * direction(b)).sum(axes: [-1])
}

/// 1 − cos(a, b) of vectors that belong together, and max(0, cos(a, b) − margin) of others.
///
/// - Parameters:
///   - first: a, `[…, features]`.
///   - second: b, of the same shape, else it traps.
///   - belongTogether: whether the vectors of a pair do, `[…]`.
///   - margin: the cosine that vectors that do not belong together may have, from −1 to 1.
///   - reduction: whether the result, a scalar, is the mean or the sum over all pairs.
public func cosineEmbeddingLoss<Scalar: DifferentiableScalar>(
    _ first: Tensor<Scalar>, _ second: Tensor<Scalar>, belongTogether: Tensor<Bool>, margin: Double = 0,
    reduction: LossReduction = .mean
) -> Tensor<Scalar> {
    if first.shape != second.shape || Array(first.shape.dropLast()) != belongTogether.shape || first.rank == 0 {
        trap(
            "cosineEmbeddingLoss",
            "vectors \(first.shape) and \(second.shape), and \(belongTogether.shape) for whether they belong together: "
                + "they must be […, features] twice and […]")
    }
    let cosine = cosineSimilarity(first, second)
    return reduced(select(belongTogether, 1 - cosine, relu(cosine - margin)), reduction)
}

/// max(0, ‖a − p‖ − ‖a − n‖ + margin): an anchor should be nearer to what is like it than to what is not, by a margin.
///
/// - Parameters:
///   - anchors: a, `[…, features]`.
///   - positives: p, of the same shape, else it traps.
///   - negatives: n, of the same shape, else it traps.
///   - margin: by how much the distances should differ.
///   - order: of the norm; traps unless it is at least 1. The slope of a distance that is 0 is 0.
///   - reduction: whether the result, a scalar, is the mean or the sum over all triplets.
///
/// Reference: F. Schroff, D. Kalenichenko and J. Philbin, "FaceNet: a unified embedding for face recognition and
/// clustering", 2015 (there with squares); V. Balntas et al., "Learning local feature descriptors with triplets and
/// shallow convolutional neural networks", 2016.
public func tripletMarginLoss<Scalar: DifferentiableScalar>(
    anchors: Tensor<Scalar>, positives: Tensor<Scalar>, negatives: Tensor<Scalar>, margin: Double = 1,
    order: Double = 2, reduction: LossReduction = .mean
) -> Tensor<Scalar> {
    if anchors.shape != positives.shape || anchors.shape != negatives.shape || anchors.rank == 0 {
        trap(
            "tripletMarginLoss",
            "anchors \(anchors.shape), positives \(positives.shape) and negatives \(negatives.shape) must all be "
                + "[…, features]")
    }
    let near = (anchors - positives).norm(order: order, axes: [-1])
    let far = (anchors - negatives).norm(order: order, axes: [-1])
    return reduced(relu(near - far + margin), reduction)
}
