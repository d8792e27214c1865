import Foundation
import Tapestry
import Testing

private enum SquareGate: String, CaseIterable { case forget, input }

/// A cell in which the state is read twice, as it is and squared, wrong on purpose: fₜ ⊙ c + ½ iₜ ⊙ c².
private struct MistakenSquare: RecurrentCell {
    /// A mistake, and what the check says of it.
    enum Mistake: String, Codable, CaseIterable {
        case none = ""
        case recurrentProductOfOneGate = "recurrent.weights [forget] and recurrent.bias [forget] are missing"
        case inputProductOfOneGate = "input.weights [input] and input.bias [input] are missing"
        case recurrentProduct = "recurrent.weights and recurrent.bias are missing"
        case squareOfHidden =
            "the term input · (the previous cell)² has (the previous hidden)² where (the previous cell)² belongs in cell"
        case halfOfTheSquare = """
            the term input · (the previous cell)² has the previous cell · the previous hidden where (the previous cell)² \
            belongs in cell
            """
        case withoutSquare = "the factor the previous cell of input is missing in cell"
        case squareTwice = "the term input · (the previous cell)² is there twice in cell"
        case squareOfTheOldCell = "the term cell² has (the previous cell)² where cell² belongs in hidden"
        case extraComplement = "(1 − forget) · the previous hidden is added in cell"
        case peephole = "input.bias [input] · cell is added to the pre-activation of hidden"
        // These are none that could be named, and close to some that could.
        case oscillation, threeFactors, noise
        /// A term, but for a part in a thousand of it.
        case almostMissing

        /// What the check says; `nil` if it should say nothing.
        var statement: String? {
            switch self {
            case .none, .oscillation, .threeFactors, .noise, .almostMissing: nil
            default: rawValue
            }
        }
    }

    var input, recurrent: GateProjection<SquareGate, Double>
    let mistake: Mistake

    init(_ mistake: Mistake) {
        self.mistake = mistake
        input = GateProjection(5, 4)
        recurrent = GateProjection(4, 4)
    }

    func initialState(batchSize: Int) -> LSTMState<Double> {
        LSTMState(hidden: .zeros([batchSize, 4]), cell: .zeros([batchSize, 4]))
    }

    func step(
        _ x: Tensor<Double>, _ state: LSTMState<Double>
    ) -> (output: Tensor<Double>, state: LSTMState<Double>) {
        let (h, c) = (state.hidden, state.cell)
        let (fromInput, fromState) = (input(x), recurrent(h))
        func z(_ gate: SquareGate) -> Tensor<Double> {
            switch mistake {
            case .recurrentProduct: fromInput[gate]
            case .recurrentProductOfOneGate where gate == .forget: fromInput[gate]
            case .inputProductOfOneGate where gate == .input: fromState[gate]
            default: fromInput[gate] + fromState[gate]
            }
        }
        let f = sigmoid(z(.forget)).named("forget")
        let i = sigmoid(z(.input)).named("input")
        let cell = (f * c + square(h, c, f, i)).named("cell")
        let seen = mistake == .squareOfTheOldCell ? c : cell
        let peephole = mistake == .peephole ? input.bias![.input] * cell : Tensor.zeros(cell.shape)
        let hidden = tanh(seen * seen + i * cell + peephole).named("hidden")
        return (hidden, LSTMState(hidden: hidden, cell: cell))
    }

    private func square(
        _ h: Tensor<Double>, _ c: Tensor<Double>, _ f: Tensor<Double>, _ i: Tensor<Double>
    ) -> Tensor<Double> {
        switch mistake {
        case .squareOfHidden: 0.5 * i * h * h
        case .halfOfTheSquare: 0.5 * i * c * h
        case .withoutSquare: 0.5 * i * c
        case .squareTwice: i * c * c
        case .extraComplement: 0.5 * i * c * c + (1 - f) * h
        case .oscillation: 0.5 * i * c * c + 0.1 * sin(5 * c + 2 * h)
        case .threeFactors: 0.5 * i * c * c + f * h * h * c
        case .noise: 0.5 * i * c * c + 1e-6 * sin(1e6 * c)
        case .almostMissing: 0.001 * i * c * c * h
        default: 0.5 * i * c * c
        }
    }

    /// What the cell should compute. Without the terms of the forget gate's state if they are lacking, and on its own way
    /// beside what `yield` returns if that is not read.
    static func equations(
        _ step: EquationStep, lacksRecurrentProduct: Bool = false, readsYields: Bool = true
    ) -> EquationResult {
        let (h, c) = (step.previous("hidden"), step.previous("cell"))
        func yield(_ name: String, _ values: [Double]) -> [Double] {
            let returned = step.yield(name, values)
            return readsYields ? returned : values
        }
        func gate(_ gate: String) -> [Double] {
            let x = step.product(step.input, step.weights("input.weights", gate: gate))
            let b = step.vector("input.bias", gate: gate)
            if lacksRecurrentProduct, gate == "forget" { return b.indices.map { sigmoid(x[$0] + b[$0]) } }
            let u = step.product(h, step.weights("recurrent.weights", gate: gate))
            let d = step.vector("recurrent.bias", gate: gate)
            return b.indices.map { sigmoid(x[$0] + b[$0] + u[$0] + d[$0]) }
        }
        let f = yield("forget", gate("forget"))
        let i = yield("input", gate("input"))
        let cell = yield("cell", c.indices.map { f[$0] * c[$0] + 0.5 * i[$0] * c[$0] * c[$0] })
        let hidden = yield("hidden", c.indices.map { tanh(cell[$0] * cell[$0] + i[$0] * cell[$0]) })
        return EquationResult(output: hidden, state: ["hidden": hidden, "cell": cell])
    }
}

