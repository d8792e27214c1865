import TapestryAutograd

/// What a rule's result might be instead of the derivative, computed from the record's own value: what one row of a
/// broadcast operand gets, the derivative at another value, and the contributions of an operand's single uses.
struct RulePatterns {
    let record: CheckedRecord
    let compared: ComparedBlock
    /// What the block alone looks like.
    let vague: GradientDiagnosis.Pattern
    /// The operand's place among those that derivatives are taken by.
    let place: Int

    /// Larger records are not searched.
    private static var largestCount: Int { 1024 }

    var pattern: (GradientDiagnosis.Pattern, evidence: String)? {
        let count = record.point.reduce(record.operation.result.count) { max($0, $1.count) }
        if count > Self.largestCount { return nil }
        if vague.isProportional {
            return cotangentPattern ?? usePattern ?? broadcastPattern ?? savedValuePattern ?? exchangedOperands
                ?? jacobianPattern ?? slopePattern() ?? factorOfResult
        }
        let rule =
            cotangentPattern ?? (hasOneRatio ? placesPattern : signPattern) ?? identityPattern ?? usePattern
            ?? linearSlope ?? scaledUsePattern
        // Where slopes are piecewise constant, other operands give the same ones by chance.
        let saved = rule ?? broadcastPattern ?? (isMaskMissing ? nil : savedValuePattern) ?? exchangedOperands
        let slope = saved ?? jacobianPattern ?? clippedPattern ?? (isMaskMissing ? nil : slopePattern())
        let inner = slope ?? reversedPattern ?? InsideSearch(record, by: place)?.finding ?? factorPattern()
        let other = inner ?? valuePattern ?? constantPattern ?? operandPattern
        let scaled = other ?? slopePattern(allowsNumber: true) ?? factorPattern(allowsNumber: true)
        let function = scaled ?? (isMaskMissing ? nil : savedFunctionPattern)
        return function ?? exchangedResultsPattern ?? (vague == .otherElements ? nil : dependencePattern)
            ?? placesPattern
    }

    // MARK: Other operands, and the Jacobian

    /// Whether two operands have each other's gradients.
    private var exchangedOperands: (GradientDiagnosis.Pattern, evidence: String)? {
        guard let pattern = operandPattern, case .exchanged(let name) = pattern.0 else { return nil }
        let (value, pullback) = vjp(at: record.point, of: record.callAsFunction)
        let gradients = pullback(Tensor(shape: value.shape, scalars: record.cotangents)).map(\.scalars)
        let isMutual = record.point.indices.contains { other in
            "operand \(record.tracked[other])" == name
                && zip(gradients[other].indices, gradients[other]).allSatisfy { number, g in
                    compared.differences[number].map { (g - $0.value).magnitude <= 2 * compared.slack + $0.error }
                        ?? true
                }
        }
        return isMutual ? (pattern.0, pattern.evidence.dropLast() + ", and the other way round.") : nil
    }

    /// Whether the operand gets what belongs to another one.
    private var operandPattern: (GradientDiagnosis.Pattern, evidence: String)? {
        for other in record.point.indices where other != place && record.point[other].shape == compared.shape {
            let derivative = record.differences(of: record.callAsFunction, at: record.point, by: other)
            guard let derivative, compared.isReverse({ derivative.differences[$0] }) else { continue }
            let name = "operand \(record.tracked[other])"
            return (.exchanged(with: name), "The gradient is the derivative by \(name).")
        }
        return nil
    }

