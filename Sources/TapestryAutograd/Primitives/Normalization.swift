import TapestryArrays

// Layer normalisation over the last axis. With the normalised features x̂ = s (x − μ), s = 1 / √(σ² + ε), the derivative
// J g = s (g − mean(g) − x̂ mean(g ⊙ x̂)) is symmetric, and so is its own in all it depends on.

extension Primitive {
    static func defineNormalization(in table: inout PrimitiveTable) {
        // y = γ ⊙ x̂
        table.accumulating(
            .layerNorm,
            binary: { x, gain, a in .layerNorm(x, gain: gain, epsilon: EpsilonAttributes.of(a).epsilon) },
            firstReads: [.first, .second], secondReads: .first
        ) { g, r, k, sum in
            let epsilon = r.attributes(EpsilonAttributes.self)
            if k == 0 {
                sum.add(.standardizeRule(g * r.b, r.a, epsilon))
            } else {
                sum.add((g * .standardized(r.a, epsilon)).sum(over: Array(0..<g.rank - 1), keepingAxes: false))
            }
        }
        // y = x̂
        table.unary(
            .standardize, { x, a in .layerNorm(x, gain: nil, epsilon: EpsilonAttributes.of(a).epsilon) },
            Rule(reads: .first) { g, r in .standardizeRule(g, r.x, r.attributes()) })
        // y = J g
        table.accumulating(
            .standardizeRule,
            binary: { g, x, a in .layerNormRule(g, x, epsilon: EpsilonAttributes.of(a).epsilon) },
            firstReads: .second, secondReads: [.first, .second, .result]
        ) { c, r, k, sum in
            let epsilon = r.attributes(EpsilonAttributes.self)
            let x = r.b
            let along = Value.standardizeRule(c, x, epsilon)
            if k == 0 { return sum.add(along) }
            let g = r.a
            // −s (x̂ mean(c ⊙ J g) + J c mean(g ⊙ x̂) + J g mean(c ⊙ x̂))
            let features = Value.standardized(x, epsilon)
            let variance = (x - x.lastAxisMean).squared().lastAxisMean
            let slope = features * (c * r.y).lastAxisMean + along * (g * features).lastAxisMean
            sum.add(-(slope + r.y * (c * features).lastAxisMean) / (variance + epsilon.epsilon).squareRoot())
        }
    }
}

/// What is added to a variance.
final class EpsilonAttributes: Attributes, @unchecked Sendable {
    let epsilon: Double
    init(_ epsilon: Double) { self.epsilon = epsilon }
    override var text: String { "ε \(epsilon)" }
}

// MARK: - As operations on values

extension Value {
    /// γ ⊙ (x − μ) / √(σ² + ε) over the last axis of x, which γ has alone.
    package static func layerNorm(_ x: consuming Value, gain: consuming Value, epsilon: Double) -> Value {
        binary(.layerNorm, x, gain, EpsilonAttributes(epsilon))
    }

    static func standardized(_ x: Value, _ epsilon: EpsilonAttributes) -> Value { unary(.standardize, x, epsilon) }

    static func standardizeRule(_ g: consuming Value, _ x: Value, _ epsilon: EpsilonAttributes) -> Value {
        binary(.standardizeRule, g, x, epsilon)
    }

    fileprivate var lastAxisMean: Value {
        sum(over: [rank - 1], keepingAxes: true) / Double(shape[rank - 1])
    }
}
