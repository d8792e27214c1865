import Foundation
import TapestryAutograd

/// Gradients that are the derivative, or the cotangent, times something simple, element by element: what is left where
/// a slope was derived or written wrongly.
extension RulePatterns {
    /// A number for each element of the operand, with its formula.
    private struct Factor {
        let text: String
        let values: [Double]
        /// Whether it is a value by itself, and no function of one.
        var isValue = false
        /// Whether it is a product by itself, which stands alone.
        var isProduct = false

        /// Whether it is but 0, 1 and −1, which divides nothing.
        var isStep: Bool { values.allSatisfy { [0, 1, -1].contains($0) } }
    }

    /// The gradient as the cotangent times a formula, which is most likely that of the rule.
    ///
    /// - Parameter allowsNumber: whether there may be a constant factor, too. What needs none says more.
    func slopePattern(allowsNumber: Bool = false) -> (GradientDiagnosis.Pattern, evidence: String)? {
        if case .factor(let ratio) = vague, GradientDiagnosis.isSimple(ratio) { return nil }
        guard let cotangents = cotangentsOfElements else { return nil }
        // What a proportional gradient is times must not be one number by itself.
        let factors = vague.isProportional ? factors.filter { !$0.isStep } : factors
        func pattern(pairs: Bool) -> (GradientDiagnosis.Pattern, evidence: String)? {
            formula(of: cotangents, factors, pairs: pairs, products: true, allowsNumber).map {
                (.otherSlope, "The gradient is the cotangent times \($0)\(meaning($0)).")
            }
        }
        if vague.isProportional { return pattern(pairs: false) }
        return pattern(pairs: false) ?? forgottenFactor ?? pattern(pairs: true)
    }

    /// The derivative times a value, or divided by it: a factor too many, or one forgotten.
    private var forgottenFactor: (GradientDiagnosis.Pattern, evidence: String)? {
        let derivative = record.point[place].scalars.indices.map { compared.differences[$0]?.value ?? .nan }
        return formula(of: derivative, factors.filter(\.isValue), pairs: false, products: false, false).map {
            (.otherSlope, "The gradient is the derivative times \($0)\(meaning($0)).")
        }
    }

    /// The gradient as the derivative times a formula, or plus the cotangent.
    func factorPattern(allowsNumber: Bool = false) -> (GradientDiagnosis.Pattern, evidence: String)? {
        let derivative = record.point[place].scalars.indices.map { compared.differences[$0]?.value ?? .nan }
        for pairs in [false, true] {
            guard let text = formula(of: derivative, factors, pairs: pairs, products: false, allowsNumber) else {
                continue
            }
            return (.otherSlope, "The gradient is the derivative times \(text)\(meaning(text)).")
        }
        return cotangentsOfElements.flatMap { added($0, to: derivative) }
    }

    /// Whether the cotangent passes as it is.
    var identityPattern: (GradientDiagnosis.Pattern, evidence: String)? {
        let (operand, result) = (record.point[place].shape, record.operation.result.shape)
        if operand != result { return sumPattern }
        guard compared.reverse.count > 1, compared.isReverse(record.cotangents) else { return nil }
        let text = "The cotangent passes unchanged, as by the rule of the identity (a straight-through estimator)."
        return (.otherSlope, text)
    }

    /// Whether all elements that one of the result is made of get its cotangent.
    private var sumPattern: (GradientDiagnosis.Pattern, evidence: String)? {
        let (operand, result) = (record.point[place].shape, record.operation.result.shape)
        let cotangent = Tensor<Double>(shape: result, scalars: record.cotangents)
        let reduced = operand.indices.filter { axis in
            let (before, behind) = (Array(operand[..<axis]), Array(operand[(axis + 1)...]))
            return result == before + behind || result == before + [1] + behind
        }
        let columns = reduced.map { axis in
            cotangent.reshaped(to: operand.indices.map { $0 == axis ? 1 : operand[$0] })
        }
        let all = record.operation.result.count == 1 ? [cotangent.reshaped(to: [])] : columns
        guard compared.reverse.count > 1, all.contains(where: { compared.isReverse($0.expanded(to: operand).scalars) })
        else { return nil }
        let text = "The cotangent passes unchanged to all elements of the operand, as by the rule of a sum."
        return (.otherSlope, text)
    }

