import Tapestry

// Primitives of a user, whose pullback is wrong.

extension GradientMutant {
    typealias Unary = @Sendable (Tensor<Double>) -> Tensor<Double>
    /// From the cotangent, the operand and the value to the operand's cotangent.
    typealias Pullback = @Sendable (_ g: Tensor<Double>, _ x: Tensor<Double>, _ y: Tensor<Double>) -> Tensor<Double>

    /// A primitive "mutant" of one operand, between operations with right rules.
    static func rule(
        _ name: String, _ pattern: GradientDiagnosis.Pattern, says: String = "", orders: Int = 1,
        shape: [Int] = [3, 4],
        _ function: @escaping Unary, _ pullback: @escaping Pullback
    ) -> GradientMutant {
        GradientMutant(
            name: name, wrongBlocks: ["the tensor"], pattern: pattern,
            rule: Rule(primitive: "custom \"mutant\"", operand: 0, place: ["mutated"]), says: says
        ) { scale in
            checkGradients(
                of: { x in
                    let y = withCustomGradient(named: "mutant", at: sin(x) + 1.5, of: function) { g, y, x in
                        pullback(g, x, y)
                    }
                    return exp(0.1 * y.named("mutated")) * scale
                }, at: normal(shape, 1) * 0.5, orders: orders)
        }
    }

    /// `values` everywhere but in one row, where they are multiplied by two.
    @Sendable private static func doubledRow(_ values: Tensor<Double>) -> Tensor<Double> {
        concatenate([values[0..<1] * 2, values[1...]])
    }

    @Sendable private static func gathered(_ x: Tensor<Double>) -> Tensor<Double> {
        x.rows(at: Tensor<Int32>([0, 1, 0, 2, 1]))
    }

    static let mask = Tensor<Double>([[1, 0, 1, 1], [0, 1, 1, 1], [1, 1, 0, 0]])
    private static let activations = normal([4, 3], 11)

    /// Each column with three times the one before it.
    @Sendable private static func filtered(_ x: Tensor<Double>) -> Tensor<Double> {
        x.slice(axis: 1, 0..<3) + 3 * x.slice(axis: 1, 1..<4)
    }

    @Sendable private static func inverseDeviation(_ x: Tensor<Double>) -> Tensor<Double> {
        rsqrt(square(x - x.mean(axes: [1], keepingAxes: true)).mean(axes: [1], keepingAxes: true) + 1e-5)
    }

    @Sendable private static func normalized(_ x: Tensor<Double>) -> Tensor<Double> {
        let centered = x - x.mean(axes: [1], keepingAxes: true)
        return centered * rsqrt(square(centered).mean(axes: [1], keepingAxes: true) + 1e-5)
    }