    /// Whether the cotangent is multiplied by the Jacobian itself, or of several elements of the result that an element
    /// of the operand has a part in, only one is counted.
    private var jacobianPattern: (GradientDiagnosis.Pattern, evidence: String)? {
        let (operand, result) = (record.point[place], record.operation.result)
        if operand.count * result.count > Self.largestJacobian { return nil }
        let rows = jacobianRows
        if operand.shape == result.shape {
            // J c in place of Jᵀ c.
            let product = rows.map { row in zip(row, record.cotangents).reduce(0) { $0 + $1.0 * $1.1 } }
            if compared.isReverse(product) {
                return (.untransposedJacobian, "The cotangent is multiplied by the Jacobian, and not by its transpose.")
            }
        }
        let contributions = zip(rows, record.cotangents).map { row, c in row.map { c * $0 } }
        var isShared = false
        let isOneOnly = compared.reverse.allSatisfy { element, g in
            let parts = contributions.map { $0[element] }.filter { $0.magnitude > 2 * compared.slack }
            if parts.count > 1 { isShared = true }
            return (parts.isEmpty ? [0] : parts).contains { (g - $0).magnitude <= 2 * compared.slack }
        }
        if operand.shape == result.shape, isShared,
            compared.isReverse(operand.scalars.indices.map { contributions[$0][$0] })
        {
            let text = "Only the diagonal of the Jacobian is counted, as if the function were elementwise"
            return (.diagonalOnly, "\(text): what an element does to the other elements of the result is missing.")
        }
        if !isOneOnly || !isShared { return partialPattern(contributions) }
        let text = "Of the elements of the result that an element of the operand has a part in, only one is counted"
        return (.overwrittenElements, "\(text): they are overwritten instead of accumulated.")
    }

    /// Whether only some positions along an axis of the result are counted, such as a part of a batch.
    private func partialPattern(
        _ contributions: [[Double]]
    ) -> (GradientDiagnosis.Pattern, evidence: String)? {
        let shape = record.operation.result.shape
        for axis in shape.indices where 2...Self.mostPositions ~= shape[axis] {
            let parts = (0..<shape[axis]).map { position in
                sum(
                    contributions.indices.filter { ElementPosition.of($0, in: shape)[axis] == position }
                        .map { contributions[$0] }[...])
            }
            for subset in 1..<(1 << parts.count) - 1 {
                let counted = parts.indices.filter { subset >> $0 & 1 == 1 }
                guard compared.isReverse(sum(counted.map { parts[$0] }[...])) else { continue }
                let positions = counted.map { "\($0)" }.joined(separator: ", ")
                let what = counted.count == 1 ? "position \(positions) is" : "positions \(positions) are"
                let text = "Of the \(parts.count) positions along axis \(axis) of the result only \(what) counted."
                return (.partOfResult(axis: axis, positions: counted), text)
            }
        }
        return nil
    }

    private static var mostPositions: Int { 8 }
    private static var largestJacobian: Int { 1 << 14 }

    /// The derivatives of each element of the result by the operand, by the rules of what a user's function does
    /// inside.
    private var jacobianRows: [[Double]] {
        let inside = record.insideOfUser
        let (value, pullback) = vjp(at: record.point) { operands in
            inside.map { Tensor<Double>($0.replayed(at: operands.map(\.value)) { _, _, operand in operand }[0]) }
                ?? record(operands)
        }
        return (0..<value.count).map { number in
            let cotangent = (0..<value.count).map { $0 == number ? 1.0 : 0 }
            return pullback(Tensor(shape: value.shape, scalars: cotangent))[place].scalars
        }
    }

    // MARK: Broadcasting

    /// Whether only one position counts along an axis that the operand is broadcast along.
    private var broadcastPattern: (GradientDiagnosis.Pattern, evidence: String)? {
        let (shape, result) = (record.point[place].shape, record.operation.result.shape)
        let missing = result.count - shape.count
        if missing < 0 { return nil }
        for axis in result.indices where result[axis] > 1 && (axis < missing || shape[axis - missing] == 1) {
            for position in [0, result[axis] - 1] where isOnly(position, of: axis) {
                let text =
                    "Only position \(position) of \(result[axis]) along axis \(axis) is counted, along which the "
                return (.missingBroadcastSum(axis: axis), text + "operand is broadcast: the sum over it is missing.")
            }
        }
        return transposedAxes ?? triangles
    }

