import Tapestry
import Testing

/// Right gradients must be called correct, at every scale and length.
@Suite struct CorrectGradientTests {
    private func expectCorrect(_ report: GradientReport, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(report.isCorrect, "\(report)", sourceLocation: sourceLocation)
    }

    private func normal(_ shape: [Int], _ seed: UInt64) -> Tensor<Double> {
        .normal(shape, using: RandomSource(seed: seed))
    }

    /// A cell over a sequence, with its inputs and its initial state.
    private struct Sequence<Cell: RecurrentCell<Double>>: Module {
        var model: Recurrent<Cell>
        var inputs: Tensor<Double>
        var initial: Cell.State

        init(_ cell: Cell, initial: Cell.State, steps: Int = 4) {
            model = Recurrent(cell)
            inputs = .normal([steps, 2, 3], using: RandomSource(seed: 1))
            self.initial = initial
        }

        var result: RecurrentResult<Tensor<Double>, Cell.State> { model(inputs, initialState: initial) }
    }

    private func check<Cell: RecurrentCell<Double>>(
        _ cell: Cell, initial: Cell.State, steps: Int = 4
    ) -> GradientReport {
        checkGradients(
            of: { (sequence: Sequence<Cell>) in sequence.result },
            at: Sequence(cell, initial: initial, steps: steps))
    }

    @Test func lstm() {
        let cell = LSTMCell<Double>(inputSize: 3, hiddenSize: 4)
        let report = check(cell, initial: LSTMState(hidden: normal([2, 4], 2), cell: normal([2, 4], 3)))
        expectCorrect(report)
        #expect(report["model.cell.input.weights", "forget"]?.elements.count == 12)
        let gates = ["forget", "input", "candidate", "output"]
        let gated = ["input.weights", "input.bias", "recurrent.weights"].flatMap { parameter in
            gates.map { "model.cell.\(parameter) [\($0)]" }
        }
        #expect(report.blocks.map(\.name) == gated + ["inputs", "initial.hidden", "initial.cell"])
        #expect(report.blocks.allSatisfy { $0.informativeCount == $0.elementCount })
        #expect(report.blocks.allSatisfy { $0.worstRelativeError < 1e-10 })
    }

    @Test(arguments: GRUCell<Double>.Reset.allCases)
    func gru(reset: GRUCell<Double>.Reset) {
        expectCorrect(check(GRUCell(inputSize: 3, hiddenSize: 4, reset: reset), initial: normal([2, 4], 2)))
    }

    @Test(arguments: ActivationFunction.allCases)
    func rnn(activation: ActivationFunction) {
        // Of some weights no unit of a relu is left after the third step.
        let cell = withRandomSeed(1) { RNNCell<Double>(inputSize: 3, hiddenSize: 4, activation: activation) }
        expectCorrect(check(cell, initial: normal([2, 4], 2)))
    }

    @Test func cellOfAUser() {
        let report = check(LeakyCell(inputSize: 3, hiddenSize: 4), initial: normal([2, 4], 2))
        expectCorrect(report)
        #expect(report["model.cell.input.weights", "leak"] != nil)
    }

    @Test(arguments: [1, 2, 10, 50])
    func length(steps: Int) {
        let cell = withRandomSeed(5) { LSTMCell<Double>(inputSize: 3, hiddenSize: 2) }
        let state = LSTMState(hidden: normal([2, 2], 2), cell: normal([2, 2], 3))
        let report = checkGradients(
            of: { (sequence: Sequence<LSTMCell<Double>>) in square(sequence.result.outputs).mean() },
            at: Sequence(cell, initial: state, steps: steps), elements: .atMost(4))
        expectCorrect(report)
    }

    @Test(arguments: [1e-6, 1e-3, 1, 1e3, 1e6])
    func scaleOfTheLoss(scale: Double) {
        let model = withRandomSeed(6) { Recurrent(LSTMCell<Double>(inputSize: 3, hiddenSize: 2)) }
        let inputs = normal([3, 2, 3], 7)
        expectCorrect(checkGradients(of: model) { square($0(inputs).outputs).mean() * scale })
    }

    /// tanh(x W / s + b) with weights of size s: the derivative with respect to them has the size 1 / s.
    @Test(arguments: [1e-6, 1e-3, 1, 1e3, 1e6])
    func scaleOfTheParameters(scale: Double) {
        var layer = withRandomSeed(6) { Linear<Double>(inputSize: 3, outputSize: 2) }
        layer.weights = layer.weights * scale
        let inputs = normal([4, 3], 7) / scale
        expectCorrect(checkGradients(of: layer) { tanh($0(inputs)) })
    }

