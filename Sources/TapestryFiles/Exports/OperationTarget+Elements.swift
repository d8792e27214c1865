import TapestryArrays
import TapestryAutograd

// Operations on elements, composed of others. Each formula is exact where the obvious one would lose digits or
// overflow.

extension OperationTarget {
    func composed(_ id: Primitive.ID, _ x: [Term]) throws(ExportError) -> Term? {
        switch id {
        case .multiplyAdd: try apply(.add, apply(.multiply, x[0], x[1]), x[2])
        case .square: try apply(.multiply, x[0], x[0])
        case .reciprocal: try apply(.divide, number(1, like: x[0]), x[0])
        case .rsqrt: try apply(.reciprocal, apply(.sqrt, x[0]))
        case .relu: try apply(.maximum, x[0], number(0, like: x[0]))
        case .softplus: try apply(.logAddExp, x[0], number(0, like: x[0]))
        case .softsign: try softsign(x[0])
        case .log2: try apply(.multiply, apply(.log, x[0]), number(1.442695040888963407, like: x[0]))
        case .log10: try apply(.multiply, apply(.log, x[0]), number(0.434294481903251828, like: x[0]))
        // tanh(x / 2) (eˣ + 1), exact where a difference with 1 would lose digits.
        case .expm1:
            try apply(
                .multiply, apply(.tanh, apply(.multiply, x[0], number(0.5, like: x[0]))),
                apply(.add, apply(.exp, x[0]), number(1, like: x[0])))
        case .log1p: try log1p(x[0])
        case .erfc: try apply(.subtract, number(1, like: x[0]), apply(.erf, x[0]))
        case .trunc:
            try apply(
                .select, apply(.less, x[0], number(0, like: x[0])), apply(.ceil, x[0]), apply(.floor, x[0]))
        case .hypot: try apply(.sqrt, apply(.add, apply(.square, x[0]), apply(.square, x[1])))
        case .remainder: try apply(.subtract, x[0], apply(.multiply, x[1], apply(.floor, apply(.divide, x[0], x[1]))))
        case .logAddExp: try logAddExp(x[0], x[1])
        case .xlogy:
            try apply(
                .select, apply(.equal, x[0], number(0, like: x[0])), number(0, like: x[0]),
                apply(.multiply, x[0], apply(.log, x[1])))
        case .binaryCrossEntropy:
            try apply(
                .add, apply(.multiply, x[1], apply(.softplus, apply(.negate, x[0]))),
                apply(.multiply, apply(.subtract, number(1, like: x[1]), x[1]), apply(.softplus, x[0])))
        default: try composedFurther(id, x)
        }
    }

    private func composedFurther(_ id: Primitive.ID, _ x: [Term]) throws(ExportError) -> Term? {
        if let term = try composedHyperbolicFunction(id, x) { return term }
        if let term = try composedRule(id, x) { return term }
        return try composedTest(id, x)
    }

    /// ln(1 + x), as 2 artanh(x / (2 + x)) where the sum with 1 would lose digits.
    private func log1p(_ x: Term) throws(ExportError) -> Term {
        let isSmall = try apply(.less, apply(.abs, x), number(0.5, like: x))
        let half = try apply(.atanh, apply(.divide, x, apply(.add, x, number(2, like: x))))
        let sum = try apply(.log, apply(.add, x, number(1, like: x)))
        return try apply(.select, isSmall, apply(.add, half, half), sum)
    }

    /// x / (1 + |x|), and ±1 at infinity.
    private func softsign(_ x: Term) throws(ExportError) -> Term {
        let quotient = try apply(.divide, x, apply(.add, number(1, like: x), apply(.abs, x)))
        return try apply(.select, apply(.isInfinite, x), apply(.sign, x), quotient)
    }

    /// max(a, b) + ln(1 + e^−|a − b|)
    private func logAddExp(_ a: Term, _ b: Term) throws(ExportError) -> Term {
        let distance = try apply(.negate, apply(.abs, apply(.subtract, a, b)))
        // Two equal infinities have no difference.
        let rest = try apply(.select, apply(.isNaN, distance), number(0, like: a), apply(.log1p, apply(.exp, distance)))
        return try apply(.add, apply(.maximum, a, b), rest)
    }