    /// Whether the cotangent is summed over one axis in the place of another.
    private var transposedAxes: (GradientDiagnosis.Pattern, evidence: String)? {
        let shape = record.operation.result.shape
        for first in shape.indices {
            for second in shape.indices.dropFirst(first + 1) where shape[first] == shape[second] {
                let cotangents = Tensor<Double>(shape: shape, scalars: record.cotangents).transposed(first, second)
                if isDerivative(contractedWith: cotangents.scalars, at: record.point) {
                    return (.wrongAxis(first, second), "Axes \(first) and \(second) of the cotangent are exchanged.")
                }
                if isDerivativeAlong(first, inPlaceOf: second) {
                    let text = "The gradient is that of the same function with axes \(first) and \(second) exchanged"
                    return (.wrongAxis(first, second), "\(text): the rule sums, or averages, over the wrong one.")
                }
            }
        }
        return nil
    }

    /// Whether the gradient is that of the function with two axes of operand and result exchanged.
    private func isDerivativeAlong(_ first: Int, inPlaceOf second: Int) -> Bool {
        let shape = record.operation.result.shape
        guard record.point[place].shape == shape else { return false }
        let weights = Tensor<Double>(shape: shape, scalars: record.cotangents)
        let place = place
        let other = record.differences(
            of: { operands in
                var operands = operands
                operands[place] = operands[place].transposed(first, second)
                return (weights * record(operands).transposed(first, second)).sum()
            }, at: record.point, by: place)
        return other.map { other in compared.isReverse { other.differences[$0] } } ?? false
    }

    /// Whether of the cotangent of a matrix only one triangle is read, or it is made symmetric.
    private var triangles: (GradientDiagnosis.Pattern, evidence: String)? {
        let shape = record.operation.result.shape
        guard shape.count >= 2, shape[shape.count - 1] == shape[shape.count - 2], shape[shape.count - 1] > 1 else {
            return nil
        }
        let whole = Tensor<Double>(shape: shape, scalars: record.cotangents)
        let (upper, lower) = (whole.upperTriangle(), whole.lowerTriangle())
        let variants = [
            ("only the upper triangle is read", upper), ("only the lower triangle is read", lower),
            ("only the upper triangle is read, for both", upper + upper.transposed(-1, -2)),
            ("only the lower triangle is read, for both", lower + lower.transposed(-1, -2)),
            ("the part that is symmetric alone is read", (whole + whole.transposed(-1, -2)) / 2),
        ]
        for (text, cotangents) in variants
        where isDerivative(contractedWith: cotangents.scalars, at: record.point) {
            return (.wrongAxis(shape.count - 2, shape.count - 1), "Of the cotangent \(text).")
        }
        return nil
    }

    private func isOnly(_ position: Int, of axis: Int) -> Bool {
        let shape = record.operation.result.shape
        let masked = record.cotangents.enumerated().map { number, c in
            ElementPosition.of(number, in: shape)[axis] == position ? c : 0
        }
        return isDerivative(contractedWith: masked, at: record.point)
    }

    private func isDerivative(contractedWith cotangents: [Double], at point: [Tensor<Double>]) -> Bool {
        let weights = Tensor<Double>(shape: record.operation.result.shape, scalars: cotangents)
        let other = record.differences(of: { (weights * record($0)).sum() }, at: point, by: place)
        guard let other else { return false }
        return compared.isReverse { other.differences[$0] }
    }

    // MARK: Saved values