    static let rules: [GradientMutant] = [
        rule("sign of tanh", .sign, { tanh($0) }) { g, _, y in -g * (1 - y * y) },
        rule("sign of a chain", .sign, { exp(-square($0)) }) { g, x, y in 2 * g * x * y },
        rule("twice", .factor(2), { tanh($0) }) { g, _, y in 2 * g * (1 - y * y) },
        rule("half", .factor(0.5), { square($0) }) { g, x, _ in g * x },
        rule("three times", .factor(3), { exp($0) }) { g, _, y in 3 * g * y },
        rule("slightly off", .factor(1 + 1e-6), { exp($0) }) { g, _, y in (1 + 1e-6) * g * y },
        rule("zero", .detached, { tanh($0) }) { g, _, _ in 0 * g },
        rule("transposed", .transposed, shape: [4, 4], { exp($0) }) { g, _, y in (g * y).transposed() },
        rule("transposed, not square", .transposed, { exp($0) }) { g, _, y in
            (g * y).transposed().reshaped(to: [3, 4])
        },
        rule("rows exchanged", .permuted(axis: 0, order: [1, 0, 2]), { exp($0) }) { g, _, y in
            let gradient = g * y
            return stack([gradient[1], gradient[0], gradient[2]])
        },
        rule("columns reversed", .permuted(axis: 1, order: [3, 2, 1, 0]), { tanh($0) }) { g, _, y in
            (g * (1 - y * y)).flipped(axes: [1])
        },
        rule("one element", .someElements([[1, 2]]), { exp($0) }) { g, _, y in
            var gradient = g * y
            gradient[1, 2] = gradient[1, 2] * 1.01
            return gradient
        },
        rule("one row", .someElements((0..<4).map { [0, $0] }), { exp($0) }) { g, _, y in doubledRow(g * y) },
        rule("the result for the operand", .wrongSavedValue, { square($0) }) { g, _, y in 2 * g * y },
        rule("the result for the operand of exp", .wrongSavedValue, { exp(-$0) }) { g, _, y in -g * exp(-y) },
        rule("a term of a product", .missingTerm(use: 0, of: 2), { $0 * tanh($0) }) { g, x, _ in g * tanh(x) },
        rule("the other term of a product", .missingTerm(use: 1, of: 2), { $0 * tanh($0) }) { g, x, _ in
            let t = tanh(x)
            return g * x * (1 - t * t)
        },
        rule("a term of three", .missingTerm(use: 2, of: 3), { sin($0) + exp($0) + square($0) }) { g, x, _ in
            g * (cos(x) + exp(x))
        },
        rule("the last of three terms overwrites", .overwritten(use: 2, of: 3), { sin($0) + exp($0) + square($0) }) {
            g, x, _ in 2 * g * x
        },
        rule("second order, detached", .higherOrderOnly(2), orders: 2, { $0 * $0 * $0 }) { g, x, _ in
            3 * g * x * x.withoutDerivative()
        },
        rule("second order, sign", .higherOrderOnly(2), orders: 2, { exp($0) }) { g, x, y in
            g * (2 * y.withoutDerivative() - exp(x))
        },
        rule("the sign of the operand", .wrongSavedValue, { softplus($0) }) { g, x, _ in g * sigmoid(-x) },
        rule("a running sum forwards", .untransposedJacobian, { $0.cumulativeSum(axis: 1) }) { g, _, _ in
            g.cumulativeSum(axis: 1)
        },
        rule("rows that are gathered twice, overwritten", .overwrittenElements, gathered) { g, _, _ in
            stack([g[2], g[4], g[3]])
        },
        rule("statistics taken for constants", .detached, normalized) { g, x, _ in g * inverseDeviation(x) },
        rule("a softmax without its sum", .otherSlope, { $0.softmax(axis: 1) }) { g, _, y in g * y },
        rule("the slope 1 − y", .otherSlope, { tanh($0) }) { g, _, y in g * (1 - y) },
        rule("a square of a slope", .otherSlope, { sigmoid($0) }) { g, _, y in g * y * (1 - y) * (1 - y) },
        rule("a straight-through estimator", .otherSlope, { round(3 * $0) / 3 }) { g, _, _ in g },
        rule("a mask inverted", .wrongSavedValue, says: "1 minus the value", { $0 * mask }) { g, _, _ in g * (1 - mask)
        },
        rule("the cotangent's magnitude", .nonlinear, { exp($0) }) { g, _, y in abs(g) * y },
        rule("the sign of one term", .scaledTerm(use: 1, of: 2), { sin($0) + exp($0) }) { g, x, _ in
            g * (cos(x) - exp(x))
        },
        rule("one term twice", .scaledTerm(use: 0, of: 2), { sin($0) + exp($0) }) { g, x, _ in g * (2 * cos(x) + exp(x))
        },
        rule("a slope at the square", .wrongSavedValue, { exp(sin($0)) }) { g, x, _ in
            g * cos(square(x)) * exp(sin(square(x)))
        },
        rule("half of a batch", .partOfResult(axis: 0, positions: [0, 1]), { matmul(activations, $0) }) { g, _, _ in
            matmul(activations[0..<2].transposed(), g[0..<2])
        },
        rule("elements in another order", .rearranged, { $0.reshaped(to: [4, 3]) }) { g, _, _ in g.transposed() },
        rule("a filter that is not turned around", .reversed(axis: 1), filtered) { g, _, _ in
            let zeros = Tensor<Double>.zeros([3, 1])
            return concatenate([3 * g, zeros], axis: 1) + concatenate([zeros, g], axis: 1)
        },
        rule("a stale operand", .unrecognized, { exp(square($0)) }) { g, x, _ in
            1.8 * g * x * exp(square(0.9 * x))
        },
    ]