    /// The gradient as the cotangent times a + b x, where that is no simple formula.
    var linearSlope: (GradientDiagnosis.Pattern, evidence: String)? {
        guard vague == .unrecognized, let cotangents = cotangentsOfElements else { return nil }
        let x = record.point[place].scalars
        let told = compared.reverse.keys.filter { cotangents[$0] != 0 }
        // Two numbers are explained by two elements.
        guard told.count > 4, let least = told.min(by: { x[$0] < x[$1] }), let most = told.max(by: { x[$0] < x[$1] }),
            x[least] < x[most]
        else { return nil }
        let (low, high) = (compared.reverse[least]! / cotangents[least], compared.reverse[most]! / cotangents[most])
        let slope = (high - low) / (x[most] - x[least])
        let offset = low - slope * x[least]
        let isTelling = slope.magnitude > 1e-6 * offset.magnitude && offset.magnitude > 1e-6 * slope.magnitude
        let isUnit = [offset, slope].allSatisfy { ($0.magnitude - 1).magnitude < 1e-6 }
        let isSo = compared.isReverse { number in
            let value = cotangents[number] * (offset + slope * x[number])
            return ComparedBlock.Estimate(value: value, error: 1e-8 * value.magnitude)
        }
        guard isSo, isTelling, !isUnit else { return nil }
        let sign = slope < 0 ? "−" : "+"
        let text = "\(NumberText.long(offset)) \(sign) \(NumberText.long(slope.magnitude)) x"
        return (.otherSlope, "The gradient is the cotangent times \(text), with x the operand.")
    }

    /// d + r c, or c − d, as where a mask is inverted.
    private func added(
        _ cotangents: [Double], to derivative: [Double]
    ) -> (GradientDiagnosis.Pattern, evidence: String)? {
        func isGradient(_ cotangent: Double, _ slope: Double) -> Bool {
            compared.isReverse { number in
                compared.differences[number].map {
                    ComparedBlock.Estimate(value: slope * $0.value + cotangent * cotangents[number], error: $0.error)
                }
            }
        }
        let told = compared.reverse.keys.filter { derivative[$0].isFinite }
        guard told.count > 3, let largest = told.max(by: { cotangents[$0].magnitude < cotangents[$1].magnitude }) else {
            return nil
        }
        if isGradient(1, -1) {
            return (.otherSlope, "The gradient is the cotangent minus the derivative, as where a mask is inverted.")
        }
        let ratio = (compared.reverse[largest]! - derivative[largest]) / cotangents[largest]
        let simple = (ratio - ratio.rounded()).magnitude < 1e-6 ? ratio.rounded() : ratio
        if simple == 0 || !isGradient(simple, 1) { return nil }
        let what = simple.magnitude == 1 ? "the cotangent" : "\(NumberText.long(simple.magnitude)) times the cotangent"
        return (.otherSlope, "The gradient is the derivative \(simple < 0 ? "minus" : "plus") \(what).")
    }

    /// The cotangent of the result's element that belongs to each element of the operand.
    private var cotangentsOfElements: [Double]? {
        let (operand, result) = (record.point[place], record.operation.result)
        if operand.shape == result.shape { return record.cotangents }
        return result.count == 1 ? [Double](repeating: record.cotangents[0], count: operand.count) : nil
    }