    /// Whether the rule reads one value in the place of another.
    private var savedValuePattern: (GradientDiagnosis.Pattern, evidence: String)? {
        let result = Tensor<Double>(record.operation.result)
        for operand in record.point.indices {
            if record.point[operand].shape == result.shape {
                var point = record.point
                point[operand] = result
                if isDerivative(contractedWith: record.cotangents, at: point) {
                    let text = "The gradient is the derivative with the result in the place of operand "
                    return (.wrongSavedValue, text + "\(record.tracked[operand]): the wrong value was saved.")
                }
            }
            if isDerivative(
                contractedWith: record.cotangents, at: record.point.enumerated().map { $0 == operand ? -$1 : $1 })
            {
                let text = "The gradient is the derivative at minus operand \(record.tracked[operand])."
                return (.wrongSavedValue, text)
            }
            if record.point[operand].rank == 2, record.point[operand].shape[0] == record.point[operand].shape[1] {
                var point = record.point
                point[operand] = point[operand].transposed()
                if isDerivative(contractedWith: record.cotangents, at: point) {
                    let text = "The gradient is the derivative with operand \(record.tracked[operand]) transposed."
                    return (.wrongSavedValue, text)
                }
            }
            for other in record.point.indices.dropFirst(operand + 1)
            where record.point[operand].shape == record.point[other].shape {
                var point = record.point
                point.swapAt(operand, other)
                if isDerivative(contractedWith: record.cotangents, at: point) {
                    let places = "\(record.tracked[operand]) and \(record.tracked[other])"
                    return (.wrongSavedValue, "The gradient is the derivative with operands \(places) exchanged.")
                }
            }
        }
        return nil
    }

    private static let functionsOfOperands: [(String, @Sendable (Tensor<Double>) -> Tensor<Double>)] = [
        ("relu", { relu($0) }), ("the magnitude", { abs($0) }), ("tanh", { tanh($0) }), ("σ", { sigmoid($0) }),
        ("the square", { square($0) }), ("1 −", { 1 - $0 }),
    ]

    /// Whether the rule reads a function of an operand in its place. An operand that derivatives are not taken by is
    /// saved all the same.
    private var savedFunctionPattern: (GradientDiagnosis.Pattern, evidence: String)? {
        let weights = Tensor<Double>(shape: record.operation.result.shape, scalars: record.cotangents)
        for position in record.operation.operands.indices {
            for (name, function) in Self.functionsOfOperands {
                var (changed, point) = (record, record.point)
                if let operand = record.tracked.firstIndex(of: position) {
                    point[operand] = function(point[operand])
                } else if record.constants.contains(position) {
                    changed = record.replacingConstant(at: position, function)
                } else {
                    continue
                }
                let other = record.differences(of: { (weights * changed($0)).sum() }, at: point, by: place)
                guard let other, compared.isReverse({ other.differences[$0] }) else { continue }
                let text = "The gradient is the derivative at \(name) of operand \(position)"
                return (.wrongSavedValue, "\(text): the wrong value was saved.")
            }
        }
        return nil
    }

    // MARK: Uses of an operand in a user's own primitive

    /// The uses of the operand inside of a user's function, and what each of them contributes to the derivative.
    private struct Uses {
        let inside: ReplayableFunction
        let all: [ReplayableFunction.Use]
        let contributions: [[Double]]

        /// Each use, and before them those that contribute the same, such as both factors of x · x.
        var groups: [[Int]] {
            var groups: [[Int]] = []
            for use in all.indices {
                if let group = groups.firstIndex(where: { isSame(contributions[$0[0]], contributions[use]) }) {
                    groups[group].append(use)
                } else {
                    groups.append([use])
                }
            }
            let several = groups.filter { $0.count > 1 && $0.count < all.count }
            return several + all.indices.map { [$0] }
        }

        private func isSame(_ a: [Double], _ b: [Double]) -> Bool {
            let scale = a.reduce(0) { max($0, $1.magnitude) }
            return scale > 0 && zip(a, b).allSatisfy { ($0 - $1).magnitude <= 1e-10 * scale }
        }

        func contribution(of group: [Int]) -> [Double] {
            group.dropFirst().reduce(contributions[group[0]]) { zip($0, contributions[$1]).map(+) }
        }

        var total: [Double] { contribution(of: Array(all.indices)) }

        /// `The contribution of sin, its use 1 of 2,`
        func text(of group: [Int]) -> String {
            let place = RecordPlace(all[group[0]].operation, in: inside)
            let name = (place.scope + [place.primitive]).joined(separator: " / ")
            if group.count == 1 { return "The contribution of \(name), its use \(group[0] + 1) of \(all.count)," }
            let numbers = group.map { "\($0 + 1)" }.joined(separator: " and ")
            return "The contribution of \(name), its uses \(numbers) of \(all.count),"
        }
    }

