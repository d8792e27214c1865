import Foundation
import Tapestry
import Testing

/// Many functions with right gradients, at many scales: none may be called wrong, and none in doubt without reason.
@Suite struct FunctionCorpusTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let function: @Sendable (Tensor<Double>) -> Tensor<Double>
        /// The largest scale of points at which the function is neither saturated nor infinite.
        var largestScale = 1e6

        var testDescription: String { name }
    }

    private static let other = Tensor<Double>.normal([4, 3], using: RandomSource(seed: 99))

    static let elementwise: [Case] = [
        Case(name: "tanh", function: { tanh($0) }, largestScale: 10),
        Case(name: "sigmoid", function: { sigmoid($0) }, largestScale: 10),
        Case(name: "exp", function: { exp($0) }, largestScale: 10),
        Case(name: "log", function: { log(abs($0) + 0.1) }),
        Case(name: "relu", function: { relu($0) }),
        Case(name: "softplus", function: { softplus($0) }),
        Case(name: "sqrt", function: { sqrt(abs($0)) }),
        Case(name: "square", function: { square($0) }),
        Case(name: "abs", function: { abs($0) }),
        Case(name: "pow", function: { pow(abs($0), 1.5) }),
        Case(name: "maximum", function: { maximum($0, other) }),
        Case(name: "minimum", function: { minimum($0, other) }),
        Case(name: "quotient", function: { other / ($0 * $0 + 1) }),
        Case(name: "reciprocal", function: { 1 / $0 }),
        Case(name: "select", function: { select($0 .> 0, exp($0), $0 + 1) }, largestScale: 10),
        Case(name: "steep", function: { tanh(50 * $0) }, largestScale: 1),
        Case(name: "bell", function: { exp(-100 * square($0)) }, largestScale: 1),
        Case(name: "chain", function: { (0..<30).reduce($0) { x, _ in tanh(x * 1.3) } }, largestScale: 1),
        Case(name: "chaos", function: { (0..<20).reduce(sigmoid($0)) { x, _ in 3.7 * x * (1 - x) } }, largestScale: 10),
    ]

    static let others: [Case] = [
        Case(name: "softmax", function: { $0.softmax() }, largestScale: 10),
        Case(name: "log-softmax", function: { $0.logSoftmax() }),
        Case(name: "logsumexp", function: { $0.logSumExp(axes: [1]) }),
        Case(name: "sum", function: { $0.sum() }),
        Case(name: "mean", function: { $0.mean(axes: [0]) }),
        Case(name: "variance", function: { $0.variance(axes: [1]) }),
        Case(name: "max", function: { $0.max(axes: [1]) }),
        Case(name: "min", function: { $0.min() }),
        Case(name: "norm", function: { sqrt(square($0).sum()) }),
        Case(name: "matmul", function: { matmul($0.transposed(), other) }),
        Case(name: "quadratic form", function: { matmul($0.transposed(), $0) }),
        Case(name: "slices", function: { $0[1..., stride(from: 0, to: 3, by: 2)] * $0[0..<3, 0..<2] }),
        Case(name: "concatenate", function: { concatenate([$0, square($0)], axis: 1) }),
        Case(name: "rows", function: { $0.rows(at: Tensor<Int32>([0, 1, 3, 2, 2])) }),
    ]

    @Test(arguments: elementwise + others)
    func rightGradients(of corpus: Case) {
        for scale in [1e-6, 1e-3, 1, 10, 1e6] where scale <= corpus.largestScale {
            for seed in 0..<4 as Range<UInt64> {
                let point = Tensor<Double>.normal([4, 3], using: RandomSource(seed: seed)) * scale
                let report = checkGradients(of: corpus.function, at: point)
                #expect(report.isCorrect, "\(corpus.name), scale \(scale), seed \(seed): \(report)")
            }
        }
    }

    /// Kinks at and near zero, and jumps of the second and third derivative there.
    static let kinked: [Case] = [
        Case(name: "relu", function: { relu($0) + 0.5 * $0 }),
        Case(name: "abs", function: { exp($0) + abs($0) }),
        Case(name: "maximum", function: { maximum($0, 2 * $0) + tanh($0) }),
        Case(name: "second derivative jumps", function: { select($0 .> 0, exp($0), $0 + 1) }),
        Case(name: "third derivative jumps", function: { select($0 .> 0, $0 * $0 * $0, 0 * $0) + $0 }),
        Case(name: "nested", function: { relu(relu($0) - 1e-5 + 0.3 * $0) + $0 }),
    ]

    @Test(arguments: kinked)
    func neverWrongNearKinks(of corpus: Case) {
        for power in 0..<13 {
            for seed in 0..<10 as Range<UInt64> {
                let source = RandomSource(seed: seed)
                let isNear = Tensor<Double>.uniform([6], using: source) .> 0.5
                let near = Tensor<Double>(repeating: Foundation.pow(10, -Double(power)), shape: [6])
                let point = Tensor<Double>.normal([6], using: source) * select(isNear, near, near * 0 + 1)
                let report = checkGradients(of: corpus.function, at: point)
                #expect(report.verdict != .wrong, "\(corpus.name), 1e-\(power), seed \(seed): \(report)")
            }
        }
    }
}
