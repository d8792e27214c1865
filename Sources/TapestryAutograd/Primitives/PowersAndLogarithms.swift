import CTapestryKernels
import TapestryArrays

// Exponentials, logarithms and roots beside the plain ones, each exact where a composition of those would lose digits.

extension Primitive {
    static func definePowersAndLogarithms(in table: inout PrimitiveTable) {
        // y = f(x)                                                        ∂L/∂x
        table.unary(
            .rsqrt, { x, _ in .unary(TAPESTRY_RECIPROCAL_SQUARE_ROOT, x) },
            Rule(reads: .result) { g, r in g * (-0.5 * r.y * r.y.squared()) })
        table.unary(
            .expm1, { x, _ in .unary(TAPESTRY_EXPM1, x) }, Rule(reads: .first) { g, r in g * r.x.exp() })
        table.unary(
            .log1p, { x, _ in .unary(TAPESTRY_LOG1P, x) }, Rule(reads: .first) { g, r in g / (r.x + 1) })
        table.unary(
            .log2, { x, _ in .unary(TAPESTRY_LOG2, x) }, Rule(reads: .first) { g, r in g / r.x * (1 / ln2) })
        table.unary(
            .log10, { x, _ in .unary(TAPESTRY_LOG10, x) }, Rule(reads: .first) { g, r in g / r.x * (1 / ln10) })

        // y = f(a, b)                                                     ∂L/∂a, ∂L/∂b
        // y = ln(eᵃ + eᵇ): the softmax of both, equal shares where they are equal, infinite or not
        table.binary(
            .logAddExp, { a, b, _ in .binary(TAPESTRY_LOG_ADD_EXP, "logAddExp", a, b) },
            first: Rule(reads: [.first, .second]) { g, r in g * .difference(r.a, r.b).sigmoid() },
            second: Rule(reads: [.first, .second]) { g, r in g * .difference(r.b, r.a).sigmoid() })
        // y = a ln b
        table.binary(
            .xlogy, { a, b, _ in .binary(TAPESTRY_X_LOG_Y, "xlogy", a, b) },
            first: Rule(reads: [.first, .second]) { g, r in
                // 0 where the value is 0 whatever b is.
                let isNothing = Value.binary(.and, .isZero(r.a), .binary(.lessOrEqual, r.b, r.b.scalar(0)))
                return g * .select(isNothing, r.b.scalar(0), Value.select(isNothing, r.b.scalar(1), r.b).log())
            },
            second: Rule(reads: [.first, .second]) { g, r in
                // 0 ln b is 0 whatever b is, at 0 too.
                let isNothing = Value.binary(.and, .isZero(r.a), .isZero(r.b))
                return g * (r.a / .select(isNothing, r.b.scalar(1), r.b))
            })
        // y = −t ln σ(x) − (1 − t) ln σ(−x), without a difference of what is nearly equal: exact for an x that is
        // certain
        table.binary(
            .binaryCrossEntropy, { x, t, _ in binaryCrossEntropy(x, t) },
            first: Rule(reads: [.first, .second]) { g, r in
                g * ((1 - r.b) * r.a.sigmoid() - r.b * (-r.a).sigmoid())
            },
            second: Rule(reads: .first) { g, r in -(g * r.a) })
    }

    private static func binaryCrossEntropy(_ x: NDArray, _ t: NDArray) -> NDArray {
        let others = NDArray.binary(TAPESTRY_SUBTRACT, "binaryCrossEntropy", NDArray(scalar: 1, t.elementType), t)
        return .binary(
            TAPESTRY_ADD, "binaryCrossEntropy",
            .binary(TAPESTRY_MULTIPLY, "binaryCrossEntropy", t, softplus(.unary(TAPESTRY_NEGATE, x))),
            .binary(TAPESTRY_MULTIPLY, "binaryCrossEntropy", others, softplus(x)))
    }

    private static let ln2 = 0.693147180559945309417232121458176568
    private static let ln10 = 2.302585092994045684017991454684364208
}

extension Value {
    fileprivate static func isZero(_ x: Value) -> Value { binary(.equal, x, x.scalar(0)) }

    /// a − b, and 0 for two equal infinities.
    fileprivate static func difference(_ a: Value, _ b: Value) -> Value {
        let areEqual = binary(.and, binary(.equal, a, b), unary(.isInfinite, a))
        return select(areEqual, a.scalar(0), a) - select(areEqual, b.scalar(0), b)
    }
}

// MARK: - As operations on values

extension Value {
    consuming func reciprocal() -> Value { .unary(.reciprocal, self) }
    consuming func reciprocalSquareRoot() -> Value { .unary(.rsqrt, self) }
    consuming func expm1() -> Value { .unary(.expm1, self) }
    consuming func log1p() -> Value { .unary(.log1p, self) }

    /// √x with the slope 0 at 0, where it is infinite.
    package var squareRootFlatAtZero: Value {
        let isZero = Value.isZero(self)
        return .select(isZero, scalar(0), Value.select(isZero, scalar(1), self).squareRoot())
    }

    /// −t ln σ(x) − (1 − t) ln σ(−x), elementwise and broadcast.
    package static func binaryCrossEntropy(_ x: Value, _ t: Value) -> Value { binary(.binaryCrossEntropy, x, t) }
}
