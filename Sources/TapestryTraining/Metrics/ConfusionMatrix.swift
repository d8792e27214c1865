import TapestryArrays
import TapestryAutograd

/// How often each class was predicted for each class: what accuracy, precision, recall and F1 are computed from.
///
/// ```swift
/// var confusion = ConfusionMatrix(classCount: 2)
/// confusion.add(predictions: [1, 0, 1], targets: [1, 1, 1])
/// print(confusion.accuracy, confusion.f1(of: 1))
/// ```
public struct ConfusionMatrix: Sendable, Equatable, Codable {
    /// `counts[target][prediction]`.
    public private(set) var counts: [[Int]]

    /// Nothing counted yet. Traps unless there is a class.
    public init(classCount: Int) {
        guard classCount > 0 else { trap("ConfusionMatrix", "\(classCount) classes, expected at least 1") }
        counts = Array(repeating: Array(repeating: 0, count: classCount), count: classCount)
    }

    /// Counts pairs of predictions and targets. Traps if there are more of one than of the other, or a class is none.
    public mutating func add(predictions: [Int], targets: [Int]) {
        guard predictions.count == targets.count else {
            trap("ConfusionMatrix", "\(predictions.count) predictions for \(targets.count) targets")
        }
        for (prediction, target) in zip(predictions, targets) {
            guard counts.indices.contains(prediction), counts.indices.contains(target) else {
                trap("ConfusionMatrix", "class \(prediction) for class \(target), and there are \(counts.count)")
            }
            counts[target][prediction] += 1
        }
    }

    /// Counts the classes with the highest scores.
    ///
    /// - Parameters:
    ///   - scores: `[…, classes]`: logits, probabilities.
    ///   - targets: `[…]`, in `0 ..< classes`; else it traps, and if the shapes don't fit.
    public mutating func add<Scalar: DifferentiableScalar>(scores: Tensor<Scalar>, targets: Tensor<Int32>) {
        checkClasses("ConfusionMatrix", scores, targets)
        add(
            predictions: scores.argMax(axis: -1).scalars.map { Int($0) }, targets: targets.scalars.map { Int($0) })
    }

    /// All that was counted.
    public var total: Int { counts.reduce(0) { $0 + $1.reduce(0, +) } }

    /// The share of right predictions; NaN if nothing was counted, like every share of nothing here.
    public var accuracy: Double { Double(counts.indices.reduce(0) { $0 + counts[$1][$1] }) / Double(total) }

    /// Of the predictions of a class, the share that was right.
    public func precision(of index: Int) -> Double {
        Double(counts[index][index]) / Double(counts.reduce(0) { $0 + $1[index] })
    }

    /// Of the targets of a class, the share that was found.
    public func recall(of index: Int) -> Double {
        Double(counts[index][index]) / Double(counts[index].reduce(0, +))
    }

    /// The harmonic mean of precision and recall, 2 · right / (predicted + targets).
    public func f1(of index: Int) -> Double {
        let predicted = counts.reduce(0) { $0 + $1[index] }
        return 2 * Double(counts[index][index]) / Double(predicted + counts[index].reduce(0, +))
    }

    /// The mean of the classes' F1, each with the same weight; classes that neither occur nor were predicted are left
    /// out.
    public var macroF1: Double { f1(.macro) }
}

// MARK: - Of several classes

extension ConfusionMatrix {
    /// How the figures of several classes become one.
    public enum Averaging: Sendable {
        /// Their mean, each class with the same weight. Of all classes, one that neither occurs nor was predicted is
        /// left out; where a figure is 0 / 0 else, it counts as 0.
        case macro
        /// Of the counts of all classes together.
        case micro
        /// Their mean, each class weighted by how often it occurs.
        case weighted
    }

    /// The precision of all classes, or of some.
    public func precision(_ averaging: Averaging, of classes: [Int]? = nil) -> Double {
        averaged(averaging, classes) { right, predicted, _ in (right, predicted) }
    }

    /// The recall of all classes, or of some.
    public func recall(_ averaging: Averaging, of classes: [Int]? = nil) -> Double {
        averaged(averaging, classes) { right, _, expected in (right, expected) }
    }

    /// The F1 of all classes, or of some: leaving out a class for *none* is usual of the micro average, which of all
    /// classes is the accuracy.
    public func f1(_ averaging: Averaging, of classes: [Int]? = nil) -> Double {
        averaged(averaging, classes) { right, predicted, expected in (2 * right, predicted + expected) }
    }

    /// Averages a share that is made of how many predictions of a class are right, how many there are, and how often
    /// the class occurs.
    private func averaged(
        _ averaging: Averaging, _ classes: [Int]?, _ share: (Int, Int, Int) -> (part: Int, whole: Int)
    ) -> Double {
        let isAskedFor = classes != nil
        let classes = classes ?? Array(counts.indices)
        if let index = classes.first(where: { !counts.indices.contains($0) }) {
            trap("ConfusionMatrix", "class \(index), and there are \(counts.count)")
        }
        var mean = RunningMean()
        var (part, whole) = (0, 0)
        for index in classes {
            let predicted = counts.reduce(0) { $0 + $1[index] }
            let expected = counts[index].reduce(0, +)
            guard isAskedFor || predicted + expected > 0 else { continue }
            let share = share(counts[index][index], predicted, expected)
            part += share.part
            whole += share.whole
            let value = share.whole == 0 ? 0 : Double(share.part) / Double(share.whole)
            mean.add(value, weight: averaging == .weighted ? Double(expected) : 1)
        }
        return averaging == .micro ? Double(part) / Double(whole) : mean.value
    }
}
