import TapestryArrays
import TapestryAutograd

/// The share of targets that are among the k classes with the highest scores. Of equal scores the first counts as the
/// higher one, and a NaN counts as the lowest.
///
/// ```swift
/// var top5 = TopAccuracy(5)
/// top5.add(scores: logits, targets: labels)
/// print(top5.value)
/// ```
public struct TopAccuracy: Codable, Sendable, Equatable {
    /// k.
    public let count: Int
    /// How many targets were among them, and how many there were.
    public private(set) var right = 0, total = 0

    /// Nothing counted yet. Traps unless k is positive.
    public init(_ count: Int) {
        guard count > 0 else { trap("TopAccuracy", "the \(count) highest scores, expected at least 1") }
        self.count = count
    }

    /// Counts targets by the scores of all classes.
    ///
    /// - Parameters:
    ///   - scores: `[…, classes]`: logits, probabilities.
    ///   - targets: `[…]`, in `0 ..< classes`; else it traps, and if the shapes don't fit.
    public mutating func add<Scalar: DifferentiableScalar>(scores: Tensor<Scalar>, targets: Tensor<Int32>) {
        checkClasses("TopAccuracy", scores, targets)
        let classes = scores.shape.last!
        let (scores, targets) = (scores.scalars, targets.scalars)
        for (row, target) in targets.enumerated() {
            let own = scores[row * classes + Int(target)]
            guard !own.isNaN else { continue }
            let above = (0..<classes).count { other in
                let score = scores[row * classes + other]
                return score > own || score == own && other < Int(target)
            }
            if above < count { right += 1 }
        }
        total += targets.count
    }

    /// The share; NaN if nothing was counted.
    public var value: Double { Double(right) / Double(total) }
}

/// Traps unless scores `[…, classes]` and targets `[…]` fit each other, and each target is a class.
func checkClasses<Scalar>(_ operation: String, _ scores: Tensor<Scalar>, _ targets: Tensor<Int32>) {
    guard scores.rank > 0, Array(scores.shape.dropLast()) == targets.shape else {
        trap(
            operation, "scores of shape \(scores.shape) for targets of shape \(targets.shape), which lack the last axis"
        )
    }
    let classes = scores.shape.last!
    if let target = targets.scalars.first(where: { !(0..<classes ~= Int($0)) }) {
        trap(operation, "the target \(target) is none of \(classes) classes")
    }
}
