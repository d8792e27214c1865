import TapestryArrays

// Layer normalisation over the last axis. With the normalised features x̂ = s (x − μ), s = 1 / √(σ² + ε), the derivative
// J g = s (g − mean(g) − x̂ mean(g ⊙ x̂)) is symmetric, and so is its own in all it depends on.

extension Primitive {
    static func defineNormalization(in table: inout PrimitiveTable) {
        // y = γ ⊙ x̂ + β, or without a bias
        table.accumulating(
            .layerNorm,
            binary: { x, gain, a in LayerNormAttributes.of(a).value(x, gain, .zeros(like: gain)) },
            nary: { operands, a in
                LayerNormAttributes.of(a).value(operands[0].array, operands[1].array, operands[2].array)
            },
            firstReads: [.first, .second], secondReads: .first, listReads: .partners,
            forward: .formula { t, r in
                let epsilon = r.attributes(EpsilonAttributes.self)
                return t.sum { tangent, k in
                    switch k {
                    case 0: .standardizeRule(tangent, r.a, epsilon) * r.b
                    case 1: .standardized(r.a, epsilon) * tangent
                    default: tangent
                    }
                }
            },
            batching: .formula { batch, a in
                let epsilon = EpsilonAttributes.of(a).epsilon
                if batch.isBatched == [true, false, false] {
                    return .layerNorm(
                        batch[0], gain: batch.operands[1], bias: batch.operands[2], epsilon: epsilon)
                }
                let rank = batch.rank(0)
                let features = Value.standardized(batch[0], EpsilonAttributes(epsilon))
                let scaled = features * batch.aligned(1, toRank: rank)
                return batch.operands.count == 3 ? scaled + batch.aligned(2, toRank: rank) : scaled
            }
        ) { g, r, k, sum in
            let norm = r.attributes(LayerNormAttributes.self)
            if g.tape == nil, norm.accumulate(&g.array, r, k, &sum) { return }
            switch k {
            case 0: sum.add(.standardizeRule(g * r.b, r.a, norm))
            case 1: sum.add((g * .standardized(r.a, norm)).summedOverRows)
            default: sum.add(g.summedOverRows)
            }
        }
        // y = x̂
        table.unary(
            .standardize, { x, a in .standardized(x, epsilon: EpsilonAttributes.of(a).epsilon) },
            Rule(reads: .first) { g, r in .standardizeRule(g, r.x, r.attributes()) },
            batching: .formula { batch, a in .standardized(batch[0], EpsilonAttributes.of(a)) })
        // y = J g
        table.accumulating(
            .standardizeRule,
            binary: { g, x, a in .standardizeRule(g, x, epsilon: EpsilonAttributes.of(a).epsilon) },
            firstReads: .second, secondReads: [.first, .second, .result],
            forward: .formula { t, r in
                let epsilon = r.attributes(EpsilonAttributes.self)
                return t.sum { tangent, k in
                    k == 0 ? .standardizeRule(tangent, r.b, epsilon) : .standardizeSlope(tangent, r)
                }
            },
            batching: .formula { batch, a in .standardizeRule(batch[0], batch[1], EpsilonAttributes.of(a)) }
        ) { c, r, k, sum in
            sum.add(k == 0 ? .standardizeRule(c, r.b, r.attributes(EpsilonAttributes.self)) : .standardizeSlope(c, r))
        }
    }
}

/// What is added to a variance.
class EpsilonAttributes: Attributes, @unchecked Sendable {
    let epsilon: Double
    init(_ epsilon: Double) { self.epsilon = epsilon }
    override var text: String { "ε \(epsilon)" }
}

/// Beside ε what the value leaves for the rules, and one rule for another: a single pass over g and x gives the
/// cotangents of all operands.
final class LayerNormAttributes: EpsilonAttributes, @unchecked Sendable {
    @exclusivity(unchecked) private var statistics: NDArray?
    /// What the rule of the first operand leaves for those of gain and bias, which come next.
    @exclusivity(unchecked) private var gainTerms, biasTerms: MatrixColumns?

    fileprivate func value(_ x: consuming NDArray, _ gain: NDArray, _ bias: NDArray) -> NDArray {
        let (value, statistics) = NDArray.layerNorm(x, gain: gain, bias: bias, epsilon: epsilon)
        self.statistics = statistics
        return value
    }

    /// Adds to the sum of operand k what no tape is to know of.
    ///
    /// - Returns: whether it was done; not if operands are tracked further out, or if x is a constant.
    fileprivate func accumulate(_ g: inout NDArray, _ r: RecordView, _ k: Int, _ sum: inout CotangentSum) -> Bool {
        switch k {
        case 0:
            guard let x = r.untrackedOperand(0), let gain = r.untrackedOperand(1) else { return false }
            let cotangents = NDArray.layerNormRule(g.take(), x, gain: gain, statistics: statistics!)
            gainTerms = r.isTracked(1) ? cotangents.gainTerms : nil
            biasTerms = r.isTracked(2) ? cotangents.biasTerms : nil
            sum.add(cotangents.x)
        case 1:
            guard let terms = gainTerms.take() else { return false }
            sum.add(sumOfRows: terms)
        default:
            guard let terms = biasTerms.take() else { return false }
            sum.add(sumOfRows: terms)
        }
        return true
    }
}

extension NDArray {
    fileprivate static func zeros(like other: NDArray) -> NDArray {
        NDArray(repeating: 0, shape: other.shape, other.elementType)
    }
}

// MARK: - As operations on values

extension Value {
    /// γ ⊙ (x − μ) / √(σ² + ε) + β over the last axis of x, which γ and β have alone.
    package static func layerNorm(_ x: consuming Value, gain: Value, bias: Value, epsilon: Double) -> Value {
        let attributes = LayerNormAttributes(epsilon)
        // A list's record keeps x only where the gain is tracked as well.
        if x.tape == gain.tape, x.outer == nil, gain.outer == nil {
            return nary(.layerNorm, [x, gain, bias], attributes)
        }
        return binary(.layerNorm, x, gain, attributes) + bias
    }

    static func standardized(_ x: Value, _ epsilon: EpsilonAttributes) -> Value { unary(.standardize, x, epsilon) }

    static func standardizeRule(_ g: consuming Value, _ x: Value, _ epsilon: EpsilonAttributes) -> Value {
        binary(.standardizeRule, g, x, epsilon)
    }

    /// What the derivative of J g by x, which is symmetric, does to c: −s (x̂ mean(c ⊙ J g) + J c mean(g ⊙ x̂) + J g mean(c ⊙ x̂)).
    fileprivate static func standardizeSlope(_ c: Value, _ r: RecordView) -> Value {
        let epsilon = r.attributes(EpsilonAttributes.self)
        let (g, x) = (r.a, r.b)
        let features = standardized(x, epsilon)
        let variance = (x - x.lastAxisMean).squared().lastAxisMean
        let slope = features * (c * r.y).lastAxisMean + standardizeRule(c, x, epsilon) * (g * features).lastAxisMean
        return -(slope + r.y * (c * features).lastAxisMean) / (variance + epsilon.epsilon).squareRoot()
    }

    fileprivate var summedOverRows: Value { sum(over: Array(0..<rank - 1), keepingAxes: false) }

    fileprivate var lastAxisMean: Value {
        sum(over: [rank - 1], keepingAxes: true) / Double(shape[rank - 1])
    }
}
