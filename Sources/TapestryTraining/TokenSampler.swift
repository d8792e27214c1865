import Foundation
import TapestryArrays
import TapestryAutograd

/// Draws the next token from a model's logits.
public struct TokenSampler: Sendable {
    /// T in softmax(logits / T): below 1 likely tokens become more likely, above 1 less; 0 takes the likeliest.
    public var temperature: Double
    /// Only so many of the likeliest tokens are drawn; `nil` for all.
    public var topCount: Int?
    /// Only the likeliest tokens are drawn that have this probability together (nucleus sampling: A. Holtzman, J. Buys,
    /// L. Du, M. Forbes and Y. Choi, "The curious case of neural text degeneration", 2020); 1 for all.
    public var topProbability: Double

    /// Traps unless the temperature is at least 0 and finite, the count positive, and the probability in 0 < p ≤ 1.
    public init(temperature: Double = 1, topCount: Int? = nil, topProbability: Double = 1) {
        guard temperature >= 0, temperature.isFinite, topCount ?? 1 > 0, topProbability > 0, topProbability <= 1 else {
            trap(
                "TokenSampler",
                "temperature \(temperature), top count \(topCount.map(String.init) ?? "none") and top probability "
                    + "\(topProbability); expected at least 0, at least 1, and above 0 up to 1")
        }
        self.temperature = temperature
        self.topCount = topCount
        self.topProbability = topProbability
    }

    /// The probability with which each token is drawn, from its logit. Of equal logits the first counts as the
    /// likelier. Traps if there are none, or one is NaN.
    public func probabilities(_ logits: [Double]) -> [Double] {
        guard let greatest = logits.max(), !logits.contains(where: \.isNaN) else {
            trap("TokenSampler", logits.isEmpty ? "there are no logits" : "a logit is NaN")
        }
        let order = logits.indices.sorted { (logits[$1], $0) < (logits[$0], $1) }
        let count = temperature == 0 ? 1 : min(topCount ?? logits.count, logits.count)
        var weights = [Double](repeating: 0, count: logits.count)
        for index in order.prefix(count) {
            // An infinite logit takes all, and minus infinities are all alike.
            let distance = logits[index] == greatest ? 0 : logits[index] - greatest
            weights[index] = temperature == 0 ? 1 : exp(distance / temperature)
        }
        var total = weights.reduce(0, +)
        if topProbability < 1 {
            var kept = 0.0
            for index in order {
                if kept >= topProbability * total { weights[index] = 0 }
                kept += weights[index]
            }
            total = kept
        }
        return weights.map { $0 / total }
    }

    /// A token, drawn from the logits of each.
    public func token<Scalar: DifferentiableScalar>(
        _ logits: Tensor<Scalar>, using source: RandomSource = .current
    ) -> Int32 {
        let probabilities = probabilities(logits.flattened().scalars.map { Double($0) })
        var remaining = source.uniform()
        let drawn = probabilities.firstIndex { probability in
            remaining -= probability
            return remaining < 0
        }
        // What rounding leaves over goes to the last one that can be drawn.
        return Int32(drawn ?? probabilities.lastIndex { $0 > 0 }!)
    }
}