    /// A primitive "mutant" of two operands, of which those at `operands` are wrong.
    static func pair(
        _ name: String, _ pattern: GradientDiagnosis.Pattern, says: String = "", shapes: ([Int], [Int]),
        wrong operand: Int,
        both: Bool = false,
        _ function: @escaping @Sendable (Tensor<Double>, Tensor<Double>) -> Tensor<Double>,
        _ pullback:
            @escaping @Sendable (_ g: Tensor<Double>, Operands, _ y: Tensor<Double>) -> (Tensor<Double>, Tensor<Double>)
    ) -> GradientMutant {
        GradientMutant(
            name: name, wrongBlocks: both ? ["first", "second"] : [operand == 0 ? "first" : "second"],
            pattern: pattern, rule: Rule(primitive: "custom \"mutant\"", operand: operand), says: says
        ) { scale in
            checkGradients(
                of: { a, b in
                    let y = withCustomGradient(named: "mutant", at: Operands(first: a, second: b)) {
                        function($0.first, $0.second)
                    } pullback: { g, y, operands in
                        let (first, second) = pullback(g, operands, y)
                        return Operands(first: first, second: second)
                    }
                    return tanh(y) * scale
                }, at: normal(shapes.0, 2) * 0.5, normal(shapes.1, 3) * 0.5)
        }
    }

    static let pairs: [GradientMutant] = [
        pair(
            "only the first row of a bias", .missingBroadcastSum(axis: 0), shapes: ([3, 4], [4]), wrong: 1, { $0 + $1 }
        ) { g, _, _ in (g, g[0]) },
        pair("mean for the sum of a bias", .factor(1.0 / 3), shapes: ([3, 4], [4]), wrong: 1, { $0 + $1 }) { g, _, _ in
            (g, g.mean(axes: [0]))
        },
        pair(
            "only the last column of a scale", .missingBroadcastSum(axis: 1), shapes: ([3, 4], [3, 1]), wrong: 1,
            {
                $0 * $1
            }
        ) { g, x, _ in (g * x.second, (g * x.first)[0..., 3..<4]) },
        pair("the sum of a bias over the wrong axis", .wrongAxis(0, 1), shapes: ([4, 4], [4]), wrong: 1, { $0 + $1 }) {
            g, _, _ in (g, g.sum(axes: [1]))
        },
        pair("factors exchanged", .wrongSavedValue, shapes: ([3, 4], [3, 4]), wrong: 0, both: true, { $0 * $1 }) {
            g, x, _ in (g * x.first, g * x.second)
        },
        pair(
            "each gets the other's", .exchanged(with: "operand 1"), shapes: ([3, 4], [3, 4]), wrong: 0, both: true,
            { sin($0) * exp($1) }
        ) { g, x, y in (g * y, g * cos(x.first) * exp(x.second)) },
        pair("the sign of the second", .sign, shapes: ([3, 4], [3, 4]), wrong: 1, { $0 - $1 }) { g, _, _ in (g, g) },
        pair("the second detached", .detached, shapes: ([3, 4], [3, 4]), wrong: 1, { $0 * $1 }) { g, x, _ in
            (g * x.second, 0 * g)
        },
    ]

    static let products: [GradientMutant] = [
        pair("weights not transposed", .wrongSavedValue, shapes: ([3, 4], [4, 4]), wrong: 0, { matmul($0, $1) }) {
            g, x, _ in (matmul(g, x.second), matmul(x.first.transposed(), g))
        },
        pair("gradient of weights transposed", .transposed, shapes: ([3, 4], [4, 4]), wrong: 1, { matmul($0, $1) }) {
            g, x, _ in (matmul(g, x.second.transposed()), matmul(g.transposed(), x.first))
        },
        pair("the sign of weights", .sign, shapes: ([3, 2], [2, 4]), wrong: 1, { matmul($0, $1) }) { g, x, _ in
            (matmul(g, x.second.transposed()), -matmul(x.first.transposed(), g))
        },
        pair(
            "units of weights exchanged", .permuted(axis: 1, order: [1, 0]), shapes: ([3, 4], [4, 2]), wrong: 1,
            {
                matmul($0, $1)
            }
        ) { g, x, _ in (matmul(g, x.second.transposed()), matmul(x.first.transposed(), g).flipped(axes: [1])) },
    ]
}
