import TapestryAutograd

// Connectionist temporal classification: labels for a sequence without knowing at which step each of them stands. Every
// step has a class, of which one is the blank; the labels of such a path are its classes with repetitions merged and
// blanks removed.

/// −ln p(labels | logits) of each sequence, the probabilities of all paths that have these labels added up.
///
/// With α over the labels l′ with blanks around each, αₜ(s) = yₜ(l′ₛ) (αₜ₋₁(s) + αₜ₋₁(s − 1) + αₜ₋₁(s − 2)), the last
/// only where l′ₛ is neither blank nor l′ₛ₋₂, computed in logarithms.
///
/// Labels that no path has (more of them, repetitions counted twice, than there are steps) have the loss +∞.
///
/// - Parameters:
///   - logits: unnormalised log-probabilities `[batch, time, classes]` (or log-probabilities, which normalising leaves
///     as they are). Padding may hold anything.
///   - targets: the labels of each sequence, any number of them. Traps on blanks and on what is no class.
///   - lengths: the number of steps of each sequence, all by default. Traps unless each is from 1 to the steps there
///     are.
///   - blank: the class that stands for no label.
///   - zeroInfinity: whether an infinite loss counts as 0, without a gradient.
///   - reduction: whether the result, a scalar, is the mean or the sum over all sequences. (PyTorch's mean divides each
///     loss by the number of labels first.)
///
/// Reference: A. Graves et al., "Connectionist temporal classification: labelling unsegmented sequence data with
/// recurrent neural networks", 2006.
public func ctcLoss<Scalar: DifferentiableScalar>(
    _ logits: Tensor<Scalar>, _ targets: [[Int]], lengths: [Int]? = nil, blank: Int = 0, zeroInfinity: Bool = false,
    reduction: LossReduction = .mean
) -> Tensor<Scalar> {
    checkSequences("ctcLoss", logits.shape, lengths, "classes")
    let (batch, time, classes) = (logits.shape[0], logits.shape[1], logits.shape[2])
    checkTargets(targets, batch: batch, classes: classes, blank: blank)
    let paths = LabelPaths(targets, blank: blank)
    let present = lengths.map { presentSteps($0, stepCount: time) }
    let kept = present.map { select($0.unsqueezed(axis: -1), logits, Tensor(0)) } ?? logits
    let states = paths.classes.unsqueezed(axis: 1).expanded(to: [batch, time, paths.stateCount])
    let emissions = kept.logSoftmax().gathered(axis: 2, indices: states)

    let impossible = Tensor<Scalar>(repeating: -.infinity, shape: [batch, 2])
    var forward = select(paths.isFirst, emissions.slice(axis: 1, at: 0), Tensor(-.infinity))
    for t in 0..<time where t > 0 {
        let padded = concatenate([impossible, forward], axis: 1)
        let fromPrevious = padded.slice(axis: 1, 1..<paths.stateCount + 1)
        let fromLabel = select(paths.skipsBlank, padded.slice(axis: 1, 0..<paths.stateCount), Tensor(-.infinity))
        let reached = stack([forward, fromPrevious, fromLabel]).logSumExp(axes: [0])
        let next = reached + emissions.slice(axis: 1, at: t)
        forward = present.map { select($0.slice(axis: 1, t..<t + 1), next, forward) } ?? next
    }
    let losses = -select(paths.isLast, forward, Tensor(-.infinity)).logSumExp(axes: [1])
    return reduced(zeroInfinity ? losses.replacing(where: losses .== .infinity, with: 0) : losses, reduction)
}

/// The labels of the best path: of the most probable class at each step, repetitions merged and blanks removed.
///
/// The best path is not always that of the most probable labels, which may have many paths.
///
/// - Parameters:
///   - logits: unnormalised log-probabilities `[batch, time, classes]`.
///   - lengths: the number of steps of each sequence, all by default. Traps unless each is from 1 to the steps there
///     are.
///   - blank: the class that stands for no label.
/// - Returns: the labels of each sequence.
public func ctcGreedyDecoding<Scalar: DifferentiableScalar>(
    _ logits: Tensor<Scalar>, lengths: [Int]? = nil, blank: Int = 0
) -> [[Int]] {
    checkSequences("ctcGreedyDecoding", logits.shape, lengths, "classes")
    checkBlank(blank, classes: logits.shape[2], "ctcGreedyDecoding")
    let time = logits.shape[1]
    let best = logits.argMax(axis: 2).scalars.map(Int.init)
    return (0..<logits.shape[0]).map { row in
        let path = best[row * time..<row * time + (lengths?[row] ?? time)]
        let changes = zip([blank] + path, path).filter { $0 != $1 }.map(\.1)
        return changes.filter { $0 != blank }
    }
}

/// The states that paths of labels go through: blank, label, blank, …, blank, `[batch, states]` for the most labels.
private struct LabelPaths {
    /// 2 · labels + 1.
    let stateCount: Int
    /// The class of each state; of states that a sequence does not have, the blank.
    let classes: Tensor<Int32>
    /// Whether a path may begin there: in the first blank, or the first label.
    let isFirst: Tensor<Bool>
    /// Whether a path may end there: in the last label, or the last blank.
    let isLast: Tensor<Bool>
    /// Whether a path may come from two states before: from one label to another one.
    let skipsBlank: Tensor<Bool>

    init(_ targets: [[Int]], blank: Int) {
        let count = 2 * (targets.map(\.count).max() ?? 0) + 1
        func table<Element: TensorScalar>(_ element: (_ labels: [Int], _ state: Int) -> Element) -> Tensor<Element> {
            let rows = targets.flatMap { labels in (0..<count).map { element(labels, $0) } }
            return Tensor(shape: [targets.count, count], scalars: rows)
        }
        func label(_ labels: [Int], _ state: Int) -> Int? {
            state % 2 == 1 && state / 2 < labels.count ? labels[state / 2] : nil
        }
        stateCount = count
        classes = table { Int32(label($0, $1) ?? blank) }
        isFirst = table { labels, state in state == 0 || state == 1 && !labels.isEmpty }
        isLast = table { labels, state in state == 2 * labels.count || state == 2 * labels.count - 1 }
        skipsBlank = table { labels, state in
            guard state > 1, let own = label(labels, state) else { return false }
            return own != labels[state / 2 - 1]
        }
    }
}

private func checkTargets(_ targets: [[Int]], batch: Int, classes: Int, blank: Int) {
    checkBlank(blank, classes: classes, "ctcLoss")
    if targets.count != batch {
        trap("ctcLoss", "there are labels for \(targets.count) sequences, and the batch has \(batch)")
    }
    for (row, labels) in targets.enumerated() {
        if let wrong = labels.first(where: { !(0..<classes ~= $0) || $0 == blank }) {
            trap(
                "ctcLoss",
                "label \(wrong) of sequence \(row) is outside 0 ..< \(classes), or the blank, \(blank)")
        }
    }
}

private func checkBlank(_ blank: Int, classes: Int, _ operation: String) {
    if !(0..<classes ~= blank) { trap(operation, "the blank, \(blank), is outside 0 ..< \(classes)") }
}
