import TapestryAutograd

/// Looks inside of a user's own primitive for the one operation whose derivative was derived or written wrongly: its
/// function is replayed from what it recorded, with a mistake in the rule of one operation, or of the same one at every
/// turn of a loop, until the gradients are those of the user's rule.
///
/// Both sides are computed by rules and not by differences, so they agree to rounding, in all operands at once.
struct InsideSearch {
    typealias Finding = (pattern: GradientDiagnosis.Pattern, evidence: String)

    let inside: ReplayableFunction
    let point: [Tensor<Double>]
    let cotangent: Tensor<Double>
    /// The operand whose gradient is to be explained at least.
    private let place: Int
    /// What the user's rule gives, by operand.
    private let gradients: [[Double]]
    /// The derivative.
    private let right: [[Double]]
    /// What rounding may make of each operand's gradient.
    private let slack: [Double]

    /// - Returns: `nil` for what is not a user's own primitive, and for large ones.
    init?(_ record: CheckedRecord, by place: Int) {
        guard let inside = record.insideOfUser, inside.operations.count <= Self.mostOperations else { return nil }
        (self.inside, self.place, point) = (inside, place, record.point)
        let (value, pullback) = vjp(at: record.point, of: record.callAsFunction)
        cotangent = Tensor(shape: value.shape, scalars: record.cotangents)
        gradients = pullback(cotangent).map(\.scalars)
        right = Self.gradients(of: inside, at: point, cotangent)
        slack = zip(gradients, right).map { ($0 + $1).reduce(0) { max($0, $1.magnitude) } * 1e-8 }
        if !right.joined().allSatisfy(\.isFinite) { return nil }
    }

    private static var mostOperations: Int { 256 }
    /// How many operations are replayed at most, in all.
    private static var mostWork: Int { 400_000 }

    /// The simplest mistake that explains the gradients of all operands, or else that of the one in question.
    var finding: Finding? {
        var ownOnly: Finding?
        for mistake in mistakes.prefix(Self.mostWork / inside.operations.count) {
            let expected = gradients(with: mistake)
            guard let factor = factor(of: expected, mistake) else { continue }
            let finding = mistake.finding(factor, in: self)
            if factor.isOfAll { return finding }
            if ownOnly == nil, point[place].count > 3 { ownOnly = finding }
        }
        return ownOnly
    }

    // MARK: Gradients

    private static func gradients(
        of inside: ReplayableFunction, at point: [Tensor<Double>], _ cotangent: Tensor<Double>,
        applying: (Int, ReplayableFunction.Operation, [Value]) -> Value = { $1.applied(to: $2) }
    ) -> [[Double]] {
        let (_, pullback) = vjp(at: point) { operands in
            Tensor<Double>(inside.replayed(at: operands.map(\.value), applying: applying)[0])
        }
        return pullback(cotangent).map(\.scalars)
    }

    /// The gradients where the rules of some operations are mistaken.
    private func gradients(with mistake: Mistake) -> [[Double]] {
        Self.gradients(of: inside, at: point, cotangent) { number, operation, operands in
            guard let turn = mistake.operations.firstIndex(of: number) else { return operation.applied(to: operands) }
            return mistake.applied(operation, to: operands, turn: turn, in: self)
        }
    }

    private func isRule(_ expected: [[Double]], at operand: Int) -> Bool {
        zip(gradients[operand], expected[operand]).allSatisfy { ($0 - $1).magnitude <= slack[operand] }
    }

    /// A factor with which a mistake explains the gradient.
    struct Factor {
        let value: Double
        /// Whether it explains the gradients of all operands.
        let isOfAll: Bool
    }

    /// How many times what the mistake adds to the derivative explains the gradient: once, or for mistakes that may
    /// have a factor of their own, any number of times.
    private func factor(of expected: [[Double]], _ mistake: Mistake) -> Factor? {
        if isRule(expected, at: place) {
            return Factor(value: 1, isOfAll: point.indices.allSatisfy { isRule(expected, at: $0) })
        }
        guard mistake.mayBeScaled else { return nil }
        let added = zip(expected, right).map { zip($0, $1).map(-) }
        let missing = zip(gradients, right).map { zip($0, $1).map(-) }
        guard let largest = added[place].indices.max(by: { added[place][$0].magnitude < added[place][$1].magnitude }),
            added[place][largest].magnitude > 1e3 * slack[place]
        else { return nil }
        let value = missing[place][largest] / added[place][largest]
        if !value.isFinite || added[place].count < 2 { return nil }
        let scaled = zip(right, added).map { zip($0, $1).map { $0 + value * $1 } }
        if value == 0 || !isRule(scaled, at: place) { return nil }
        return Factor(value: value, isOfAll: point.indices.allSatisfy { isRule(scaled, at: $0) })
    }
}
