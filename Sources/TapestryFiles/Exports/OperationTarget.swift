import TapestryArrays
import TapestryAutograd

/// A language that operations are translated into, one after the other. It says what it has words for; what it hasn't is
/// composed of what it has, by formulas that all languages share.
protocol OperationTarget: AnyObject {
    /// A value in the language.
    associatedtype Term

    /// The language's name, for messages.
    var format: String { get }
    func elementType(of term: Term) -> ElementType
    /// How many axes a value has.
    func rank(of term: Term) -> Int

    /// An operation on elements, whose operands are broadcast against each other; `nil` if the language has no word for it.
    func elementwise(_ id: Primitive.ID, _ operands: [Term]) throws(ExportError) -> Term?
    /// Any other operation; `nil` if the language has no words for it.
    func structural(_ id: Primitive.ID, _ node: RecordedNode, _ operands: [Term]) throws(ExportError) -> Term?
    /// A number, which is broadcast.
    func scalar(_ number: Double, _ type: ElementType) -> Term
    /// Elements as those of another type.
    func convert(_ term: Term, to type: ElementType) -> Term
    /// The sum, the greatest or the least element over axes, which stay with the extent 1.
    func reduce(_ id: Primitive.ID, _ term: Term, over axes: [Int]) throws(ExportError) -> Term
    /// Without axes, whose extent is 1.
    func removingAxes(_ axes: [Int], of term: Term) -> Term
    /// The number of elements along an axis, as a number of the term's type.
    func extent(of term: Term, axis: Int) throws(ExportError) -> Term
    /// A number that may depend on extents that are left open: a in the first recording, b in the second.
    func number(_ a: Double, _ b: Double, _ type: ElementType) throws(ExportError) -> Term
    func matmul(_ a: Term, _ b: Term) -> Term
}

/// A node of a graph that is translated; two recordings of one, where some extents are to be left open.
struct RecordedNode {
    let a, b: OperationGraph.Node

    /// The settings of the primitive in both.
    var settings: (a: OperationGraph.Settings, b: OperationGraph.Settings) {
        guard case .primitive(_, let first) = a.kind, case .primitive(_, let second) = b.kind else {
            return (.none, .none)
        }
        return (first, second)
    }
}

extension OperationTarget {
    /// An operation in the language's own words or, if it has none, composed.
    func translate(_ id: Primitive.ID, _ node: RecordedNode, _ operands: [Term]) throws(ExportError) -> Term {
        if let term = try elementwise(id, operands) { return term }
        if let term = try structural(id, node, operands) { return term }
        if let term = try composed(id, operands) { return term }
        if let term = try composedReduction(id, node, operands) { return term }
        throw ExportError(format: format, reason: "the operation \"\(id.name)\" has no counterpart there")
    }

    /// An operation on elements as a part of a formula.
    func apply(_ id: Primitive.ID, _ operands: Term...) throws(ExportError) -> Term {
        if let term = try elementwise(id, operands) { return term }
        if let term = try composed(id, operands) { return term }
        throw ExportError(format: format, reason: "the operation \"\(id.name)\" has no counterpart there")
    }

    private func number(_ value: Double, like term: Term) -> Term { scalar(value, elementType(of: term)) }

    // MARK: Formulas of elements

    private func composed(_ id: Primitive.ID, _ x: [Term]) throws(ExportError) -> Term? {
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

    // MARK: Formulas of axes

    private func composedReduction(
        _ id: Primitive.ID, _ node: RecordedNode, _ x: [Term]
    ) throws(ExportError) -> Term? {
        let last = rank(of: x[0]) - 1
        switch id {
        case .sumOfProducts:
            var sum = matmul(x[0], x[1])
            for k in stride(from: 2, to: x.count - 1, by: 2) { sum = try apply(.add, sum, matmul(x[k], x[k + 1])) }
            return x.count.isMultiple(of: 2) ? sum : try apply(.add, sum, x[x.count - 1])
        case .standardize: return try standardized(x[0], node).features
        case .layerNorm:
            let scaled = try apply(.multiply, standardized(x[0], node).features, x[1])
            return x.count == 3 ? try apply(.add, scaled, x[2]) : scaled
        case .standardizeRule:
            let (features, scale) = try standardized(x[1], node)
            let along = try mean(apply(.multiply, x[0], features), last)
            let rest = try apply(.add, mean(x[0], last), apply(.multiply, features, along))
            return try apply(.multiply, scale, apply(.subtract, x[0], rest))
        case .logSumExp: return removingAxes([last], of: try logSumExp(x[0], last))
        default: break
        }
        guard case .axes(let axes, let keepsAxes, let divisor) = node.settings.a,
            case .axes(_, _, let otherDivisor) = node.settings.b
        else { return nil }
        func squares() throws(ExportError) -> Term { try reduce(.sum, apply(.square, x[0]), over: axes) }
        let kept: Term
        switch id {
        case .sum, .max, .min: kept = try reduce(id, x[0], over: axes)
        case .any, .all:
            let numbers = try reduce(id == .any ? .max : .min, convert(x[0], to: .int32), over: axes)
            kept = convert(numbers, to: .bool)
        case .norm: kept = try apply(.sqrt, squares())
        case .meanOfSquares: kept = try apply(.divide, squares(), number(divisor, otherDivisor, elementType(of: x[0])))
        case .softmax:
            let e = try apply(.exp, apply(.subtract, x[0], reduce(.max, x[0], over: axes)))
            return try apply(.divide, e, reduce(.sum, e, over: axes))
        case .logSoftmax: return try apply(.subtract, x[0], logSumExp(x[0], axes[0]))
        default: return nil
        }
        return keepsAxes ? kept : removingAxes(axes, of: kept)
    }

    /// (x − μ) / √(σ² + ε) over the last axis, and what it is divided by as a factor.
    private func standardized(_ x: Term, _ node: RecordedNode) throws(ExportError) -> (features: Term, scale: Term) {
        guard case .epsilon(let epsilon) = node.settings.a else {
            throw ExportError(format: format, reason: "a normalization without its ε")
        }
        let last = rank(of: x) - 1
        let deviation = try apply(.subtract, x, mean(x, last))
        let variance = try mean(apply(.square, deviation), last)
        let scale = try apply(.rsqrt, apply(.add, variance, number(epsilon, like: x)))
        return (try apply(.multiply, deviation, scale), scale)
    }

    private func mean(_ x: Term, _ axis: Int) throws(ExportError) -> Term {
        try apply(.divide, reduce(.sum, x, over: [axis]), extent(of: x, axis: axis))
    }

    private func logSumExp(_ x: Term, _ axis: Int) throws(ExportError) -> Term {
        let greatest = try reduce(.max, x, over: [axis])
        let sum = try reduce(.sum, apply(.exp, apply(.subtract, x, greatest)), over: [axis])
        return try apply(.add, greatest, apply(.log, sum))
    }
}

extension WindowAxis {
    /// For each window the positions of its elements, `[windows, size]`, along an axis of what they slide over.
    func positions(in whole: [Int]) -> NDArray {
        let count = (whole[axis] - (size - 1) * dilation - 1) / step + 1
        let positions = (0..<count).flatMap { place in (0..<size).map { Int32(place * step + $0 * dilation) } }
        return NDArray(positions, shape: [count, size])
    }
}
