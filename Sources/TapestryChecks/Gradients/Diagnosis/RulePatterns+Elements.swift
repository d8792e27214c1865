import Foundation
import TapestryAutograd

// What the wrong elements have in common, and what a rule does and does not depend on.

extension RulePatterns {
    /// Whether elements get something where the derivative is 0, and the others are right.
    var isMaskMissing: Bool {
        guard case .someElements = vague else { return false }
        return compared.wrong.allSatisfy {
            compared.differences[$0]!.value.magnitude <= compared.differences[$0]!.error + compared.slack
        }
    }

    /// Whether all wrong elements are the derivative times one number.
    var hasOneRatio: Bool {
        guard case .someElements = vague else { return false }
        return !isMaskMissing && compared.wordsOfWrong != "wrong" && compared.wordsOfWrong != "0"
    }

    /// Whether the wrong elements are those of one sign of an operand or of the result, as where one case of a function
    /// that is written in two is left out.
    var signPattern: (GradientDiagnosis.Pattern, evidence: String)? {
        guard case .someElements = vague, !isMaskMissing, compared.wordsOfWrong == "0", let found = placesPattern,
            found.evidence.hasSuffix("above 0.") || found.evidence.hasSuffix("below 0.")
        else { return nil }
        return found
    }

    /// Whether the factor of the whole gradient is a function of the result, if that is one number.
    var factorOfResult: (GradientDiagnosis.Pattern, evidence: String)? {
        guard case .factor(let factor) = vague, record.operation.result.count == 1,
            let worst = compared.block.worst,
            let text = name(of: [worst.ratio], by: "y", Tensor<Double>(record.operation.result).scalars)
        else { return nil }
        return (.factor(factor), "The gradient is \(text) times the derivative, with y the result.")
    }

    /// What some factors are of some values.
    private func name(of factors: [Double], by text: String, _ values: [Double]) -> String? {
        let functions: [(String, (Double) -> Double)] = [
            (text, { $0 }), ("1 / \(text)", { 1 / $0 }), ("exp(\(text))", { exp($0) }), ("exp(−\(text))", { exp(-$0) }),
            ("\(text)²", { $0 * $0 }), ("1 / \(text)²", { 1 / ($0 * $0) }), ("2 \(text)", { 2 * $0 }),
            ("1 / (2 \(text))", { 0.5 / $0 }), ("√\(text)", { $0.squareRoot() }),
        ]
        return functions.first { _, function in
            zip(values, factors).allSatisfy { (function($0) - $1).magnitude <= 1e-6 * $1.magnitude }
        }?.0
    }

    /// Whether the slope, the gradient over the cotangent, or the gradient itself, is cut off at a bound.
    var clippedPattern: (GradientDiagnosis.Pattern, evidence: String)? {
        let count = record.point[place].count
        let own = record.point[place].shape == record.operation.result.shape ? [record.cotangents] : []
        for cotangents in own + [[Double](repeating: 1, count: count)] {
            let slopes = compared.reverse.map { ($0.key, $0.value / cotangents[$0.key]) }
            let wrong = slopes.filter { compared.wrong.contains($0.0) }
            guard wrong.count > 1, let bound = wrong.map(\.1.magnitude).max(), bound > 0 else { return nil }
            let isClipped = slopes.allSatisfy { number, slope in
                let right = compared.differences[number]!.value / cotangents[number]
                let error = (compared.differences[number]!.error + 2 * compared.slack) / cotangents[number].magnitude
                if !compared.wrong.contains(number) { return right.magnitude <= bound + error }
                return right.magnitude > bound && right.sign == slope.sign
                    && (slope.magnitude - bound).magnitude <= error
            }
            if !isClipped { continue }
            let what = cotangents == record.cotangents && !own.isEmpty ? "slope" : "gradient"
            let text = "The \(what) is cut off at \(NumberText.long(bound)): \(wrong.count) of \(slopes.count) elements"
            return (.clipped((bound * 1e9).rounded() / 1e9), "\(text), where it is larger, have this bound.")
        }
        return nil
    }

    /// Whether the cotangent is multiplied by some value inside of the function, and summed over what is broadcast.
    var valuePattern: (GradientDiagnosis.Pattern, evidence: String)? {
        guard let search = InsideSearch(record, by: place) else { return nil }
        let (inside, weights) = (search.inside, search.cotangent)
        let (shape, result) = (record.point[place].shape, weights.shape)
        if shape.count > result.count { return nil }
        let zeros = Tensor<Double>.zeros(result)
        for number in inside.operations.indices {
            let value = Tensor<Double>(inside.operations[number].result).withoutDerivative()
            guard inside.operations[number].result.elementType == .float64, value.shape == result,
                broadcasts(shape, to: result)
            else { continue }
            let product = weights * value
            let expected = gradient(at: Tensor<Double>.zeros(shape)) { (product * ($0 + zeros)).sum() }.scalars
            guard compared.isReverse(expected) else { continue }
            let text = "The gradient is the cotangent times \(search.text(of: number))"
            return (.otherSlope, "\(text)\(shape == result ? "" : ", summed over what is broadcast").")
        }
        return nil
    }

