import TapestryArrays
import TapestryAutograd

// Reductions, normalisations and sums of products, composed of operations on elements and the plain reductions.

extension OperationTarget {
    func composedReduction(
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
            let termCount = LayerNormOperand.termCount(x.count)
            var sum = try apply(.multiply, standardized(x[0], node).features, x[1])
            for k in stride(from: 2, to: 2 * termCount, by: 2) {
                sum = try apply(.add, sum, apply(.multiply, standardized(x[k], node).features, x[k + 1]))
            }
            for bias in x[(2 * termCount)...] { sum = try apply(.add, sum, bias) }
            return sum
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