    /// x and y, and what is made of them.
    private var factors: [Factor] {
        let shape = record.point[place].shape
        var named = [("x", record.point[place].scalars)]
        for other in record.point.indices where other != place && record.point[other].shape == shape {
            named.append(("operand \(record.tracked[other])", record.point[other].scalars))
        }
        if record.operation.result.shape == shape {
            named.append(("y", Tensor<Double>(record.operation.result).scalars))
        }
        let functions: [(text: (String) -> String, value: (Double) -> Double)] = [
            ({ $0 }, { $0 }), ({ "(1 − \($0))" }, { 1 - $0 }), ({ "(1 + \($0))" }, { 1 + $0 }),
            ({ "\($0)²" }, { $0 * $0 }),
            ({ "(1 − \($0)²)" }, { 1 - $0 * $0 }), ({ "(1 + \($0)²)" }, { 1 + $0 * $0 }),
            ({ "(1 + \($0))²" }, { (1 + $0) * (1 + $0) }), ({ "(1 − \($0))²" }, { (1 - $0) * (1 - $0) }),
            ({ "√(1 + \($0)²)" }, { (1 + $0 * $0).squareRoot() }),
            ({ "√(1 − \($0)²)" }, { (1 - $0 * $0).squareRoot() }), ({ "√\($0)" }, { $0.squareRoot() }),
            ({ "\($0)³" }, { $0 * $0 * $0 }), ({ "log(\($0))" }, { log($0) }),
            ({ "sin(\($0))" }, { sin($0) }), ({ "cos(\($0))" }, { cos($0) }),
            ({ "sinh(\($0))" }, { sinh($0) }), ({ "cosh(\($0))" }, { cosh($0) }),
            ({ "|\($0)|" }, { $0.magnitude }),
            ({ "σ(\($0))" }, { TapestryChecks.sigmoid($0) }), ({ "tanh(\($0))" }, { tanh($0) }),
            ({ "(1 − σ(\($0)))" }, { 1 - TapestryChecks.sigmoid($0) }),
            ({ "(1 + σ(\($0)))" }, { 1 + TapestryChecks.sigmoid($0) }),
            ({ "exp(\($0))" }, { exp($0) }), ({ "[\($0) > 0]" }, { $0 > 0 ? 1 : 0 }),
            ({ "sign(\($0))" }, { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }),
        ]
        let products: [(text: (String) -> String, value: (Double) -> Double)] = [
            ({ "\($0) (1 − \($0))" }, { $0 * (1 - $0) }),
            ({ "σ(\($0)) (1 − σ(\($0)))" }, { TapestryChecks.sigmoid($0) * (1 - TapestryChecks.sigmoid($0)) }),
        ]
        let plain = Set(named.map(\.1))
        return named.flatMap { name, values in
            (functions + products).enumerated().compactMap { number, function in
                let text = function.text(name)
                let own = values.map(function.value)
                // What is a value by itself is not said as a function of another.
                if text != name, plain.contains(own) { return nil }
                return Factor(
                    text: text, values: own, isValue: text == name, isProduct: number >= functions.count)
            }
        }
    }

    private func meaning(_ text: String) -> String {
        let parts = [("x", "x the operand"), ("y", "y the result")]
        let used = parts.filter { text.replacing("exp", with: "").contains($0.0) }.map(\.1)
        return used.isEmpty ? "" : ", with " + used.joined(separator: " and ")
    }

    /// What the gradient is of some numbers: e or 1 / e times them, or if pairs are asked for e₁ / e₂ times, and if
    /// products are e₁ e₂ times.
    ///
    /// - Parameter allowsNumber: whether there may be a constant factor, too.
    private func formula(
        of own: [Double], _ factors: [Factor], pairs: Bool, products: Bool, _ allowsNumber: Bool
    ) -> String? {
        let one = Factor(text: "1", values: own.map { _ in 1 })
        func inverse(_ factor: Factor) -> Factor { Factor(text: factor.text, values: factor.values.map { 1 / $0 }) }
        let divisors = factors.filter { !$0.isStep }
        if !pairs {
            for factor in [one] + factors {
                if let found = scaled(own, factor, times: one, "·", allowsNumber) { return found }
            }
            for factor in divisors {
                if let found = scaled(own, one, times: inverse(factor), "/", allowsNumber) { return found }
            }
            return nil
        }
        let factors = factors.filter { !$0.isProduct }
        if products {
            for (number, first) in factors.enumerated() {
                for second in factors[0...number] {
                    if let found = scaled(own, first, times: second, "·", allowsNumber) { return found }
                }
            }
        }
        for first in factors {
            for second in divisors where !second.isProduct && first.text != second.text {
                if let found = scaled(own, first, times: inverse(second), "/", allowsNumber) { return found }
            }
        }
        return nil
    }

