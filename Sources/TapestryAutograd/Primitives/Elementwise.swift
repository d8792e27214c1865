import CTapestryKernels
import TapestryArrays

// One element in, one element out. A rule turns the result's cotangent g into an operand's; it is written in
// differentiable operations, from the result y where that is cheaper, and says what it reads. What it is at kinks, ties
// and edges stands in a table in docs/Operations.md.

extension Primitive {
    static func defineElementwise(in table: inout PrimitiveTable) {
        // y = f(x)                                                        ∂L/∂x
        table.unary(.negate, { x, _ in .unary(TAPESTRY_NEGATE, x) }, Rule { g, _ in -g })
        table.unary(.abs, { x, _ in .unary(TAPESTRY_ABSOLUTE, x) }, Rule(reads: .first) { g, r in g * r.x.sign() })
        table.unary(
            .square, { x, _ in .unary(TAPESTRY_SQUARE, x) },
            Rule(reads: .first, kernel: TAPESTRY_SQUARE_RULE) { g, r in g * (2 * r.x) })
        table.unary(
            .sqrt, { x, _ in .unary(TAPESTRY_SQUARE_ROOT, x) }, Rule(reads: .result) { g, r in g / (2 * r.y) })
        table.unary(.exp, { x, _ in .unary(TAPESTRY_EXP, x) }, .times(.result))
        table.unary(.log, { x, _ in .unary(TAPESTRY_LOG, x) }, .over(.first))
        table.unary(
            .reciprocal, { x, _ in .unary(TAPESTRY_RECIPROCAL, x) },
            Rule(reads: .result) { g, r in -(g * r.y.squared()) })
        table.unary(.tanh, { x, _ in .unary(TAPESTRY_TANH, x) }, .tanh(.result))
        table.unary(.sigmoid, { x, _ in .unary(TAPESTRY_SIGMOID, x) }, .sigmoid(.result))
        table.unary(.relu, { x, _ in .unary(TAPESTRY_RELU, x) }, .relu(.result))
        table.unary(.softplus, { x, _ in softplus(x) }, Rule(reads: .first) { g, r in g * r.x.sigmoid() })
        table.unary(
            .softsign, { x, _ in softsign(x) },
            Rule(reads: .first) { g, r in g * (r.x.absolute() + 1).reciprocal().squared() })
        table.unary(
            .convert, { x, a in x.converted(to: ConversionAttributes.of(a).target) },
            Rule { g, r in g.converted(to: r.attributes(ConversionAttributes.self).source) }, forward: .linear)

        // y = f(a, b)                                                     ∂L/∂a, ∂L/∂b
        table.binary(
            .add, { a, b, _ in .binary(TAPESTRY_ADD, "add", a, b) },
            first: .identity,
            second: .identity)
        table.binary(
            .subtract, { a, b, _ in .binary(TAPESTRY_SUBTRACT, "subtract", a, b) },
            first: .identity,
            second: Rule { g, _ in -g })
        table.binary(
            .multiply, { a, b, _ in .binary(TAPESTRY_MULTIPLY, "multiply", a, b) },
            first: .times(.second),
            second: .times(.first))
        // y = a b + c, which a sum makes of a product that only it has; g is c's cotangent as well.
        table.binaryWithAddend(
            .multiplyAdd,
            { operands, _ in
                let product = NDArray.binary(TAPESTRY_MULTIPLY, "multiplyAdd", operands[0].array, operands[1].array)
                return .binary(TAPESTRY_ADD, "multiplyAdd", product, operands[2].array)
            },
            first: .times(.second),
            second: .times(.first))
        table.binary(
            .divide, { a, b, _ in .binary(TAPESTRY_DIVIDE, "divide", a, b) },
            first: .over(.second),
            second: Rule(reads: [.second, .result]) { g, r in -(g * (r.y / r.b)) })
        // y = a − b ⌊a / b⌋
        table.binary(
            .remainder, { a, b, _ in .binary(TAPESTRY_REMAINDER, "remainder", a, b) },
            first: .identity,
            // ⌊a / b⌋ = (a − y) / b, also where a / b is too small for a number
            second: Rule(reads: [.first, .second, .result]) { g, r in
                // An infinite remainder is the divisor itself.
                let rest = Value.select(.unary(.isInfinite, r.y), r.y.scalar(1), r.y / r.b)
                return -(g * .unary(.round, r.a / r.b - rest))
            })
        table.binary(
            .pow, { a, b, _ in .binary(TAPESTRY_POWER, "pow", a, b) },
            first: Rule(reads: [.first, .second]) { g, r in g * .powerSlope(r.a, r.b) },
            second: Rule(reads: [.first, .result]) { g, r in g * .exponentSlope(r.a, r.y) })
        table.binary(
            .maximum, { a, b, _ in .binary(TAPESTRY_MAXIMUM, "maximum", a, b) },
            first: Rule(reads: [.first, .second]) { g, r in g * .binary(.maximumShare, r.a, r.b) },
            second: Rule(reads: [.first, .second]) { g, r in g * .binary(.maximumShare, r.b, r.a) })
        table.binary(
            .minimum, { a, b, _ in .binary(TAPESTRY_MINIMUM, "minimum", a, b) },
            first: Rule(reads: [.first, .second]) { g, r in g * .binary(.minimumShare, r.a, r.b) },
            second: Rule(reads: [.first, .second]) { g, r in g * .binary(.minimumShare, r.b, r.a) })

        // The rules of tanh, sigmoid and relu are primitives themselves, so that a derivative costs one pass:
        // g (1 − y²), g y (1 − y), and g but where y ≤ 0: a NaN is passed on, and so is its cotangent.
        table.binary(
            .tanhRule, { g, y, _ in .binary(TAPESTRY_TANH_RULE, "tanh rule", g, y) },
            first: .tanh(.second),
            second: Rule(reads: [.first, .second]) { c, r in -2 * (c * r.a * r.b) })
        table.binary(
            .sigmoidRule, { g, y, _ in .binary(TAPESTRY_SIGMOID_RULE, "sigmoid rule", g, y) },
            first: .sigmoid(.second),
            second: Rule(reads: [.first, .second]) { c, r in c * r.a * (1 - 2 * r.b) })
        table.binary(
            .reluRule, { g, y, _ in .binary(TAPESTRY_RELU_RULE, "relu rule", g, y) },
            first: .relu(.second),
            second: Rule { c, _ in c * 0 })

        // y = condition ? a : b; what is not chosen gets a zero, even if the other branch is not finite.
        table.accumulating(
            .select,
            nary: { operands, _ in .select(operands[0].array, operands[1].array, operands[2].array) },
            listReads: .first,
            forward: .formula { t, r in
                let zero = Value(NDArray(scalar: 0, r.y.elementType))
                return .select(r.operand(0), t[1] ?? zero, t[2] ?? zero)
            },
            batching: .formula { batch, _ in
                let operands = batch.aligned
                return .select(operands[0], operands[1], operands[2])
            }
        ) { g, r, k, sum in
            let condition = r.operand(0)
            let chosen = k == 1 ? Value.select(condition, g, g.scalar(0)) : Value.select(condition, g.scalar(0), g)
            sum.add(chosen.summed(to: r.attributes(SelectionAttributes.self).operands[k - 1]))
        }
    }

