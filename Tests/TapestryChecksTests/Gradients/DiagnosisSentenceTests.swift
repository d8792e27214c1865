import Tapestry
import TapestryChecks
import Testing

/// A rule that is wrong in a way that people make, and what must be said of it.
struct WrongRule: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let sentence: String
    let point: Tensor<Double>
    let value: @Sendable (Tensor<Double>) -> Tensor<Double>
    let pullback: @Sendable (Tensor<Double>, Tensor<Double>, Tensor<Double>) -> Tensor<Double>

    init(
        _ name: String, _ sentence: String, at point: Tensor<Double>,
        _ value: @escaping @Sendable (Tensor<Double>) -> Tensor<Double>,
        pullback: @escaping @Sendable (Tensor<Double>, Tensor<Double>, Tensor<Double>) -> Tensor<Double>
    ) {
        (testDescription, self.sentence, self.point) = (name, sentence, point)
        (self.value, self.pullback) = (value, pullback)
    }

    func report() -> GradientReport {
        checkGradients(
            of: { withCustomGradient(named: "rule", at: $0, of: value, pullback: pullback) * 1.5 }, at: point)
    }
}

extension WrongRule {
    private static func normal(_ shape: [Int], _ seed: UInt64) -> Tensor<Double> {
        withRandomSeed(seed) { .normal(shape) }
    }

    private static let mixed = Tensor<Double>([0.4, -0.9, 1.3, 0.2, -0.1, 2.2, -1.4, 0.6])
    private static let (kept, used) = (
        Tensor<Double>([[1, 1, 0, 1], [0, 1, 1, 1]]),
        Tensor<Double>([[1, 1, 1, 1], [1, 1, 0, 0], [1, 1, 1, 0]])
    )
    private static let lengths = Tensor<Double>([4, 2, 3])
    private static let target = Tensor<Double>([1, 0, 1, 1, 0, 0])

    static let all: [WrongRule] = [
        WrongRule(
            "layer norm, the deviation a constant", "the deviation s taken for a constant", at: normal([3, 6], 1),
            { layerNorm($0, gain: .ones([6]), bias: .zeros([6])) }
        ) { g, _, x in
            let s = sqrt(x.variance(axes: [1], keepingAxes: true) + 1e-5)
            return (g - g.mean(axes: [1], keepingAxes: true)) / s
        },
        WrongRule(
            "centred along the other axis", "with axes 0 and 1 exchanged", at: normal([4, 4], 2),
            { $0 - $0.mean(axes: [0], keepingAxes: true) }
        ) { g, _, _ in g - g.mean(axes: [1], keepingAxes: true) },
        WrongRule("a maximum's to all", "to all elements of the operand", at: normal([3, 4], 3), { $0.max(axes: [1]) })
        {
            g, _, x in g.unsqueezed(axis: 1).expanded(to: x.shape)
        },
        WrongRule(
            "leaky relu without its other slope", "are 0, and the others right: all where operand 0 is below 0",
            at: mixed, { leakyRelu($0, slope: 0.1) }
        ) { g, _, x in select(x .> 0, g, 0 * g) },
        WrongRule("σ′ too many", "times σ(x) (1 − σ(x))", at: normal([6], 4), { softplus($0) - target * $0 }) {
            g, _, x in g * (sigmoid(x) - target) * sigmoid(x) * (1 - sigmoid(x))
        },
        WrongRule("another unit", "1e-06 times the derivative", at: normal([4], 5), { sin($0) * 1e6 }) { g, _, x in
            g * cos(x)
        },
        WrongRule("another mask", "goes to the wrong elements", at: normal([2, 4], 6), { $0 * kept }) { g, _, _ in
            g * kept.flipped(axes: [1])
        },
        WrongRule(
            "a polynomial without its first term", "the cotangent times 0.3 − 2.2 x", at: normal([5], 7),
            { ((0.7 * $0 - 1.1) * $0 + 0.3) * $0 }
        ) { g, _, x in g * (0.3 - 2.2 * x) },
        WrongRule("made symmetric", "the symmetric part", at: normal([3, 3], 8), { tanh($0) }) { g, y, _ in
            let d = g * (1 - y * y)
            return (d + d.transposed()) / 2
        },
        WrongRule(
            "a projection added", "its uses 1 and 2 of 3, has the opposite sign", at: normal([5], 9),
            { $0 / sqrt(($0 * $0).sum()) }
        ) { g, y, x in (g + y * (g * y).sum()) / sqrt((x * x).sum()) },
        WrongRule(
            "logSumExp with the softmax of columns", "softmax(x) over axis 0", at: normal([4, 4], 10),
            { $0.logSumExp(axes: [1]) }
        ) { g, _, x in g.unsqueezed(axis: 1) * x.softmax(axis: 0) },
        WrongRule(
            "a mean over all steps", "each index of axis 0: 1, 0.5, 0.75", at: normal([3, 4], 11),
            { (sin($0) * used).sum(axes: [1]) / lengths }
        ) { g, _, x in g.unsqueezed(axis: 1) * cos(x) * used / 4 },
        WrongRule(
            "reshaped, not transposed", "reshaped where it should be transposed", at: normal([3, 4], 12),
            { $0.transposed() }
        ) { g, _, _ in g.reshaped(to: [3, 4]) },
    ]
}

/// What is said of a wrong rule must be what is wrong with it.
@Suite struct DiagnosisSentenceTests {
    @Test(arguments: WrongRule.all)
    func saysWhatIsWrong(_ rule: WrongRule) {
        let report = rule.report()
        #expect(report.verdict == .wrong)
        #expect(report.diagnosis?.description.contains(rule.sentence) ?? false, "\(report)")
    }

    /// The gates still carry what the state does.
    @Test func oneOfSeveralPathsThroughTimeIsCut() {
        let inputs = withRandomSeed(1) { Tensor<Double>.normal([5, 2, 3]) }
        let cell = withRandomSeed(2) { LeakyCell<Double>(inputSize: 3, hiddenSize: 4) }
        let report = checkGradients(of: cell) { cell in
            var h = Tensor<Double>(repeating: 0.3, shape: [2, 4])
            for t in 0..<5 {
                withScope("t = \(t)") {
                    let z = cell.input(inputs[t]) + cell.recurrent(h)
                    let leak = sigmoid(z[.leak])
                    h = leak * (t == 3 ? h.withoutDerivative() : h) + (1 - leak) * tanh(z[.candidate])
                }
            }
            return h
        }
        #expect(report.diagnosis?.pattern == .cutThroughTime(steps: [3]), "\(report)")
        #expect(report.diagnosis?.evidence.hasPrefix("One of the paths through time is cut, but not all") ?? false)
    }
}
