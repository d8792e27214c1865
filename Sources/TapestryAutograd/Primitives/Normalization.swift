import TapestryArrays

// Layer normalisation over the last axis. With the normalised features x̂ = s (x − μ), s = 1 / √(σ² + ε), the
// derivative J g = s (g − mean(g) − x̂ mean(g ⊙ x̂)) is symmetric, and so is its own in all it depends on.

extension Primitive {
    static func defineNormalization(in table: inout PrimitiveTable) {
        // y = γ ⊙ x̂ without a bias; or y = γ₁ ⊙ x̂₁ + γ₂ ⊙ x̂₂ + … + β₁ + β₂ + …, of x₁, γ₁, x₂, γ₂, …, β₁, β₂, …
        table.accumulating(
            .layerNorm,
            binary: { x, gain, a in LayerNormAttributes.of(a).value(x, gain) },
            nary: { operands, a in LayerNormAttributes.of(a).value(operands) },
            firstReads: [.first, .second], secondReads: .first, listReads: .partners,
            forward: .formula { t, r in
                let epsilon = r.attributes(EpsilonAttributes.self)
                return t.sum { tangent, k in
                    switch LayerNormOperand(k, of: r.operandCount) {
                    case .x(let gain): .standardizeRule(tangent, r.operand(k), epsilon) * r.operand(gain)
                    case .gain(let x): .standardized(r.operand(x), epsilon) * tangent
                    case .bias: tangent
                    }
                }
            },
            batching: .formula { batch, a in
                let (epsilon, count) = (EpsilonAttributes.of(a), batch.operands.count)
                let rank = batch.rank(0)
                let terms = batch.operands.indices.compactMap { k -> Value? in
                    switch LayerNormOperand(k, of: count) {
                    case .x(let gain): .standardized(batch.operands[k], epsilon) * batch.aligned(gain, toRank: rank)
                    case .gain: nil
                    case .bias: batch.aligned(k, toRank: rank)
                    }
                }
                return terms.dropFirst().reduce(terms[0], +)
            }
        ) { g, r, k, sum in
            let norm = r.attributes(LayerNormAttributes.self)
            if g.tape == nil, norm.accumulate(&g.array, r, k, &sum) { return }
            switch LayerNormOperand(k, of: r.operandCount) {
            case .x(let gain): sum.add(.standardizeRule(g * r.operand(gain), r.operand(k), norm))
            case .gain(let x): sum.add((g * .standardized(r.operand(x), norm)).summedOverRows)
            case .bias: sum.add(g.summedOverRows)
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

/// What an operand of a sum of layer norms is: an x and where its gain stands, a gain and where its x stands, or a
/// bias.
package enum LayerNormOperand {
    case x(gain: Int)
    case gain(x: Int)
    case bias

    package init(_ k: Int, of operandCount: Int) {
        if k >= 2 * LayerNormOperand.termCount(operandCount) {
            self = .bias
        } else {
            self = k.isMultiple(of: 2) ? .x(gain: k + 1) : .gain(x: k - 1)
        }
    }

    /// How many terms so many operands are of; two are one without a bias.
    package static func termCount(_ operandCount: Int) -> Int { operandCount == 2 ? 1 : operandCount / 3 }
}

/// Beside ε what the value leaves for the rules, and one rule for another: a single pass over g and all x gives the
/// cotangents of all operands.
final class LayerNormAttributes: EpsilonAttributes, @unchecked Sendable {
    @exclusivity(unchecked) private var statistics: NDArray?
    /// What the rule of the first operand leaves for the others, which come next.
    @exclusivity(unchecked) private var cotangents: NDArray.LayerNormCotangents?

    fileprivate func value(_ x: consuming NDArray, _ gain: NDArray) -> NDArray {
        kept(NDArray.layerNorm(x, gain: gain, bias: .zeros(like: gain), epsilon: epsilon))
    }

    fileprivate func value(_ operands: [Value]) -> NDArray {
        let termCount = LayerNormOperand.termCount(operands.count)
        return kept(NDArray.sumOfLayerNorms(termCount: termCount, epsilon: epsilon) { operands[$0].array })
    }

    private func kept(_ result: consuming (value: NDArray, statistics: NDArray)) -> NDArray {
        statistics = result.statistics
        return result.value
    }

    /// Adds to the sum of operand k what no tape is to know of.
    ///
    /// - Returns: whether it was done; not if operands are tracked further out, or if an x is a constant.
    fileprivate func accumulate(_ g: inout NDArray, _ r: RecordView, _ k: Int, _ sum: inout CotangentSum) -> Bool {
        if k == 0 {
            let termCount = LayerNormOperand.termCount(r.operandCount)
            cotangents = NDArray.layerNormRule(&g, termCount: termCount, statistics: statistics!) {
                $0.isMultiple(of: 2) && !r.isTracked($0) ? nil : r.untrackedOperand($0)
            }
        }
        if cotangents == nil { return false }
        switch LayerNormOperand(k, of: r.operandCount) {
        case .x: sum.add(cotangents!.x[k / 2].take()!)
        case .gain: sum.add(sumOfRows: cotangents!.gainTerms(k / 2))
        case .bias: sum.add(sumOfRows: cotangents!.biasTerms)
        }
        if k == r.operandCount - 1 { cotangents = nil }
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
        if fitOneRecord(x, gain, with: x) { return nary(.layerNorm, [x, gain, bias], LayerNormAttributes(epsilon)) }
        return binary(.layerNorm, x, gain, LayerNormAttributes(epsilon)) + bias
    }

    /// The sum of the layer norms of several x of one shape, from `[x₁, γ₁, x₂, γ₂, …, β₁, β₂, …]`.
    package static func sumOfLayerNorms(_ operands: [Value], epsilon: Double) -> Value {
        let termCount = LayerNormOperand.termCount(operands.count)
        let first = operands[0]
        let isOneRecord = (0..<termCount).allSatisfy {
            fitOneRecord(operands[2 * $0], operands[2 * $0 + 1], with: first)
                && operands[2 * $0].layout.hasShape(of: first.layout)
        }
        if isOneRecord { return nary(.layerNorm, operands, LayerNormAttributes(epsilon)) }
        let norms = (0..<termCount).map {
            layerNorm(
                operands[2 * $0], gain: operands[2 * $0 + 1], bias: operands[2 * termCount + $0], epsilon: epsilon)
        }
        return norms.dropFirst().reduce(norms[0], +)
    }

    /// Whether a list's record keeps all that the rules of x and its gain read: it keeps one where the other is
    /// tracked.
    private static func fitOneRecord(_ x: borrowing Value, _ gain: Value, with first: borrowing Value) -> Bool {
        x.tape == gain.tape && x.tape == first.tape && x.outer == nil && gain.outer == nil
    }

    static func standardized(_ x: Value, _ epsilon: EpsilonAttributes) -> Value { unary(.standardize, x, epsilon) }

    static func standardizeRule(_ g: consuming Value, _ x: Value, _ epsilon: EpsilonAttributes) -> Value {
        binary(.standardizeRule, g, x, epsilon)
    }

    /// What the derivative of J g by x, which is symmetric, does to c: −s (x̂ mean(c ⊙ J g) + J c mean(g ⊙ x̂) + J g
    /// mean(c ⊙ x̂)).
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
