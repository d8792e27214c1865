import Tapestry

// Primitives of a user, in whose rule one of the operations inside is derived wrongly, as is seen by its sentence.

extension GradientMutant {
    private static let old = normal([4, 2], 12)

    /// hₜ = a hₜ₋₁ + xₜ from zero, `[time, units]`.
    @Sendable private static func decayed(_ x: Tensor<Double>, _ a: Tensor<Double>) -> Tensor<Double> {
        var states = [x[0]]
        for t in 1..<x.shape[0] { states.append(a * states[t - 1] + x[t]) }
        return stack(states)
    }

    /// Its rule, with the factor of the carry and the state that a's gradient reads at each step.
    @Sendable private static func decayedPullback(
        _ g: Tensor<Double>, _ operands: Operands, carry: Tensor<Double>, state: (Int) -> Tensor<Double>
    ) -> (Tensor<Double>, Tensor<Double>) {
        var (d, da) = (0 * g[0], 0 * operands.second)
        var dx: [Tensor<Double>] = []
        for t in (0..<g.shape[0]).reversed() {
            d = d + g[t]
            dx.append(d)
            if t > 0 { da = da + d * state(t) }
            d = carry * d
        }
        return (stack(dx.reversed()), da)
    }

    static let insides: [GradientMutant] = [
        rule(
            "the slope of an inner tanh", .otherSlope, says: "the factor of tanh(softplus(operand 0))",
            { $0 * tanh(softplus($0)) }
        ) { g, x, _ in g * (tanh(softplus(x)) + x * sigmoid(x)) },
        rule(
            "an inner slope from the operand", .otherSlope,
            says: "tanh(exp(operand 0)) passes back its cotangent times 1 − x²",
            { sin(tanh(exp($0))) }
        ) { g, x, _ in g * cos(tanh(exp(x))) * (1 - square(exp(x))) * exp(x) },
        rule(
            "the sign of an inner path", .scaledPath(-1), says: "opposite sign",
            {
                let s = sin($0)
                return s * exp(s)
            }
        ) { g, x, y in g * cos(x) * exp(sin(x)) - g * cos(x) * y },
        rule(
            "a softmax over the wrong axis", .otherSlope, says: "the sum over axis 0", shape: [4, 4],
            { $0.softmax(axis: 1) }
        ) { g, _, y in y * (g - (g * y).sum(axes: [0], keepingAxes: true)) },
        rule(
            "the logarithm of a softmax, without exp", .otherSlope, says: "y in the place of exp(y)",
            { $0.logSoftmax(axis: 1) }
        ) { g, _, y in g - y * g.sum(axes: [1], keepingAxes: true) },
        pair(
            "the gate's slope at the other half", .wrongSavedValue,
            says: "the rule of sigmoid(operand 1) reads operand 0",
            shapes: ([3, 4], [3, 4]), wrong: 1, { $0 * sigmoid($1) }
        ) { g, x, _ in
            let s = sigmoid(x.first)
            return (g * sigmoid(x.second), g * x.first * s * (1 - s))
        },
        pair(
            "the new state for the old, at every step", .wrongSavedValue, says: "at all 5 places like it",
            shapes: ([6, 2], [2]), wrong: 1, decayed
        ) { g, x, y in decayedPullback(g, x, carry: x.second) { y[$0] } },
        pair(
            "a carry without its factor", .otherSlope, says: "the factor of multiply", shapes: ([6, 2], [2]), wrong: 0,
            both: true, decayed
        ) { g, x, y in decayedPullback(g, x, carry: 0 * x.second + 1) { y[$0 - 1] } },
        pair(
            "gates exchanged", .exchanged(with: "slice(matmul(operand 0, operand 1), part 1)"), says: "are exchanged",
            shapes: ([3, 2], [2, 4]), wrong: 0, both: true,
            { x, w in
                let z = matmul(x, w)
                return sigmoid(z[0..., 0..<2]) * exp(z[0..., 2...])
            }
        ) { g, x, y in
            let s = sigmoid(matmul(x.first, x.second)[0..., 0..<2])
            let d = concatenate([g * y, g * y * (1 - s)], axis: 1)
            return (matmul(d, x.second.transposed()), matmul(x.first.transposed(), d))
        },
        pair("an older operand", .unreadOperand(1), shapes: ([3, 4], [4, 2]), wrong: 0, { matmul($0, $1) }) { g, x, _ in
            (matmul(g, old.transposed()), matmul(x.first.transposed(), g))
        },
    ]

    static let elements: [GradientMutant] = [
        rule("a slope cut off", .clipped(2), { exp($0) }) { g, _, y in g * minimum(y, Tensor(2)) },
        rule("an approximation", .approximate, says: "close to", { exp($0) }) { g, x, _ in g * exp(1.01 * x) },
        rule("single precision", .approximate, says: "rounded to single precision", { sin($0) }) { g, x, _ in
            (g * cos(x)).converted(to: Float.self).converted(to: Double.self)
        },
        rule("a softmax as if elementwise", .diagonalOnly, { $0.softmax(axis: 1) }) { g, _, y in g * y * (1 - y) },
        rule("the second for the largest", .otherElements, { $0.max(axes: [1]) }) { g, x, _ in
            let others = select(x .== x.max(axes: [1], keepingAxes: true), Tensor(-100), x)
            return select(others .== others.max(axes: [1], keepingAxes: true), g.unsqueezed(axis: 1) + 0 * x, 0 * x)
        },
        rule("a factor for each row", .factorByIndex(axis: 0), says: "times exp(y)", { $0.logSumExp(axes: [1]) }) {
            g, x, _ in g.unsqueezed(axis: 1) * exp(x)
        },
        rule("another target", .otherConstant, { ($0.logSoftmax(axis: 1) * mask).sum() }) { g, x, _ in
            g * (0.9 * mask - x.softmax(axis: 1) * mask.sum(axes: [1], keepingAxes: true))
        },
        rule("one triangle", .wrongAxis(0, 1), says: "only the upper triangle", { matmul($0, $0.transposed()) }) {
            g, x, _ in
            let upper = g.upperTriangle()
            return matmul(upper + upper.transposed(), x)
        },
    ]
}
