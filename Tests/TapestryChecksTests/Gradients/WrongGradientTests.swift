import Tapestry
import Testing

/// Gradients made wrong on purpose.
enum Wrong {
    /// The value of one function with the gradient of another.
    static func value(_ right: Tensor<Double>, withGradientOf wrong: Tensor<Double>) -> Tensor<Double> {
        right.withoutDerivative() + (wrong - wrong.withoutDerivative())
    }
}

/// Wrong gradients must be called wrong, at the right parameter.
@Suite struct WrongGradientTests {
    private let point = Tensor<Double>.normal([3, 4], using: RandomSource(seed: 1))

    /// f(x) = tanh(x)³ with wrong derivatives.
    enum Mistake: String, CaseIterable, Sendable {
        case sign, double, half, missingFactor, detached, detachedOperand, stale, transposed, missingBroadcastSum
        case slightlyOff, oneElement

        func function(_ x: Tensor<Double>) -> Tensor<Double> {
            let y = tanh(x) * tanh(x) * tanh(x)
            func withGradient(of wrong: Tensor<Double>) -> Tensor<Double> { Wrong.value(y, withGradientOf: wrong) }
            switch self {
            case .sign: return withGradient(of: -y)
            case .double: return 2 * y - y.withoutDerivative()
            case .half: return (y + y.withoutDerivative()) / 2
            case .missingFactor: return withGradient(of: square(tanh(x)))
            case .detached: return y.withoutDerivative() + 0 * x
            case .detachedOperand: return tanh(x) * tanh(x) * tanh(x).withoutDerivative()
            case .stale: return withGradient(of: square(tanh(0.9 * x)) * tanh(0.9 * x))
            case .transposed:
                let flat = y.flattened()
                let permuted = y.transposed().flattened()
                return Wrong.value(flat, withGradientOf: permuted)
            case .missingBroadcastSum: return withGradient(of: y * [1, 0, 0].asColumn)
            case .slightlyOff: return withGradient(of: y * (1 + 1e-6))
            case .oneElement: return withGradient(of: select((x .> 1), y * 1.01, y))
            }
        }
    }

    @Test(arguments: Mistake.allCases)
    func isCalledWrong(mistake: Mistake) {
        let point = mistake == .oneElement ? point * 0.2 + oneLarge : point
        let report = checkGradients(of: mistake.function, at: point)
        #expect(report.verdict == .wrong, "\(mistake): \(report)")
    }

    /// 1 at one element, 0 elsewhere.
    private var oneLarge: Tensor<Double> {
        var scalars = [Double](repeating: 0, count: 12)
        scalars[7] = 1.3
        return Tensor(shape: [3, 4], scalars: scalars)
    }

    @Test func reportNamesElementAndRatio() throws {
        let report = checkGradients(of: Mistake.sign.function, at: point)
        let worst = try #require(report.blocks[0].worst)
        #expect(abs(worst.ratio + 1) < 1e-8)
        let one = checkGradients(of: Mistake.oneElement.function, at: point * 0.2 + oneLarge)
        #expect(one.blocks[0].worst?.position == [1, 3])
        #expect(one.blocks[0].count(of: .wrong) == 1)
    }

    @Test(arguments: [1e-6, 1, 1e6])
    func atEveryScale(scale: Double) {
        let report = checkGradients(of: { Mistake.slightlyOff.function($0) * scale }, at: point)
        #expect(report.verdict == .wrong, "\(report)")
    }

    @Test func rightGateIsNamed() {
        let cell = withRandomSeed(1) { LSTMCell<Double>(inputSize: 3, hiddenSize: 2) }
        let x = Tensor<Double>.normal([2, 3], using: RandomSource(seed: 2))
        let state = withRandomSeed(3) { LSTMState<Double>(hidden: .normal([2, 2]), cell: .normal([2, 2])) }
        let report = checkGradients(of: cell) { cell in
            let z = cell.input(x) + cell.recurrent(state.hidden)
            let forget = cell.forgetGate(z).withoutDerivative()
            let c = cell.cellState(forget, state.cell, cell.inputGate(z), cell.candidate(z))
            return cell.hiddenState(cell.outputGate(z), c)
        }
        let wrong = report.blocks.filter { $0.verdict == .wrong }.map(\.name)
        #expect(wrong == ["input.weights [forget]", "input.bias [forget]", "recurrent.weights [forget]"], "\(report)")
        #expect(report.blocks.filter { $0.verdict == .correct }.count == 9)
        #expect(report.worstFirst.prefix(3).allSatisfy { $0.part == "forget" && $0.worst?.reverse == 0 })
    }

    /// Back-propagation cut half-way: wrong in every element that reaches back, and yet within 1e-5 of the truth.
    @Test func cutThroughTimeThatAnAbsoluteToleranceMisses() {
        let length = 40
        let cell = withRandomSeed(4) { LSTMCell<Double>(inputSize: 4, hiddenSize: 16) }
        let inputs = Tensor<Double>.normal([length, 4, 4], using: RandomSource(seed: 5))
        func loss(_ cell: LSTMCell<Double>, cutBefore cut: Int?) -> Tensor<Double> {
            var state = cell.initialState(batchSize: 4)
            for t in 0..<length {
                if t == cut { state = state.withoutDerivative() }
                state = cell.step(inputs[t], state).state
            }
            return square(state.hidden).mean()
        }
        let whole = gradient(at: cell) { loss($0, cutBefore: nil) }
        let truncated = gradient(at: cell) { loss($0, cutBefore: length / 2) }
        let errors = zip(whole.parameters, truncated.parameters).flatMap { a, b in
            abs(a.tensor(as: Double.self) - b.tensor(as: Double.self)).scalars
        }
        #expect(errors.count { $0 > 1e-5 } == 0 && errors.count { $0 > 0 } > 1000)

        let report = checkGradients(of: cell, elements: .atMost(8)) { loss($0, cutBefore: length / 2) }
        #expect(report.blocks.count == 12 && report.blocks.allSatisfy { $0.verdict == .wrong }, "\(report)")
        #expect(checkGradients(of: cell, elements: .atMost(2)) { loss($0, cutBefore: nil) }.isCorrect)
    }

    @Test func cutOfOnePathOnly() {
        let model = withRandomSeed(4) { LSTMCell<Double>(inputSize: 3, hiddenSize: 2) }
        let inputs = Tensor<Double>.normal([5, 2, 3], using: RandomSource(seed: 5))
        let report = checkGradients(of: model) { cell in
            var state = cell.initialState(batchSize: 2)
            for t in 0..<5 {
                if t == 3 { state.hidden = state.hidden.withoutDerivative() }
                state = cell.step(inputs[t], state).state
            }
            return state
        }
        #expect(report.verdict == .wrong, "\(report)")
        #expect(report["recurrent.weights", "forget"]?.verdict == .wrong)
    }

    @Test func wrongInTheInitialStateOnly() {
        let cell = withRandomSeed(4) { GRUCell<Double>(inputSize: 3, hiddenSize: 2) }
        let x = Tensor<Double>.normal([2, 3], using: RandomSource(seed: 5))
        let state = Tensor<Double>.normal([2, 2], using: RandomSource(seed: 6))
        let report = checkGradients(
            of: { cell, state in cell.step(x, state.withoutDerivative()).output + 0 * state }, at: cell, state)
        #expect(report["second"]?.verdict == .wrong, "\(report)")
        #expect(report.blocks.dropLast().allSatisfy { $0.verdict == .correct })
    }
}

extension [Double] {
    fileprivate var asColumn: Tensor<Double> { Tensor(self).unsqueezed(axis: 1) }
}