    /// max(x, 0) + ln(1 + e^−|x|), where ln(1 + e) = ln(u) · e / (u − 1) with the rounded u = 1 + e loses nothing. For
    /// floats that takes half as long as `logAddExp` of x and 0, which goes through doubles.
    static func softplus(_ x: NDArray) -> NDArray {
        let one = NDArray(scalar: 1, x.elementType)
        let e = NDArray.unary(TAPESTRY_EXP, .unary(TAPESTRY_NEGATE, .unary(TAPESTRY_ABSOLUTE, x)))
        let u = NDArray.binary(TAPESTRY_ADD, "softplus", e, one)
        let isOne = NDArray.comparison(TAPESTRY_EQUAL, "softplus", u, one)
        let ratio = NDArray.binary(
            TAPESTRY_DIVIDE, "softplus", e, .binary(TAPESTRY_SUBTRACT, "softplus", u, one))
        let logarithm = NDArray.binary(TAPESTRY_MULTIPLY, "softplus", .unary(TAPESTRY_LOG, u), ratio)
        return .binary(TAPESTRY_ADD, "softplus", .unary(TAPESTRY_RELU, x), .select(isOne, e, logarithm))
    }

    /// x / (1 + |x|), and ±1 at infinity.
    private static func softsign(_ x: NDArray) -> NDArray {
        let one = NDArray(scalar: 1, x.elementType)
        let size = NDArray.binary(TAPESTRY_ADD, "softsign", .unary(TAPESTRY_ABSOLUTE, x), one)
        let quotient = NDArray.binary(TAPESTRY_DIVIDE, "softsign", x, size)
        return .select(.classification(TAPESTRY_IS_INFINITE, x), .unary(TAPESTRY_SIGN, x), quotient)
    }
}

