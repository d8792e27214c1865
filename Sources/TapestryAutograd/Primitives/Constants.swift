import CTapestryKernels
import TapestryArrays

// What is constant between jumps, or no number at all: elementwise, and without a derivative.

extension Primitive {
    static func defineConstants(in table: inout PrimitiveTable) {
        table.constant(.sign) { (x: consuming NDArray, _) in .unary(TAPESTRY_SIGN, x) }
        table.constant(.floor) { (x: consuming NDArray, _) in .unary(TAPESTRY_FLOOR, x) }
        table.constant(.ceil) { (x: consuming NDArray, _) in .unary(TAPESTRY_CEILING, x) }
        table.constant(.round) { (x: consuming NDArray, _) in .unary(TAPESTRY_ROUND, x) }
        table.constant(.trunc) { (x: consuming NDArray, _) in .unary(TAPESTRY_TRUNCATE, x) }
        table.constant(.isFinite) { (x: consuming NDArray, _) in .classification(TAPESTRY_IS_FINITE, x) }
        table.constant(.isInfinite) { (x: consuming NDArray, _) in .classification(TAPESTRY_IS_INFINITE, x) }
        table.constant(.isNaN) { (x: consuming NDArray, _) in .classification(TAPESTRY_IS_NAN, x) }

        // The part of a maximum's or minimum's cotangent that goes to a: 1 where it wins, as NaN does, ½ for a tie,
        // else 0.
        table.constant(.maximumShare) { a, b, _ in .binary(TAPESTRY_MAXIMUM_SHARE, "maximum share", a, b) }
        table.constant(.minimumShare) { a, b, _ in .binary(TAPESTRY_MINIMUM_SHARE, "minimum share", a, b) }

        table.constant(.equal) { a, b, _ in .comparison(TAPESTRY_EQUAL, "equal", a, b) }
        table.constant(.notEqual) { a, b, _ in .comparison(TAPESTRY_NOT_EQUAL, "not equal", a, b) }
        table.constant(.less) { a, b, _ in .comparison(TAPESTRY_LESS, "less", a, b) }
        table.constant(.lessOrEqual) { a, b, _ in .comparison(TAPESTRY_LESS_OR_EQUAL, "less or equal", a, b) }
        table.constant(.and) { a, b, _ in .binary(TAPESTRY_AND, "and", a, b) }
        table.constant(.or) { a, b, _ in .binary(TAPESTRY_OR, "or", a, b) }
        table.constant(.exclusiveOr) { a, b, _ in .binary(TAPESTRY_EXCLUSIVE_OR, "exclusive or", a, b) }
        table.constant(.not) { (x: consuming NDArray, _) in .unary(TAPESTRY_NOT, x) }
        table.constant(.cast) { (x: consuming NDArray, a) in x.converted(to: ConversionAttributes.of(a).target) }
    }
}