    private var uses: Uses? {
        guard let inside = record.insideOfUser else { return nil }
        let uses = inside.uses(of: place)
        guard uses.count > 1, uses.count <= Self.mostUses else { return nil }
        return Uses(
            inside: inside, all: uses, contributions: uses.map { contribution(of: $0, in: inside, among: uses) })
    }

    private var usePattern: (GradientDiagnosis.Pattern, evidence: String)? {
        guard let uses else { return nil }
        let (count, total, contributions) = (uses.all.count, uses.total, uses.contributions)
        for group in uses.groups {
            let rest = zip(total, uses.contribution(of: group)).map { $0 - $1 }
            if compared.isReverse(rest) {
                return (.missingTerm(use: group[0], of: count), "\(uses.text(of: group)) is missing.")
            }
        }
        if let scaled = scaledUse(uses, by: [-1, 2, 0.5]) { return scaled }
        if let use = contributions.indices.first(where: { compared.isReverse(contributions[$0]) }) {
            let text = "Only \(uses.text(of: [use]).uncapitalized) is there: the others were overwritten."
            return (.overwritten(use: use, of: count), text)
        }
        for use in contributions.indices where !vague.isProportional {
            for factor in GradientDiagnosis.simpleFactors
            where compared.isReverse(contributions[use].map { factor * $0 }) {
                let text = "Only \(uses.text(of: [use]).uncapitalized) is there, \(NumberText.long(factor)) times."
                return (.overwritten(use: use, of: count), text)
            }
        }
        for begin in contributions.indices.dropFirst() where compared.isReverse(sum(contributions[begin...])) {
            guard let step = RecordPlace.step(of: uses.inside.operations[uses.all[begin].operation].scope) else {
                continue
            }
            return (.cutThroughTime(steps: [step]), "The contributions of all steps before t = \(step) are missing.")
        }
        return nil
    }

    /// Whether one use has a factor of its own, be it any number.
    private var scaledUsePattern: (GradientDiagnosis.Pattern, evidence: String)? {
        uses.flatMap { scaledUse($0, by: nil) }
    }

    private func scaledUse(
        _ uses: Uses, by factors: [Double]?
    ) -> (GradientDiagnosis.Pattern, evidence: String)? {
        if vague.isProportional { return nil }
        for group in uses.groups {
            guard let ratio = ratio(ofUse: uses.contribution(of: group), uses.total) else { continue }
            if let factors, !factors.contains(where: { ($0 - ratio).magnitude < 1e-6 }) { continue }
            let what =
                switch ratio {
                case -1.000001...(-0.999999): "has the opposite sign"
                case 1.999999...2.000001: "is counted twice"
                default: "is \(NumberText.long(ratio)) times what it should be"
                }
            return (.scaledTerm(use: group[0], of: uses.all.count), "\(uses.text(of: group)) \(what).")
        }
        return nil
    }

    private static var mostUses: Int { 256 }

    /// How many times a use's contribution is counted, if the rest is right.
    private func ratio(ofUse contribution: [Double], _ total: [Double]) -> Double? {
        let told = compared.reverse.keys.filter { $0 < contribution.count }
        guard told.count > 3,
            let largest = told.max(by: { contribution[$0].magnitude < contribution[$1].magnitude }),
            contribution[largest] != 0
        else { return nil }
        let ratio = 1 + (compared.reverse[largest]! - total[largest]) / contribution[largest]
        let expected = zip(total, contribution).map { $0 + (ratio - 1) * $1 }
        return compared.isReverse(expected) ? ratio : nil
    }