extension Primitive.Rule {
    /// g (1 − y²)
    fileprivate static func tanh(_ y: Primitive.Reads) -> Self { Self(.tanhRule, TAPESTRY_TANH_RULE, y) }
    /// g y (1 − y)
    fileprivate static func sigmoid(_ y: Primitive.Reads) -> Self { Self(.sigmoidRule, TAPESTRY_SIGMOID_RULE, y) }
    /// g, but 0 where y ≤ 0
    fileprivate static func relu(_ y: Primitive.Reads) -> Self { Self(.reluRule, TAPESTRY_RELU_RULE, y) }
}

// MARK: - As operations on values

extension Value {
    package static prefix func - (x: consuming Value) -> Value { unary(.negate, x) }
    package static func + (a: consuming Value, b: consuming Value) -> Value {
        if let sum = addedToProduct(&b, a) { return sum }
        if let sum = addedToProduct(&a, b) { return sum }
        return binary(.add, a, b)
    }

    package static func - (a: consuming Value, b: consuming Value) -> Value { binary(.subtract, a, b) }
    package static func * (a: consuming Value, b: consuming Value) -> Value { binary(.multiply, a, b) }
    package static func / (a: consuming Value, b: consuming Value) -> Value { binary(.divide, a, b) }

    package static func + (a: Value, b: Double) -> Value { a + a.scalar(b) }
    package static func - (a: Value, b: Double) -> Value { a - a.scalar(b) }
    package static func * (a: Value, b: Double) -> Value { a * a.scalar(b) }
    package static func / (a: Value, b: Double) -> Value { a / a.scalar(b) }
    package static func - (a: Double, b: Value) -> Value { b.scalar(a) - b }
    package static func * (a: Double, b: Value) -> Value { b.scalar(a) * b }
    package static func / (a: Double, b: Value) -> Value { b.scalar(a) / b }

    package consuming func absolute() -> Value { .unary(.abs, self) }
    package consuming func sign() -> Value { .unary(.sign, self) }
    package consuming func squared() -> Value { .unary(.square, self) }
    package consuming func squareRoot() -> Value { .unary(.sqrt, self) }
    package consuming func exp() -> Value { .unary(.exp, self) }
    package consuming func log() -> Value { .unary(.log, self) }
    package consuming func tanh() -> Value { .unary(.tanh, self) }
    package consuming func sigmoid() -> Value { .unary(.sigmoid, self) }
    package consuming func relu() -> Value { .unary(.relu, self) }
    package func softplus() -> Value { .unary(.softplus, self) }

    package func converted(to type: ElementType) -> Value {
        if type == elementType { return self }
        let attributes = ConversionAttributes(to: type, from: elementType)
        return .unary(type.isFloatingPoint && elementType.isFloatingPoint ? .convert : .cast, self, attributes)
    }

    package static func power(_ a: Value, _ b: Value) -> Value { binary(.pow, a, b) }
    package static func maximum(_ a: Value, _ b: Value) -> Value { binary(.maximum, a, b) }
    package static func minimum(_ a: Value, _ b: Value) -> Value { binary(.minimum, a, b) }

    package static func select(_ condition: Value, _ a: Value, _ b: Value) -> Value {
        nary(.select, [condition, a, b], SelectionAttributes([a.layout, b.layout]))
    }

    // The branch that is not selected is computed at a harmless place, so that its own derivatives are finite too.

    /// ∂(aᵇ)/∂a = b aᵇ⁻¹; as (b / a) aᵇ where b = 0, since aᵇ⁻¹ may be infinite there, and 0 where a is 0 as well.
    fileprivate static func powerSlope(_ a: Value, _ b: Value) -> Value {
        let isZero = binary(.equal, b, b.scalar(0))
        let isRatio = binary(.and, isZero, binary(.notEqual, a, a.scalar(0)))
        let ofPower = select(isZero, b.scalar(0), b * power(select(isZero, a.scalar(1), a), b - 1))
        let base = select(isRatio, a, a.scalar(1))
        return select(isRatio, b / base * power(base, b), ofPower)
    }

    /// ∂(aᵇ)/∂b = aᵇ ln a, and 0 where a = 0.
    fileprivate static func exponentSlope(_ a: Value, _ y: Value) -> Value {
        let isZero = binary(.equal, a, a.scalar(0))
        return select(isZero, a.scalar(0), y * select(isZero, a.scalar(1), a).log())
    }
}
