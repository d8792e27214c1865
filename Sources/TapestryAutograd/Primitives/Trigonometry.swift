import CTapestryKernels
import TapestryArrays

// Circular and hyperbolic functions and their inverses. Slopes such as 1 / √(1 − x²) are taken as √((1 − x)(1 + x)),
// which keeps its digits where x is close to 1.

extension Primitive {
    static func defineTrigonometry(in table: inout PrimitiveTable) {
        // y = f(x)                                          ∂L/∂x
        table.unary(.sin, { x, _ in .unary(TAPESTRY_SIN, x) }, Rule(reads: .first) { g, r in g * r.x.cos() })
        table.unary(.cos, { x, _ in .unary(TAPESTRY_COS, x) }, Rule(reads: .first) { g, r in -(g * r.x.sin()) })
        table.unary(.tan, { x, _ in .unary(TAPESTRY_TAN, x) }, Rule(reads: .result) { g, r in g * (r.y.squared() + 1) })
        table.unary(
            .asin, { x, _ in .unary(TAPESTRY_ASIN, x) }, Rule(reads: .first) { g, r in g / r.x.cosineOfArcsine })
        table.unary(
            .acos, { x, _ in .unary(TAPESTRY_ACOS, x) }, Rule(reads: .first) { g, r in -(g / r.x.cosineOfArcsine) })
        table.unary(
            .atan, { x, _ in .unary(TAPESTRY_ATAN, x) }, Rule(reads: .first) { g, r in g / (r.x.squared() + 1) })
        table.unary(.sinh, { x, _ in .unary(TAPESTRY_SINH, x) }, Rule(reads: .first) { g, r in g * r.x.cosh() })
        table.unary(.cosh, { x, _ in .unary(TAPESTRY_COSH, x) }, Rule(reads: .first) { g, r in g * r.x.sinh() })
        table.unary(
            .asinh, { x, _ in .unary(TAPESTRY_ASINH, x) },
            Rule(reads: .first) { g, r in g / .binary(.hypot, r.x, r.x.scalar(1)) })
        table.unary(
            .acosh, { x, _ in .unary(TAPESTRY_ACOSH, x) },
            Rule(reads: .first) { g, r in g / ((r.x - 1).squareRoot() * (r.x + 1).squareRoot()) })
        table.unary(
            .atanh, { x, _ in .unary(TAPESTRY_ATANH, x) },
            Rule(reads: .first) { g, r in g / r.x.complementOfSquare })

        // y = f(a, b)                                       ∂L/∂a, ∂L/∂b
        table.binary(
            .atan2, { a, b, _ in .binary(TAPESTRY_ATAN2, "atan2", a, b) },
            first: Rule(reads: [.first, .second]) { g, r in g * .direction(r.b, r.a).overRadius },
            second: Rule(reads: [.first, .second]) { g, r in -(g * .direction(r.a, r.b).overRadius) })
        table.binary(
            .hypot, { a, b, _ in .binary(TAPESTRY_HYPOT, "hypot", a, b) },
            first: Rule(reads: [.first, .second]) { g, r in g * .direction(r.a, r.b).ratio },
            second: Rule(reads: [.first, .second]) { g, r in g * .direction(r.b, r.a).ratio })
    }
}

/// The point (a, b) on the circle around the origin: a / r and its radius r = √(a² + b²), where slopes are 0 at the
/// origin. Both operands are divided by the larger magnitude first, so that no square and no sum overflows; beside an
/// infinite one, finite ones are 0.
private struct Direction {
    /// a / r.
    let ratio: Value
    /// r over the larger magnitude, and that magnitude.
    let radius, size: Value

    /// a / r².
    var overRadius: Value { ratio / radius / size }
}

extension Value {
    fileprivate static func direction(_ a: Value, _ b: Value) -> Direction {
        let isOrigin = binary(.and, binary(.equal, a, a.scalar(0)), binary(.equal, b, b.scalar(0)))
        // A constant: a / r does not depend on it.
        let magnitude = maximum(a.withoutTapes.absolute(), b.withoutTapes.absolute())
        let size = select(isOrigin, a.scalar(1), magnitude)
        let (x, y) = (select(isOrigin, a.scalar(0), a).fraction(of: size), b.fraction(of: size))
        let radius = binary(.hypot, select(isOrigin, a.scalar(1), x), select(isOrigin, b.scalar(0), y))
        return Direction(ratio: x / radius, radius: radius, size: size)
    }

    /// x / s for a magnitude s of at least that of x, where an infinity is ±1 times itself.
    private func fraction(of size: Value) -> Value { .select(.unary(.isInfinite, self), sign(), self / size) }

    /// √(1 − x²)
    fileprivate var cosineOfArcsine: Value { complementOfSquare.squareRoot() }

    /// 1 − x², with the value of (1 − x)(1 + x) and the slopes of −x²: those of the product, (1 − x) − (1 + x), have no
    /// digits where x is small, and are not numbers at the ends. They come from c² − x², which is nothing, with c for x
    /// as a constant.
    fileprivate var complementOfSquare: Value {
        let c = withoutTapes
        let product = (1 - c) * (c + 1)
        return isTracked ? product + (c.squared() - squared()) : product
    }
}

// MARK: - As operations on values

extension Value {
    consuming func sin() -> Value { .unary(.sin, self) }
    consuming func cos() -> Value { .unary(.cos, self) }
    consuming func sinh() -> Value { .unary(.sinh, self) }
    consuming func cosh() -> Value { .unary(.cosh, self) }
}
