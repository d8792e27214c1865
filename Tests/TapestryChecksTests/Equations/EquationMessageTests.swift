import Foundation
import Tapestry
import Testing

/// What an equation check says when it cannot compare, and how it says what it found.
@Suite struct EquationMessageTests {
    @Test func deviationIsDescribed() throws {
        let cell = MutantLSTMCell<Double>(inputSize: 5, hiddenSize: 4, mutation: .candidateTimesBoth)
        let report = checkEquations(of: cell, inputSize: 5, against: Reference.lstm)
        let deviation = try #require(report.deviation)
        #expect(deviation.step == 0 && deviation.count == 12 && deviation.deviatingCount > 6)
        let lines = "\(report)".split(separator: "\n")
        #expect(lines[0] == "Equation check of MutantLSTMCell<Double>: WRONG.")
        #expect(lines[1].hasPrefix("First deviation: cell at step 0, row \(deviation.row), unit \(deviation.unit)"))
        #expect(lines.contains { $0.hasPrefix("cell") && $0.contains("WRONG from step 0") })
        #expect(lines.contains { $0.hasPrefix("forget") && $0.contains("deviates from step 1") })
        let error = #expect(throws: EquationCheckError.self) { try report.requireCorrect() }
        #expect("\(error!)" == "\(report)")
    }

    @Test func namesThatDoNotMeet() {
        let report = checkEquations(of: LSTMCell<Double>.self) { step in
            step.yield("forgot") { _ in 0 }
            return Reference.lstm(step)
        }
        #expect(!report.isCorrect && report.deviation == nil)
        #expect(report.namesOnlyInReference == ["forgot"])
        #expect("\(report)".contains("never named in the cell: forgot."))
    }

    @Test func valuesThatTheReferenceLeavesOut() {
        let cell = LeakyCell<Double>(inputSize: 2, hiddenSize: 3)
        let report = checkEquations(of: cell, inputSize: 2) { step in
            func sum(_ gate: String) -> [Double] {
                let fromInput = step.product(step.input, step.weights("input.weights", gate: gate))
                let fromState = step.product(step.previous(), step.weights("recurrent.weights", gate: gate))
                let bias = step.vector("input.bias", gate: gate)
                return bias.indices.map { fromInput[$0] + fromState[$0] + bias[$0] }
            }
            let leak = sum("leak").map(sigmoid)
            let candidate = step.yield("candidate", sum("candidate").map(tanh))
            let next = leak.indices.map { leak[$0] * step.previous()[$0] + (1 - leak[$0]) * candidate[$0] }
            return EquationResult(output: next, state: next)
        }
        #expect(report.isCorrect, "\(report)")
        #expect(report.namesOnlyInCell == ["leak"])
        #expect("\(report)".contains("so not checked: leak."))
    }

    /// A value may have more or fewer numbers than the state; and one without a batch is that of every row.
    @Test(arguments: [2, 6])
    func valuesOfOtherSizes(_ inputSize: Int) {
        struct DecayCell: RecurrentCell {
            var decay = Tensor<Double>([0.1, -0.4, 0.8, 0.3])
            var read: Linear<Double>
            init(inputSize: Int) { read = Linear(inputSize: inputSize, outputSize: 4) }
            func initialState(batchSize: Int) -> Tensor<Double> { .zeros([batchSize, 4]) }
            func step(_ x: Tensor<Double>, _ h: Tensor<Double>) -> (output: Tensor<Double>, state: Tensor<Double>) {
                let keep = sigmoid(decay).named("keep")
                let squares = (x * x).named("squares")
                let next = (keep * h + (1 - keep) * read(squares)).named("hidden")
                return (next, next)
            }
        }
        func report(_ factor: Double) -> EquationReport {
            checkEquations(of: DecayCell(inputSize: inputSize), inputSize: inputSize) { step in
                let (decay, bias) = (step.vector("decay"), step.vector("read.bias"))
                let keep = step.yield("keep") { factor * sigmoid(decay[$0]) }
                let squares = step.yield("squares", step.input.map { $0 * $0 })
                let seen = step.product(squares, step.weights("read.weights"))
                let hidden = step.yield("hidden") {
                    keep[$0] * step.previous()[$0] + (1 - keep[$0]) * (seen[$0] + bias[$0])
                }
                return EquationResult(output: hidden, state: hidden)
            }
        }
        let right = report(1)
        #expect(right.isCorrect, "\(right)")
        #expect(right.namesOnlyInCell.isEmpty && right.comparisons.first?.count == 4 * 3 * 4)
        #expect(report(0.9).deviation?.quantity == .named("keep", number: 0))
    }