    private func composedHyperbolicFunction(_ id: Primitive.ID, _ x: [Term]) throws(ExportError) -> Term? {
        func half(_ combine: Primitive.ID) throws(ExportError) -> Term {
            try apply(
                .multiply, number(0.5, like: x[0]), apply(combine, apply(.exp, x[0]), apply(.exp, apply(.negate, x[0])))
            )
        }
        let one = { self.number(1, like: x[0]) }
        switch id {
        // (u + u / (u + 1)) / 2 with u = eˣ − 1
        case .sinh:
            let u = try apply(.expm1, x[0])
            return try apply(
                .multiply, number(0.5, like: u), apply(.add, u, apply(.divide, u, apply(.add, u, one()))))
        case .cosh: return try half(.add)
        case .atanh:
            return try apply(
                .multiply, number(0.5, like: x[0]),
                apply(.subtract, apply(.log1p, x[0]), apply(.log1p, apply(.negate, x[0]))))
        case .asinh: return try asinh(x[0])
        case .acosh:
            let roots = try apply(
                .multiply, apply(.sqrt, apply(.subtract, x[0], one())), apply(.sqrt, apply(.add, x[0], one())))
            return try apply(.log, apply(.add, x[0], roots))
        case .atan: return try apply(.atan2, x[0], one())
        case .atan2: return try atan2(x[0], x[1])
        case .asin, .acos:
            let cosine = try apply(
                .sqrt, apply(.multiply, apply(.subtract, one(), x[0]), apply(.add, one(), x[0])))
            return id == .asin ? try apply(.atan2, x[0], cosine) : try apply(.atan2, cosine, x[0])
        default: return nil
        }
    }

    /// sign(x) ln(1 + |x| + x² / (1 + √(1 + x²))), and sign(x) ln 2|x| where the square could overflow.
    private func asinh(_ x: Term) throws(ExportError) -> Term {
        let (size, square) = (try apply(.abs, x), try apply(.square, x))
        let root = try apply(.add, number(1, like: x), apply(.sqrt, apply(.add, number(1, like: x), square)))
        let small = try apply(.log1p, apply(.add, size, apply(.divide, square, root)))
        let large = try apply(.add, apply(.log, size), number(0.693147180559945309, like: x))
        let isSmall = try apply(.less, size, number(1e8, like: x))
        return try apply(.multiply, apply(.sign, x), apply(.select, isSmall, small, large))
    }

    /// arctan(y / x), and half a turn more or less where x is negative; a quarter where it is 0.
    private func atan2(_ y: Term, _ x: Term) throws(ExportError) -> Term {
        let zero = number(0, like: x)
        let turn = try apply(.select, apply(.less, y, zero), number(-.pi, like: x), number(.pi, like: x))
        let angle = try apply(.atan, apply(.divide, y, x))
        let left = try apply(.select, apply(.less, x, zero), apply(.add, angle, turn), angle)
        return try apply(
            .select, apply(.equal, x, zero), apply(.multiply, apply(.sign, y), number(.pi / 2, like: x)), left)
    }

    /// The rules of derivatives that are primitives.
    private func composedRule(_ id: Primitive.ID, _ x: [Term]) throws(ExportError) -> Term? {
        switch id {
        case .tanhRule: try apply(.multiply, x[0], apply(.subtract, number(1, like: x[1]), apply(.square, x[1])))
        case .sigmoidRule:
            try apply(
                .multiply, x[0], apply(.multiply, x[1], apply(.subtract, number(1, like: x[1]), x[1])))
        case .reluRule:
            try apply(.select, apply(.lessOrEqual, x[1], number(0, like: x[1])), number(0, like: x[0]), x[0])
        case .maximumShare: try share(.less, x[1], x[0], x)
        case .minimumShare: try share(.less, x[0], x[1], x)
        default: nil
        }
    }

    /// 1 where a comparison holds, ½ for a tie, else 0.
    private func share(_ id: Primitive.ID, _ a: Term, _ b: Term, _ x: [Term]) throws(ExportError) -> Term {
        let rest = try apply(.select, apply(.equal, x[0], x[1]), number(0.5, like: a), number(0, like: a))
        let wins = try apply(.or, apply(id, a, b), apply(.isNaN, x[0]))
        return try apply(.select, wins, number(1, like: a), rest)
    }

    private func composedTest(_ id: Primitive.ID, _ x: [Term]) throws(ExportError) -> Term? {
        switch id {
        case .notEqual: try apply(.not, apply(.equal, x[0], x[1]))
        case .lessOrEqual: try apply(.or, apply(.less, x[0], x[1]), apply(.equal, x[0], x[1]))
        case .isNaN: try apply(.notEqual, x[0], x[0])
        case .isInfinite: try apply(.equal, apply(.abs, x[0]), number(.infinity, like: x[0]))
        case .isFinite: try apply(.less, apply(.abs, x[0]), number(.infinity, like: x[0]))
        default: nil
        }
    }
}
