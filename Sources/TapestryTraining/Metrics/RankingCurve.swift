import TapestryArrays

/// How well scores tell what is positive from what is not, at every threshold.
public struct RankingCurve: Sendable {
    /// What calls everything from a score on positive.
    public struct Point: Sendable, Equatable {
        /// The lowest score that is called positive.
        public let threshold: Double
        /// How many positives are called so, and how many others.
        public let truePositives, falsePositives: Int
    }

    /// One point for each different score, from the highest on.
    public let points: [Point]
    /// How many are positive, and how many are not.
    public let positives, negatives: Int

    /// The curve of scores, high ones for what seems positive. Traps if there are more or fewer scores than labels, or
    /// a score is NaN.
    public init(scores: [Double], isPositive: [Bool]) {
        guard scores.count == isPositive.count else {
            trap("RankingCurve", "\(scores.count) scores for \(isPositive.count) labels")
        }
        if let index = scores.firstIndex(where: \.isNaN) { trap("RankingCurve", "score \(index) is NaN") }
        var points: [Point] = []
        var (truePositives, falsePositives) = (0, 0)
        let ranked = zip(scores, isPositive).sorted { $0.0 > $1.0 }
        for (index, (score, isPositive)) in ranked.enumerated() {
            if isPositive { truePositives += 1 } else { falsePositives += 1 }
            // Equal scores are called together.
            if index + 1 < ranked.count, ranked[index + 1].0 == score { continue }
            points.append(Point(threshold: score, truePositives: truePositives, falsePositives: falsePositives))
        }
        self.points = points
        (positives, negatives) = (truePositives, falsePositives)
    }

    /// The area under the curve of true positives over false ones (ROC): the probability that a positive has a higher
    /// score than another, ties counted by half. NaN if there are none of one kind.
    public var rocArea: Double {
        var (area, last) = (0.0, (true: 0, false: 0))
        for point in points {
            let width = Double(point.falsePositives - last.false)
            area += width * Double(point.truePositives + last.true) / 2
            last = (point.truePositives, point.falsePositives)
        }
        return area / (Double(positives) * Double(negatives))
    }

    /// The area under the curve of precision over recall, as steps: Σ (Rₙ − Rₙ₋₁) Pₙ, the average precision. NaN if
    /// nothing is positive.
    public var precisionRecallArea: Double {
        var (area, last) = (0.0, 0)
        for point in points {
            let precision = Double(point.truePositives) / Double(point.truePositives + point.falsePositives)
            area += Double(point.truePositives - last) * precision
            last = point.truePositives
        }
        return area / Double(positives)
    }
}