    @Test func aValueOfAnotherSizeThanTheStateIsToldAtItsProduct() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = checkEquations(of: RNNCell<Double>.self) { step in
                let seen = step.yield("seen") { step.input[$0] }
                let sum = step.product(seen, step.weights("input.weights"))
                return EquationResult(output: sum, state: sum)
            }
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("a vector, \"seen\", of 4 does not fit a matrix of 5 rows"))
        #expect(message.contains("; yield goes over the 4 units of the state: give an array of 5"))
    }

    @Test func nothingCompared() {
        let report = checkEquations(of: RNNCell<Double>.self, against: silentRNN)
        #expect(report.problem == .nothingCompared(named: ["hidden"], yielded: []))
        #expect(!report.isCorrect && report.deviation == nil)
    }

    @Test func wrongCountsAndStates() {
        let short = checkEquations(of: RNNCell<Double>.self) { step in
            step.yield("hidden", [1, 2])
            return EquationResult(output: [1, 2], state: [1, 2])
        }
        #expect(short.problem == .countsDiffer(quantity: .named("hidden", number: 0), shape: [3, 4], expected: 2))
        let lacking = checkEquations(of: LSTMCell<Double>.self) { step in
            let result = Reference.lstm(step)
            return EquationResult(output: result.output, state: ["hidden": result.output])
        }
        #expect(lacking.problem == .statesDiffer(cell: ["hidden", "cell"], reference: ["hidden"]))
        let ragged = checkEquations(of: RNNCell<Double>.self) { step in
            if step.row == 1 { step.yield("more") { _ in 0 } }
            return Reference.rnn(tanh)(step)
        }
        #expect(ragged.problem == .namesDiffer(step: 0, row: 1))
    }

    @Test func notFinite() {
        let report = checkEquations(of: RNNCell<Double>.self) { step in
            let result = Reference.rnn(tanh)(step)
            guard step.time == 2, step.row == 1 else { return result }
            return EquationResult(output: result.output, state: [0, .infinity, 0, 0])
        }
        guard case .notFinite(let quantity, 2, 1, 1, _, .infinity) = report.problem else {
            Issue.record("\(report)")
            return
        }
        #expect(quantity == .state("") && !report.isCorrect)
    }

    /// What a reference or a caller gets wrong, and the message for it.
    private static let traps: [(message: String, mistake: @Sendable () -> Void)] = [
        (
            #"vector: "input.bias" has no gate "forget"; its gates are "hidden""#,
            { ofRNN { $0.vector("input.bias", gate: "forget") } }
        ),
        (
            #"previous: there is no "c" in LSTMState<Double>, which has "hidden", "cell""#,
            {
                _ = checkEquations(of: LSTMCell<Double>.self) { step in
                    EquationResult(output: step.previous("c"), state: [])
                }
            }
        ),
        (
            #"previous: there is no "hidden" in Tensor<Double>, which is one tensor and has no parts"#,
            { ofRNN { $0.previous("hidden") } }
        ),
        (
            "weights: input.bias of shape [4] is not a matrix; use vector",
            { ofRNN { $0.weights("input.bias")[0] } }
        ),
        (
            "product: a vector of 4 does not fit a matrix of 5 rows",
            { ofRNN { $0.product($0.previous(), $0.weights("input.weights")) } }
        ),
        (
            "layerNorm: a gain of 4 does not fit 5 features",
            { ofRNN { $0.layerNorm($0.input, gain: $0.previous()) } }
        ),
        (
            "checkEquations: 0 steps and 3 rows leave nothing to check",
            { _ = checkEquations(of: LSTMCell<Double>.self, stepCount: 0, against: Reference.lstm) }
        ),
        (
            "checkEquations: 4 steps and 0 rows leave",
            { _ = checkEquations(of: LSTMCell<Double>.self, batchSize: 0, against: Reference.lstm) }
        ),
        (
            "checkEquations: 0 features leave nothing to check",
            {
                _ = checkEquations(
                    of: LSTMCell<Double>(inputSize: 2, hiddenSize: 2), inputSize: 0, against: Reference.lstm)
            }
        ),
    ]

    private static func ofRNN(_ output: (EquationStep) -> [Double]) {
        _ = checkEquations(of: RNNCell<Double>.self) { EquationResult(output: output($0), state: []) }
    }

    @Test(arguments: traps.indices)
    func trapsWithItsMessage(_ index: Int) async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [index] in
            Self.traps[index].mistake()
        }
        let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        #expect(message.contains("Fatal error: " + Self.traps[index].message))
    }
}

/// The equations of a plain recurrent cell without a single yield.
private func silentRNN(_ step: EquationStep) -> EquationResult {
    let fromInput = step.product(step.input, step.weights("input.weights", gate: "hidden"))
    let fromState = step.product(step.previous(), step.weights("recurrent.weights"))
    let hidden = zip(zip(fromInput, fromState), step.vector("input.bias")).map { tanh($0.0 + $0.1 + $1) }
    return EquationResult(output: hidden, state: hidden)
}
