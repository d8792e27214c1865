import Tapestry
import Testing

/// Functions that are hard on differences, with right gradients.
@Suite struct NastyFunctionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let check: @Sendable () -> GradientReport

        init(
            _ name: String, at point: Tensor<Double>, orders: Int = 1,
            _ function: @escaping @Sendable (Tensor<Double>) -> Tensor<Double>
        ) {
            testDescription = name
            check = { checkGradients(of: function, at: point, orders: orders) }
        }
    }

    private static let point = GradientMutant.normal([3, 4], 1)

    /// Shown to be correct all the same.
    static let decidable: [Case] = [
        Case("gradients of 1e-300", at: point) { $0 * $0 * 1e-300 },
        Case("gradients of 1e300", at: point) { tanh($0) * 1e300 },
        Case("squares of 1e150", at: point * 1e150) { square($0).sum() },
        Case("squares of 1e-150", at: point * 1e-150) { square($0).sum() },
        Case("exp of 600", at: point + 600) { exp($0) },
        Case("a square root beside larger numbers", at: Tensor([1e-12, 1e-8, 1e-4, 1, 1e4])) { sqrt($0) },
        Case("logarithms from 1e-200 to 1e200", at: Tensor([1e-200, 1e-8, 1, 1e8, 1e200])) { log($0) },
        Case("a pole beside larger numbers", at: Tensor([1e-6, 1e-3, 1, 1e3])) { 1 / $0 },
        Case("a jump close by", at: Tensor([1.0001, 1.9999, 1.5, 2.4])) { $0 * $0 + floor($0) },
        Case("two kinks close by", at: Tensor([1.000005, 2, 0.5, 3])) { abs($0 - 1) + abs($0 - 1.00001) },
        Case("kinks at 1e-9", at: Tensor([1 + 1e-9, 1 - 1e-9, 2, 0.5, 3])) { relu($0 - 1) },
        Case("a steep gate", at: Tensor([1e-5, -2e-5, 0, 3e-6])) { sigmoid($0 * 1e5) },
        Case("a high frequency", at: point) { sin($0 * 1e4) },
        Case("a higher frequency", at: point) { sin($0 * 1e8) },
        Case("saturated gates", at: point + 1) { sigmoid($0 * 60) * tanh($0 * 40) },
        Case("a sharp softmax", at: point) { ($0 * 300).softmax() },
        Case("rows that hardly vary", at: point * 1e-9 + 1) { LayerNorm(featureCount: 4)($0) },
        Case("cancellation", at: point) { ($0 + 1e8) - 1e8 },
        Case("a logarithm next to 1", at: Tensor([1e-14, 2e-14])) { log(1 + $0) },
        Case("a value that passes Float", at: point) { $0.converted(to: Float.self).converted(to: Double.self) * $0 },
        Case("a fourth order", at: point, orders: 4) { sin($0) },
        Case("a linear function's second order", at: point, orders: 2) { 3 * $0 },
        Case("a product's third order", at: point, orders: 3) { $0[0] * $0[1] },
    ]

    @Test(arguments: decidable)
    func isCorrect(_ nasty: Case) {
        let report = nasty.check()
        #expect(report.isCorrect, "\(report)")
    }

    /// One element that is much smaller than the others, or a step too large at first, does not leave it in doubt.
    @Test func everyElementIsDecided() {
        // Every step that is tried for the first element goes across the pole.
        let undecided = [
            "a pole beside larger numbers": 1, "a higher frequency": 0, "a square root beside larger numbers": 0,
        ]
        for nasty in Self.decidable {
            guard let undecided = undecided[nasty.testDescription] else { continue }
            let block = nasty.check().blocks[0]
            let correct = block.count(of: .correct)
            #expect(correct == block.elements.count - undecided, "\(nasty.testDescription): \(block.elements)")
        }
    }

    /// Not to be decided by differences.
    static let undecidable: [Case] = [
        Case("a frequency that no step follows", at: point) { sin($0 * 1e12) },
        Case("chaos", at: abs(point) * 0.1 + 0.1) { (0..<60).reduce($0) { x, _ in 3.9 * x * (1 - x) } },
        Case("a constant", at: point) { $0 * 0 + 3 },
        Case("a dead unit", at: point) { relu($0 - 10) },
        Case("relu at zeros", at: .zeros([3])) { relu($0) },
        Case("ties of three", at: Tensor([1, 1, 1, 0.5])) { $0.max() },
        Case("a softmax that is all but a maximum", at: point) { ($0 * 1e5).softmax() },
        Case("a gate that is all but constant", at: point + 5) { tanh($0 * 1e3) },
        Case("the norm of zeros", at: .zeros([4])) { sqrt(square($0).sum() + 1e-300) },
        Case("a cosine at its top", at: .zeros([3])) { cos($0) },
        // What is left of much larger numbers: all samples near the point lie on one step of a staircase.
        Case("an offset of 1e16", at: point) { ($0 + 1e16) - 1e16 },
        Case("squares with an offset of 1e16", at: point) { square($0 + 1e16) - 1e32 },
        Case("a cosine of which 1 is taken away", at: Tensor([1e-6, 2e-6])) { (1 - cos($0)) / square($0) },
        Case("products of what an offset left", at: point) { x in tanh(matmul((x + 1e15) - 1e15, normal([4, 2], 3))) },
        // The gradient itself is what is left of larger numbers.
        Case("a quotient of small numbers", at: Tensor([1e-6, 2e-6])) { sin($0) / $0 },
    ]

    private static func normal(_ shape: [Int], _ seed: UInt64) -> Tensor<Double> { GradientMutant.normal(shape, seed) }

    @Test(arguments: undecidable)
    func isNotCalledWrong(_ nasty: Case) {
        let report = nasty.check()
        #expect(report.verdict == .inconclusive, "\(report)")
    }

    /// That numbers cancel does not hide a wrong rule where differences are exact enough to show it.
    @Test func offsetsHideNoWrongRule() {
        let report = checkGradients(
            of: { x in
                withCustomGradient(named: "offset", at: x) {
                    square($0 + 1e8) - 1e16
                } pullback: { g, _, x in
                    1.001 * g * 2 * (x + 1e8)
                }
            }, at: Self.point)
        #expect(report.verdict == .wrong, "\(report)")
    }
}
