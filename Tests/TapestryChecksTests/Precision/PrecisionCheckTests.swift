import Tapestry
import Testing

/// Float against Double.
@Suite struct PrecisionCheckTests {
    private let point = Tensor<Float>.normal([4, 5], using: RandomSource(seed: 1))

    private func check(
        _ single: (Tensor<Float>) -> Tensor<Float>, _ exact: (Tensor<Double>) -> Tensor<Double>,
        at point: Tensor<Float>? = nil
    ) -> PrecisionReport {
        checkSinglePrecision(of: single, against: exact, at: point ?? self.point)
    }

    @Test func functionsThatAgree() throws {
        let report = check({ tanh($0) * exp($0) }, { tanh($0) * exp($0) })
        try report.requireCorrect()
        #expect(report.comparisons.map(\.name) == ["result", "gradient of the tensor"])
        #expect(report.comparisons.allSatisfy { $0.count == 20 && $0.deviation > 0 && $0.allowed < 1e-4 * $0.scale })
    }

    @Test(arguments: [4, 50, 200])
    func longSequences(steps: Int) throws {
        let model = withRandomSeed(2) { Recurrent(LSTMCell<Float>(inputSize: 3, hiddenSize: 8)) }
        let inputs = Tensor<Float>.normal([steps, 2, 3], using: RandomSource(seed: 3))
        try checkSinglePrecision(
            of: { (model: Recurrent<LSTMCell<Float>>) in square(model(inputs).outputs).mean() },
            against: { (model: Recurrent<LSTMCell<Double>>) in
                square(model(inputs.converted(to: Double.self)).outputs).mean()
            }, at: model
        ).requireCorrect()
    }

    @Test func largeSumsAndLayers() throws {
        let layer = withRandomSeed(2) { Linear<Float>(inputSize: 400, outputSize: 3) }
        let x = Tensor<Float>.normal([50, 400], using: RandomSource(seed: 3))
        try checkSinglePrecision(
            of: { (layer: Linear<Float>) in layer(x).logSoftmax() },
            against: { (layer: Linear<Double>) in layer(x.converted(to: Double.self)).logSoftmax() }, at: layer
        ).requireCorrect()
    }

    /// What the sensitivity of the function explains is allowed.
    @Test func sensitiveFunctions() {
        let large = point * 1000
        let report = check({ sin($0) }, { sin($0) }, at: large)
        #expect(report.isCorrect && report.comparisons[0].allowed > 1e-3, "\(report)")
        let hopeless = check({ sin($0) }, { sin($0) }, at: large * 100)
        #expect(hopeless.verdict == .inconclusive, "\(hopeless)")
    }

    // MARK: What must be called wrong

    @Test func digitsThatAreLost() {
        // Five digits are cancelled, which x itself gives no reason for.
        let report = check({ ($0 + 1e5) - 1e5 }, { ($0 + 1e5) - 1e5 })
        #expect(report.verdict == .wrong && report.comparisons[0].verdict == .wrong)
        #expect(report.comparisons[1].verdict == .correct, "the gradient is 1 all the same")
        let error = #expect(throws: PrecisionCheckError.self) { try report.requireCorrect() }
        #expect("\(error!)" == "\(report)" && "\(report)".contains("Single precision of Tensor<Float>: WRONG."))
    }

    @Test func wrongGradient() {
        let report = check({ $0 * $0.withoutDerivative() }, { square($0) })
        #expect(report.comparisons.map(\.verdict) == [.correct, .wrong], "\(report)")
        #expect(abs(report.comparisons[1].single / report.comparisons[1].exact - 0.5) < 1e-6)
    }

    @Test func oneElement() {
        var scalars = [Float](repeating: 0, count: 20)
        scalars[13] = 3e-4
        let offset = Tensor(shape: [4, 5], scalars: scalars)
        let report = check({ tanh($0) + offset }, { tanh($0) })
        #expect(report.comparisons[0].verdict == .wrong && report.comparisons[0].position == [2, 3])
    }

    @Test func overflowInFloatAlone() {
        let report = check({ exp($0 + 100) }, { exp($0 + 100) })
        #expect(report.verdict == .wrong && report.comparisons[0].single == .infinity, "\(report)")
        #expect(report.comparisons[0].deviation == .infinity)
    }

    @Test func notFiniteInDoubleEither() {
        let report = check({ log($0) }, { log($0) })
        #expect(report.verdict == .inconclusive, "\(report)")
    }

    // MARK: The rest

    @Test func zerosAgree() {
        let report = check({ relu($0 - 100) }, { relu($0 - 100) })
        #expect(report.comparisons.allSatisfy { $0.scale == 0 && $0.verdict == .correct })
        #expect(!"\(report)".contains("nan"))
    }

    @Test func seedAndTolerance() {
        let report = checkSinglePrecision(
            of: { (x: Tensor<Float>) in tanh(x) }, against: { (x: Tensor<Double>) in tanh(x) }, at: point,
            tolerance: PrecisionTolerance(roundings: 1e-3), seed: 4)
        #expect(report.verdict == .wrong, "nothing is as good as that")
        #expect(
            report.call?.expression == """
                checkSinglePrecision(of: …, against: …, at: …, tolerance: PrecisionTolerance(roundings: 0.001, \
                resolution: 0.01), seed: 4)
                """)
    }

    @Test func resultsOfOtherShapesTrap() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = checkSinglePrecision(
                of: { (x: Tensor<Float>) in x.sum() }, against: { (x: Tensor<Double>) in x },
                at: Tensor<Float>([1, 2]))
        }
        let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        #expect(
            message.contains(
                "checkSinglePrecision: results and gradients have the shapes [[], [2]] in Float and [[2], [2]] in Double"
            ))
    }
}
