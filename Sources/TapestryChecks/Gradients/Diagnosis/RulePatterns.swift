import TapestryAutograd

/// What a rule's result might be instead of the derivative, computed from the record's own value: what one row of a
/// broadcast operand gets, the derivative at another value, and the contributions of an operand's single uses.
struct RulePatterns {
    let record: CheckedRecord
    let compared: ComparedBlock
    /// The operand's place among those that derivatives are taken by.
    let place: Int

    /// Larger records are not searched.
    private static var largestCount: Int { 1024 }

    var pattern: (GradientDiagnosis.Pattern, evidence: String)? {
        let count = record.point.reduce(record.operation.result.count) { max($0, $1.count) }
        if count > Self.largestCount { return nil }
        return usePattern ?? broadcastPattern ?? savedValuePattern ?? operandPattern ?? jacobianPattern
            ?? constantPattern
    }

    // MARK: Other operands, and the Jacobian

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
        let isOneOnly = compared.reverse.allSatisfy { element, g in
            let parts = contributions.map { $0[element] }.filter { $0.magnitude > 2 * compared.slack }
            return parts.isEmpty || parts.contains { (g - $0).magnitude <= 2 * compared.slack }
        }
        if !isOneOnly { return nil }
        let text = "Of the elements of the result that an element of the operand has a part in, only one is counted"
        return (.overwrittenElements, "\(text): they are overwritten instead of accumulated.")
    }

    private static var largestJacobian: Int { 1 << 14 }

    /// The derivatives of each element of the result by the operand, by the rules of what a user's function does inside.
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
        return transposedAxes
    }

    /// Whether the cotangent is summed over one axis in the place of another.
    private var transposedAxes: (GradientDiagnosis.Pattern, evidence: String)? {
        let shape = record.operation.result.shape
        for first in shape.indices {
            for second in shape.indices.dropFirst(first + 1) where shape[first] == shape[second] {
                let cotangents = Tensor<Double>(shape: shape, scalars: record.cotangents).transposed(first, second)
                guard isDerivative(contractedWith: cotangents.scalars, at: record.point) else { continue }
                let text = "Axes \(first) and \(second) of the cotangent are exchanged."
                return (.wrongAxis(first, second), text)
            }
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

    // MARK: Uses of an operand in a user's own primitive

    private var usePattern: (GradientDiagnosis.Pattern, evidence: String)? {
        guard let inside = record.insideOfUser else { return nil }
        let uses = inside.uses(of: place)
        guard uses.count > 1, uses.count <= Self.mostUses else { return nil }
        let contributions = uses.map { contribution(of: $0, in: inside, among: uses) }
        let total = sum(contributions[...])
        func name(_ use: Int) -> String {
            let place = RecordPlace(uses[use].operation, in: inside)
            return "\((place.scope + [place.primitive]).joined(separator: " / ")), its use \(use + 1) of \(uses.count)"
        }
        for use in uses.indices {
            let rest = zip(total, contributions[use]).map { $0 - $1 }
            if compared.isReverse(rest) {
                let text = "The contribution of \(name(use)), is missing."
                return (.missingTerm(use: use, of: uses.count), text)
            }
        }
        if let use = uses.indices.first(where: { compared.isReverse(contributions[$0]) }) {
            let text = "Only the contribution of \(name(use)), is there: the others were overwritten."
            return (.overwritten(use: use, of: uses.count), text)
        }
        for begin in uses.indices.dropFirst() where compared.isReverse(sum(contributions[begin...])) {
            guard let step = RecordPlace.step(of: inside.operations[uses[begin].operation].scope) else { continue }
            return (.cutThroughTime(steps: [step]), "The contributions of all steps before t = \(step) are missing.")
        }
        return nil
    }

    private static var mostUses: Int { 256 }

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
        return nil
    }

    private static var mostValues: Int { 24 }

    private func gradient(_ inside: ReplayableFunction, takingForConstants constants: [Int]) -> [Double] {
        let (value, pullback) = vjp(at: record.point) { operands in
            Tensor<Double>(
                inside.replayed(at: operands.map(\.value)) { _, _, operand in
                    if case .record(let number) = operand, constants.contains(number) {
                        return .constant(inside.value(of: operand))
                    }
                    return operand
                }[0])
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
        let (value, pullback) = vjp(at: record.point) { operands in
            Tensor<Double>(
                inside.replayed(at: operands.map(\.value)) { number, position, operand in
                    let isOther = number != use.operation || position != use.position
                    if case .record(place) = operand, isOther { return .constant(inside.value(of: operand)) }
                    return operand
                }[0])
        }
        return pullback(Tensor(shape: value.shape, scalars: record.cotangents))[place].scalars
    }
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