    /// Parameters that are tiny or huge beside the length over which the function changes.
    @Test(arguments: [1e-6, 1e-3, 1, 30])
    func parametersFarFromTheFunctionsOwnScale(scale: Double) {
        expectCorrect(checkGradients(of: { tanh($0) + exp(-square($0)) + $0 }, at: normal([5], 1) * scale))
    }

    @Test func layersAndLosses() {
        let x = normal([4, 3], 8)
        let linear = withRandomSeed(9) { Linear<Double>(inputSize: 3, outputSize: 5) }
        let targets = Tensor<Int32>([0, 4, 2, 2])
        expectCorrect(checkGradients(of: { $0($1) }, at: linear, x))
        expectCorrect(checkGradients(of: linear) { crossEntropy($0(x), targets) })
        expectCorrect(checkGradients(of: linear) { meanSquaredError($0(x), normal([4, 5], 1)) })
        expectCorrect(checkGradients(of: linear) { binaryCrossEntropy($0(x), sigmoid(normal([4, 5], 1))) })
        expectCorrect(checkGradients(of: { $0($1) }, at: LayerNorm<Double>(featureCount: 3), x))
        let embedding = withRandomSeed(1) { Embedding<Double>(vocabularySize: 6, size: 3) }
        expectCorrect(checkGradients(of: embedding) { $0(targets) })
    }

    @Test func severalLayersAndConvertedModel() {
        let model = withRandomSeed(2) { LSTM<Float>(inputSize: 3, hiddenSize: 2, layers: 2) }
        let inputs = normal([3, 2, 3], 3)
        let report = checkGradients(of: model.converted(to: LSTM<Double>.self)) { $0(inputs) }
        expectCorrect(report)
        #expect(report["layers.1.cell.recurrent.weights", "output"] != nil)
    }

    @Test func trainingWithDropout() {
        let layer = withRandomSeed(2) {
            Sequential {
                Linear<Double>(inputSize: 3, outputSize: 8)
                Dropout<Double>(rate: 0.5)
                Linear<Double>(inputSize: 8, outputSize: 2)
            }
        }
        let inputs = normal([6, 3], 3)
        expectCorrect(checkGradients(of: layer, mode: .training) { $0(inputs) })
        expectCorrect(checkGradients(of: layer) { $0(inputs) })
    }

    @Test func transposedPointAndScalarFunction() {
        expectCorrect(checkGradients(of: { square($0).sum() }, at: normal([3, 4], 1).transposed()))
        let report = checkGradients(of: { exp($0) }, at: Tensor(0.5))
        expectCorrect(report)
        #expect(report.blocks[0].elements[0].position == [])
        #expect(abs(report.blocks[0].elements[0].difference - exp(Tensor(0.5)).scalar) < 1e-10)
    }

    @Test func largeOffsetDoesNotMakeItWrong() {
        let report = checkGradients(of: { ($0 * 1e-9 + 1e6).sum() }, at: normal([5], 1))
        #expect(report.verdict == .inconclusive, "\(report)")
        #expect(report.blocks[0].count(of: .noise) == 5)
    }

    /// A function of several results with one pullback, which may be wrong by a factor in one of its parts.
    private func polar(_ x: Tensor<Double>, _ y: Tensor<Double>, factor: Double = 1) -> [Tensor<Double>] {
        let (radius, angle) = withCustomPullback(named: "polar", at: x, y) { x, y in
            (hypot(x, y), atan2(y, x))
        } pullback: { g, value, x, y in
            let (r, turn) = (value.0, factor * g.1 / value.0)
            return ((g.0 * x - turn * y) / r, (g.0 * y + turn * x) / r)
        }
        return [radius, angle]
    }

    @Test func severalResultsWithAPullback() throws {
        let (x, y) = (normal([3], 1) + 3, normal([3], 2))
        expectCorrect(checkGradients(of: { polar($0, $1) }, at: x, y, orders: 2))
        let report = checkGradients(of: { polar(tanh($0), $1, factor: -1) }, at: x, y)
        #expect(report.verdict == .wrong)
        #expect(try #require(report.origin?.wrongRule).place.primitive == "custom \"polar\"", "\(report)")
    }
}