/// A cell whose hidden state is a projection of another number of units, wrong on purpose.
private struct MistakenProjection: RecurrentCell {
    /// A mistake, and what the check says of it.
    enum Mistake: String, Codable, CaseIterable {
        case none = ""
        case oldCell = "hidden reads the previous cell where cell belongs"
        case outputInverted = "hidden has output and 1 − output the wrong way round"
        case outputMissing = "the factor output is missing in hidden"
    }

    var inputWeights, recurrentWeights, outputWeights, projection: Tensor<Double>
    let mistake: Mistake

    init(_ mistake: Mistake) {
        self.mistake = mistake
        (inputWeights, recurrentWeights) = (.ones([5, 6]), .ones([4, 6]))
        (outputWeights, projection) = (.ones([5, 6]), .ones([6, 4]))
    }

    func initialState(batchSize: Int) -> LSTMState<Double> {
        LSTMState(hidden: .zeros([batchSize, 4]), cell: .zeros([batchSize, 6]))
    }

    func step(
        _ x: Tensor<Double>, _ state: LSTMState<Double>
    ) -> (output: Tensor<Double>, state: LSTMState<Double>) {
        let o = sigmoid(matmul(x, outputWeights)).named("output")
        let cell = tanh(matmul(x, inputWeights) + matmul(state.hidden, recurrentWeights)).named("cell")
        let seen = mistake == .oldCell ? state.cell : cell
        let gate = mistake == .outputInverted ? 1 - o : mistake == .outputMissing ? Tensor.ones(o.shape) : o
        let hidden = matmul(gate * seen, projection).named("hidden")
        return (hidden, LSTMState(hidden: hidden, cell: cell))
    }

    static func equations(_ step: EquationStep) -> EquationResult {
        let o = step.yield("output", step.product(step.input, step.weights("outputWeights")).map { sigmoid($0) })
        let x = step.product(step.input, step.weights("inputWeights"))
        let h = step.product(step.previous("hidden"), step.weights("recurrentWeights"))
        let cell = step.yield("cell", x.indices.map { tanh(x[$0] + h[$0]) })
        let hidden = step.yield("hidden", step.product(zip(o, cell).map(*), step.weights("projection")))
        return EquationResult(output: hidden, state: ["hidden": hidden, "cell": cell])
    }
}

/// Mistakes with whole terms, and with what an equation reads more than once.
@Suite struct EquationTermTests {
    @Test(arguments: MistakenSquare.Mistake.allCases)
    private func termIsExplained(_ mistake: MistakenSquare.Mistake) {
        let report = checkEquations(of: MistakenSquare(mistake), inputSize: 5) { MistakenSquare.equations($0) }
        #expect(report.isCorrect == (mistake == .none) && report.problem == nil, "\(report)")
        #expect(report.diagnosis?.statement == mistake.statement, "\(report)")
        #expect(report.diagnosis?.nextDeviation == nil, "\(report)")
    }

    @Test(arguments: MistakenProjection.Mistake.allCases)
    private func operandOfAnotherWidthIsExplained(_ mistake: MistakenProjection.Mistake) {
        let report = checkEquations(
            of: MistakenProjection(mistake), inputSize: 5, against: MistakenProjection.equations)
        #expect(report.isCorrect == (mistake == .none) && report.problem == nil, "\(report)")
        #expect(report.diagnosis?.statement ?? "" == mistake.rawValue, "\(report)")
    }

    /// The other way round: the reference lacks what the cell has.
    @Test func whatTheReferenceLacks() {
        let report = checkEquations(of: MistakenSquare(.none), inputSize: 5) {
            MistakenSquare.equations($0, lacksRecurrentProduct: true)
        }
        #expect(
            report.diagnosis?.statement
                == "recurrent.weights [forget] · the previous hidden + recurrent.bias [forget] is added to the "
                + "pre-activation of forget", "\(report)")
    }

    /// A reference that does not go on with what `yield` returns cannot be given other values, which the report says.
    @Test func whatIsNotReadIsSaid() {
        func report(_ readsYields: Bool) -> EquationReport {
            checkEquations(of: MistakenSquare(.squareOfTheOldCell), inputSize: 5) {
                MistakenSquare.equations($0, readsYields: readsYields)
            }
        }
        let (unread, read) = (report(false), report(true))
        #expect(unread.diagnosis == nil && unread.unreadNames == ["forget", "input", "cell"], "\(unread)")
        #expect("\(unread)".contains("The reference reads nowhere what yield returns for forget, input, cell"))
        #expect(unread.json().contains("\"unreadNames\": [\"forget\", \"input\", \"cell\"]"), "\(unread.json())")
        #expect(read.diagnosis != nil && read.unreadNames.isEmpty, "\(read)")
    }
}
