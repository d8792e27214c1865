import TapestryArrays

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

    /// The mean of the classes' F1, each with the same weight; classes that neither occur nor were predicted are left out.
    public var macroF1: Double {
        let values = counts.indices.map { f1(of: $0) }.filter { !$0.isNaN }
        return values.reduce(0, +) / Double(values.count)
    }
}