    /// The text of a product, if the gradient is it.
    private func scaled(
        _ own: [Double], _ first: Factor, times second: Factor, _ sign: String, _ allowsNumber: Bool
    ) -> String? {
        let expected = own.indices.map { own[$0] * first.values[$0] * second.values[$0] }
        let known = compared.reverse.filter { expected[$0.key].isFinite }
        // Few numbers are explained by many formulas.
        guard known.count > 3, 2 * known.count >= compared.reverse.count,
            let largest = known.max(by: { expected[$0.key].magnitude < expected[$1.key].magnitude }),
            expected[largest.key] != 0
        else { return nil }
        let factor = largest.value / expected[largest.key]
        let simple = (factor - factor.rounded()).magnitude < 1e-8 ? factor.rounded() : factor
        if simple == 0 || !allowsNumber && simple.magnitude != 1 && !GradientDiagnosis.isSimple(simple) { return nil }
        let isSo = compared.isReverse { number in
            let value = simple * expected[number]
            return value.isFinite ? ComparedBlock.Estimate(value: value, error: 1e-8 * value.magnitude) : nil
        }
        if !isSo { return nil }
        let parts = [first.text, second.text].filter { $0 != "1" }
        let text = first.text == "1" && sign == "/" ? "1 / \(second.text)" : parts.joined(separator: " \(sign) ")
        if simple == 1 { return text.isEmpty ? "1" : text }
        if simple == -1 { return text.isEmpty ? "−1" : "− \(text)" }
        return NumberText.long(simple) + (text.isEmpty ? "" : " · \(text)")
    }

    // MARK: The cotangent

    /// Whether the rule is not linear in the cotangent, or takes it backwards, or takes that of another result.
    var cotangentPattern: (GradientDiagnosis.Pattern, evidence: String)? {
        let (value, pullback) = vjp(at: record.point, of: record.callAsFunction)
        let cotangent = Tensor<Double>(shape: value.shape, scalars: record.cotangents)
        let plain = pullback(cotangent)[place].scalars
        let largest = plain.reduce(0) { max($0, $1.magnitude) }
        for factor in [2.0, -1] {
            let scaled = pullback(factor * cotangent)[place].scalars
            let isLinear = zip(plain, scaled).allSatisfy { ($1 - factor * $0).magnitude <= 1e-9 * largest }
            if isLinear { continue }
            let times = factor == 2 ? "twice as large" : "of the opposite sign"
            let text = "The rule is not linear in the cotangent: for cotangents \(times) it gives something else than"
            return (.nonlinear, "\(text) \(factor == 2 ? "twice" : "minus") its result.")
        }
        return nil
    }

    var reversedPattern: (GradientDiagnosis.Pattern, evidence: String)? {
        if case .permuted = vague { return nil }
        let (operand, result) = (record.point[place].shape, record.operation.result.shape)
        let cotangent = Tensor<Double>(shape: result, scalars: record.cotangents)
        for axis in result.indices where result[axis] > 1 {
            guard let reversed = derivative(contractedWith: cotangent.flipped(axes: [axis]).scalars) else { continue }
            if compared.isReverse({ reversed.differences[$0] }) {
                return (.reversed(axis: axis), "The cotangent is taken in reverse order along axis \(axis).")
            }
            // In a function of single elements the same comes of a constant in reverse order.
            guard operand.count == result.count, vague != .otherElements else { continue }
            let stride = operand[(axis + 1)...].reduce(1, *)
            let isBoth = compared.isReverse { number in
                let position = number / stride % operand[axis]
                return reversed.differences[number + (operand[axis] - 1 - 2 * position) * stride]
            }
            if isBoth {
                let text =
                    "The rule takes cotangent and result in reverse order along axis \(axis), as for a filter that "
                return (.reversed(axis: axis), text + "is not turned around.")
            }
        }
        return nil
    }

    /// Whether the cotangents of two results of one shape are exchanged: they lie one after the other.
    var exchangedResultsPattern: (GradientDiagnosis.Pattern, evidence: String)? {
        let cotangents = record.cotangents
        guard record.operation.functionOfUser != nil, record.operation.result.shape.count == 1 else { return nil }
        for parts in 2...4 where cotangents.count % parts == 0 && cotangents.count > parts {
            let size = cotangents.count / parts
            for first in 0..<parts {
                for second in first + 1..<parts {
                    var exchanged = cotangents
                    for position in 0..<size {
                        exchanged.swapAt(first * size + position, second * size + position)
                    }
                    guard let other = derivative(contractedWith: exchanged),
                        compared.isReverse({ other.differences[$0] })
                    else { continue }
                    return (
                        .exchanged(with: "result \(second)"),
                        "The cotangents of results \(first) and \(second), of \(parts), are exchanged."
                    )
                }
            }
        }
        return nil
    }

    /// The derivative at the point, contracted with other cotangents.
    private func derivative(contractedWith cotangents: [Double]) -> ComparedBlock? {
        let weights = Tensor<Double>(shape: record.operation.result.shape, scalars: cotangents)
        return record.differences(of: { (weights * record($0)).sum() }, at: record.point, by: place)
    }
}