    private func broadcasts(_ shape: [Int], to other: [Int]) -> Bool {
        zip(shape.reversed(), other.reversed()).allSatisfy { $0 == $1 || $0 == 1 }
    }

    /// Whether what is wrong does not depend on the operands, or the rule does not depend on one that it should read.
    var dependencePattern: (GradientDiagnosis.Pattern, evidence: String)? {
        guard let inside = record.insideOfUser else { return nil }
        let weights = Tensor<Double>(shape: record.operation.result.shape, scalars: record.cotangents)
        func gradients(_ point: [Tensor<Double>]) -> (rule: [Double], derivative: [Double]) {
            let rule = vjp(at: point, of: record.callAsFunction).pullback(weights)[place].scalars
            let derivative = vjp(at: point) { operands in
                Tensor<Double>(inside.replayed(at: operands.map(\.value))[0])
            }.pullback(weights)[place].scalars
            return (rule, derivative)
        }
        /// Whether two gradients are the same but for rounding.
        func isSame(_ a: [Double], _ b: [Double]) -> Bool {
            zip(a, b).allSatisfy { ($0 - $1).magnitude <= 2 * compared.slack }
        }
        /// Another operand, with other elements the largest ones.
        func other(_ operand: Tensor<Double>) -> Tensor<Double> {
            (operand + operand.flattened().flipped(axes: [0]).reshaped(to: operand.shape)) / 2 + 0.1 * sin(7 * operand)
        }
        let here = gradients(record.point)
        let moved = gradients(record.point.map(other))
        func difference(_ pair: (rule: [Double], derivative: [Double])) -> [Double] {
            zip(pair.rule, pair.derivative).map(-)
        }
        if isSame(difference(here), difference(moved)), !isSame(here.derivative, moved.derivative) {
            let text = "The gradient differs from the derivative by something that does not depend on the operands"
            return (.otherConstant, "\(text): a constant in the rule, such as a target, is another one.")
        }
        for operand in record.point.indices {
            var point = record.point
            point[operand] = other(point[operand])
            let changed = gradients(point)
            guard isSame(here.rule, changed.rule), !isSame(here.derivative, changed.derivative) else { continue }
            let name = "operand \(record.tracked[operand])"
            let text = "The rule does not depend on \(name), as the derivative does: an older value, or a constant,"
            return (.unreadOperand(record.tracked[operand]), "\(text) was kept in its place.")
        }
        return nil
    }

    /// Where the wrong elements are, by the values that they have, or what the factors of slices are.
    var placesPattern: (GradientDiagnosis.Pattern, evidence: String)? {
        if case .factorByIndex(let axis) = vague { return resultOfSlices(axis) }
        guard case .someElements(let positions) = vague else { return nil }
        let shape = record.point[place].shape
        var named = record.point.indices.filter { record.point[$0].shape == shape }.map {
            ("operand \(record.tracked[$0])", record.point[$0].scalars)
        }
        named += [("the magnitude of operand \(record.tracked[place])", abs(record.point[place]).scalars)]
        if record.operation.result.shape == shape {
            named.append(("the result", Tensor<Double>(record.operation.result).scalars))
        }
        guard compared.wrong.count > 1, compared.reverse.count - compared.wrong.count > 1 else { return nil }
        for (name, values) in named {
            let wrong = compared.wrong.map { values[$0] }
            let right = compared.reverse.keys.filter { !compared.wrong.contains($0) }.map { values[$0] }
            let isAbove = wrong.min()! > right.max()!
            guard isAbove || wrong.max()! < right.min()! else { continue }
            let (low, high) = isAbove ? (right.max()!, wrong.min()!) : (wrong.max()!, right.min()!)
            let bound =
                low <= 0 && high >= 0 ? "0" : "a bound between \(NumberText.short(low)) and \(NumberText.short(high))"
            let text =
                "\(wrong.count) of \(compared.reverse.count) elements are \(compared.wordsOfWrong), and the others right"
            return (.someElements(positions), "\(text): all where \(name) is \(isAbove ? "above" : "below") \(bound).")
        }
        return nil
    }

    /// Whether the factor of each slice is a function of the result that belongs to it, or of a value inside.
    private func resultOfSlices(_ axis: Int) -> (GradientDiagnosis.Pattern, evidence: String)? {
        guard let factors = compared.factorsByIndex?.factors else { return nil }
        func pattern(_ text: String, _ what: String) -> (GradientDiagnosis.Pattern, evidence: String) {
            let evidence = "The gradient is the derivative times \(text), with \(what) of each index of axis \(axis)."
            return (.factorByIndex(axis: axis), evidence)
        }
        let result = Tensor<Double>(record.operation.result)
        if result.count == factors.count, let text = name(of: factors, by: "y", result.scalars) {
            return pattern(text, "y the result")
        }
        guard let search = InsideSearch(record, by: place) else { return nil }
        for (number, operation) in search.inside.operations.enumerated()
        where operation.result.count == factors.count && operation.result.elementType == .float64 {
            let values = Tensor<Double>(operation.result).scalars
            if let text = name(of: factors, by: "v", values) {
                return pattern(text, "v = \(search.text(of: number))")
            }
        }
        return nil
    }
}