    /// Whether one or two of the values inside of a user's own primitive are taken for constants.
    private var constantPattern: (GradientDiagnosis.Pattern, evidence: String)? {
        guard let inside = record.insideOfUser else { return nil }
        let values = inside.operations.indices.filter { !inside.operations[$0].isInput }.dropLast()
        if values.count > Self.mostValues { return nil }
        let pairs = values.flatMap { first in values.filter { $0 > first }.map { [first, $0] } }
        for constants in values.map({ [$0] }) + pairs
        where compared.isReverse(gradient(inside, takingForConstants: constants)) {
            let names = constants.map { number in
                let place = RecordPlace(number, in: inside)
                return (place.scope + [place.name ?? place.primitive]).joined(separator: " / ")
            }
            let text = "The gradient is that with \(names.joined(separator: " and "))"
            return (
                .detached, "\(text) inside of the function taken for \(names.count == 1 ? "a constant" : "constants")."
            )
        }
        for (number, operation) in inside.operations.enumerated() where !vague.isProportional {
            for (position, operand) in operation.operands.enumerated() {
                guard case .constant(let value) = operand, value.elementType == .float64 else { continue }
                for (name, function) in Self.functionsOfOperands {
                    let changed = ReplayableFunction.Operand.constant(function(Tensor(value)).value)
                    let gradient = gradient(inside) { $0 == number && $1 == position ? changed : $2 }
                    if !compared.isReverse(gradient) { continue }
                    let text =
                        "The gradient is the derivative at \(name) of operand \(position) of \(operation.primitive)"
                    return (.wrongSavedValue, "\(text) inside of the function: the wrong value was saved.")
                }
            }
        }
        for value in values
        where compared.isReverse(gradient(inside, takingForConstants: [value], as: { 0 * $0 })) {
            let place = RecordPlace(value, in: inside)
            let name = (place.scope + [place.name ?? place.primitive]).joined(separator: " / ")
            return (.detached, "The gradient is that with \(name) inside of the function taken for 0.")
        }
        return nil
    }

    private static var mostValues: Int { 24 }

    private func gradient(
        _ inside: ReplayableFunction, takingForConstants constants: [Int], as constant: (Value) -> Value = { $0 }
    ) -> [Double] {
        gradient(inside) { _, _, operand in
            if case .record(let number) = operand, constants.contains(number) {
                return .constant(constant(inside.value(of: operand)))
            }
            return operand
        }
    }

    /// The gradient of the function where operations have other operands.
    private func gradient(
        _ inside: ReplayableFunction,
        replacing replacement: (_ operation: Int, _ position: Int, ReplayableFunction.Operand) ->
            ReplayableFunction.Operand
    ) -> [Double] {
        let (value, pullback) = vjp(at: record.point) { operands in
            Tensor<Double>(inside.replayed(at: operands.map(\.value), replacing: replacement)[0])
        }
        return pullback(Tensor(shape: value.shape, scalars: record.cotangents))[place].scalars
    }

    private func sum(_ contributions: ArraySlice<[Double]>) -> [Double] {
        contributions.dropFirst().reduce(contributions.first!) { zip($0, $1).map(+) }
    }

    /// The derivative by the operand where only one operation of those that use it depends on it.
    private func contribution(
        of use: ReplayableFunction.Use, in inside: ReplayableFunction, among uses: [ReplayableFunction.Use]
    ) -> [Double] {
        gradient(inside) { number, position, operand in
            let isOther = number != use.operation || position != use.position
            if case .record(place) = operand, isOther { return .constant(inside.value(of: operand)) }
            return operand
        }
    }
}

extension String {
    fileprivate var uncapitalized: String { prefix(1).lowercased() + dropFirst() }
}

extension ReplayableFunction {
    /// An operation that reads a value, and as which operand.
    struct Use {
        let operation: Int
        let position: Int
    }

    /// All uses of a record's result, in forward order.
    func uses(of number: Int) -> [Use] {
        operations.indices.flatMap { operation in
            operations[operation].operands.enumerated().compactMap { position, operand in
                if case .record(number) = operand { Use(operation: operation, position: position) } else { nil }
            }
        }
    }
}
