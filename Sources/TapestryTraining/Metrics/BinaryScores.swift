import TapestryArrays
import TapestryAutograd

/// Scores of what is positive or not, collected over batches for the areas under their curves.
///
/// ```swift
/// var scores = BinaryScores()
/// for batch in batches { scores.add(scores: logits(batch), isPositive: labels(batch)) }
/// print(scores.curve.rocArea)
/// ```
public struct BinaryScores: Codable, Sendable, Equatable {
    private var scores: [Double] = []
    private var isPositive: [Bool] = []

    /// None yet.
    public init() {}

    /// Adds scores, high ones for what seems positive. Traps if there are more or fewer scores than labels.
    public mutating func add(scores: [Double], isPositive: [Bool]) {
        guard scores.count == isPositive.count else {
            trap("BinaryScores", "\(scores.count) scores for \(isPositive.count) labels")
        }
        self.scores += scores
        self.isPositive += isPositive
    }

    /// Adds scores of any shape with labels of the same one. Traps if the shapes differ.
    public mutating func add<Scalar: DifferentiableScalar>(scores: Tensor<Scalar>, isPositive: Tensor<Bool>) {
        guard scores.shape == isPositive.shape else {
            trap("BinaryScores", "scores of shape \(scores.shape) for labels of shape \(isPositive.shape)")
        }
        add(scores: scores.scalars.map { Double($0) }, isPositive: isPositive.scalars)
    }

    /// How well the scores tell one from the other at every threshold. Traps if a score is NaN.
    public var curve: RankingCurve { RankingCurve(scores: scores, isPositive: isPositive) }
}
