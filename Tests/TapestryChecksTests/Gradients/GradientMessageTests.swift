import Synchronization
import Tapestry
import Testing

/// What a check says when it cannot compare, and how it says what it found.
@Suite struct GradientMessageTests {
    private let vector = Tensor<Double>([0.5, -1, 2])

    @Test func singlePrecision() {
        let model = LSTMCell<Float>(inputSize: 2, hiddenSize: 2)
        let report = checkGradients(of: model) { $0.step(.ones([1, 2]), $0.initialState(batchSize: 1)).output }
        #expect(!report.isCorrect && report.blocks.isEmpty)
        #expect(report.problem == .singlePrecision(path: "input.weights", type: "LSTMCell<Float>"))
        #expect("\(report)".contains("module.converted(to: LSTMCell<Double>.self)"))
        let layer = Linear<Float>(inputSize: 3, outputSize: 1)
        let pair = checkGradients(of: { $0($1.converted(to: Float.self)) }, at: layer, vector)
        #expect(pair.problem == .singlePrecision(path: "first.weights", type: "Linear<Float>"))
        let result = checkGradients(of: { $0.converted(to: Float.self) }, at: vector)
        #expect(result.problem == .singlePrecisionResult(place: "result"))
    }

    @Test func nothingToDifferentiate() {
        let indices = checkGradients(of: { $0.converted(to: Double.self) }, at: Tensor<Int32>([1, 2]))
        #expect(indices.problem == .noParameter(type: "Tensor<Int32>"))
        let layer = Linear<Double>(inputSize: 3, outputSize: 1)
        let frozen = checkGradients(of: { $0($1) }, at: layer, vector, freezing: ["*"])
        #expect(frozen.problem?.description.contains("all of them are frozen") == true)
        let empty = checkGradients(of: { $0.sum() }, at: Tensor<Double>.zeros([0]))
        #expect(empty.problem == .emptyParameter(path: "The tensor"))
    }

    @Test func resultsThatHaveNoDerivative() {
        let integers = checkGradients(of: { $0.converted(to: Int32.self) }, at: vector)
        #expect(integers.problem == .noFloatingPointResult(type: "Tensor<Int32>"))
        let empty = checkGradients(of: { $0[0..<0] }, at: vector)
        #expect(empty.problem == .emptyResult(place: "result"))
    }

    @Test func randomness() {
        let source = RandomSource(seed: 1)
        let report = checkGradients(of: { $0 * Tensor.uniform([3], using: source) }, at: vector)
        guard case .notDeterministic(let place, let first, let second) = report.problem else {
            Issue.record("\(report)")
            return
        }
        #expect(place == "result[0]" && first != second)
        #expect("\(report)".contains("not deterministic"))
    }

    @Test func dependenceOnRecording() {
        let report = checkGradients(of: { $0.isTracked ? $0 * 2 : $0 }, at: vector)
        #expect(report.problem == .dependsOnRecording(place: "result[0]", plain: 0.5, recorded: 1))
    }

    @Test func notFiniteAtThePoint() {
        let report = checkGradients(of: { log($0) }, at: vector)
        guard case .resultNotFinite(let place, let value) = report.problem else {
            Issue.record("\(report)")
            return
        }
        #expect(place == "result[1]" && value.isNaN)
    }

    @Test func gradientNotFinite() {
        // √|x| has an infinite slope at 0, which the rule multiplies by the slope 0 of |x|.
        let root = checkGradients(of: { sqrt(abs($0)) }, at: Tensor<Double>([4, 0, 1]))
        #expect(root.verdict == .inconclusive, "\(root)")
        #expect(root.blocks[0].worst?.position == [1])
        #expect("\(root)".contains("inconclusive: not finite"))
    }

    @Test func parameterWithoutInfluence() {
        let report = checkGradients(of: { a, b in a * 2 + 0 * b.sum() }, at: vector, vector)
        #expect(report["first"]?.verdict == .correct)
        #expect(report["second"]?.verdict == .inconclusive)
        #expect("\(report)".contains("inconclusive: no influence"))
    }

    @Test func noiseIsNotCalledCorrect() {
        // The derivative of Σ softmax is zero, and all that can be seen of it is rounding.
        let report = checkGradients(of: { $0.softmax().sum() }, at: vector)
        #expect(report.verdict == .inconclusive, "\(report)")
    }

    @Test func sampleAndSeed() {
        let point = Tensor<Double>.normal([20, 5], using: RandomSource(seed: 1))
        func check(seed: UInt64) -> GradientReport {
            checkGradients(of: { tanh($0) }, at: point, elements: .atMost(7), seed: seed)
        }
        let (first, again, other) = (check(seed: 3), check(seed: 3), check(seed: 4))
        #expect(first.isCorrect && first.blocks[0].elements.count == 7 && first.blocks[0].elementCount == 100)
        #expect(first.blocks[0].elements.map(\.position) == again.blocks[0].elements.map(\.position))
        #expect(first.blocks[0].elements.map(\.position) != other.blocks[0].elements.map(\.position))
        #expect("\(first)" == "\(again)")
        #expect("\(first)".contains("7 of 100 elements"))
    }

    @Test func throwingForm() {
        let right = checkGradients(of: { tanh($0) }, at: vector)
        #expect(throws: Never.self) { try right.requireCorrect() }
        let wrong = checkGradients(of: { 2 * $0 - $0.withoutDerivative() }, at: vector)
        let error = #expect(throws: GradientCheckError.self) { try wrong.requireCorrect() }
        #expect("\(error!)" == "\(wrong)")
    }

    @Test func tableHasTheWorstFirst() {
        let report = checkGradients(of: { a, b in tanh(a) + square(b.withoutDerivative()) + 0 * b }, at: vector, vector)
        let lines = "\(report)".split(separator: "\n")
        #expect(lines[0].hasPrefix("Gradient check of Tensor<Double> and Tensor<Double>: WRONG. Of 2 blocks"))
        #expect(lines[2].hasPrefix("second  wrong") && lines[3].hasPrefix("first   correct"))
    }

    @Test func emptySampleTraps() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = checkGradients(of: { tanh($0) }, at: Tensor<Double>([1]), elements: .atMost(0))
        }
        let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        #expect(message.contains("checkGradients: at most 0 elements of each block leave nothing to check"))
    }

    @Test func aResultThatChangesItsShapeTraps() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = checkGradients(of: { $0.scalars[0] == 0.5 ? $0 : $0[0..<1] }, at: Tensor<Double>([0.5, 1]))
        }
        let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        #expect(
            message.contains(
                "checkGradients: the function's result changes its shape beside the point; there it is [[1]]"))
    }

    @Test func perturbedRunsRecordNothing() {
        let tracked = Mutex((tracked: 0, plain: 0))
        let report = checkGradients(
            of: { x in
                tracked.withLock { x.isTracked ? ($0.tracked += 1) : ($0.plain += 1) }
                return tanh(x)
            }, at: vector)
        // Once on a tape, and once in forward mode for the one block.
        #expect(tracked.withLock { $0.tracked } == 2)
        // Perturbed points are evaluated in batches, the point itself alone.
        #expect(tracked.withLock { $0.plain } >= 3 && report.evaluationCount >= 3 * 6)
    }
}
