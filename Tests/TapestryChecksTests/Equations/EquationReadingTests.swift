import Foundation
import Tapestry
import TapestryCellEquations
import Testing

/// A driver that gives the cell other inputs or states than it should.
struct MistakenReading: Sendable, CustomTestStringConvertible {
    let statement: String
    /// What a step gets, from its number, its input and state, and all inputs.
    let change:
        @Sendable (_ t: Int, _ x: Tensor<Double>, _ h: Tensor<Double>, _ inputs: Tensor<Double>) -> (
            Tensor<Double>, Tensor<Double>
        )

    var testDescription: String { statement }

    static let all: [MistakenReading] = [
        MistakenReading(statement: "the input is squared") { _, x, h, _ in (x * x, h) },
        MistakenReading(statement: "the input is 1.001 times what it should be") { _, x, h, _ in (x * 1.001, h) },
        MistakenReading(statement: "the input is limited to ±0.5") { _, x, h, _ in (x.clamped(to: -0.5...0.5), h) },
        MistakenReading(statement: "feature 4 of the input is taken for 0") { _, x, h, _ in
            (x * Tensor([1, 1, 1, 1, 0]), h)
        },
        MistakenReading(statement: "the previous state is 0.999 times what it should be") { _, x, h, _ in
            (x, h * 0.999)
        },
        MistakenReading(statement: "the previous state is rounded to single precision") { _, x, h, _ in
            (x, h.converted(to: Float.self).converted(to: Double.self))
        },
        MistakenReading(statement: "all rows read the previous state of row 0") { _, x, h, _ in
            (x, h[0..<1].expanded(to: h.shape))
        },
        MistakenReading(statement: "the previous state is averaged over the rows") { _, x, h, _ in
            (x, h.mean(axes: [0], keepingAxes: true).expanded(to: h.shape))
        },
        MistakenReading(statement: "step 3 reads the input of step 2") { t, _, h, inputs in (inputs[min(t, 2)], h) },
        MistakenReading(statement: "2 steps in a row read the input of the first of them") { t, _, h, inputs in
            (inputs[t - t % 2], h)
        },
        MistakenReading(statement: "every step reads the input of the next step, the last one the first") {
            t, _, h, inputs in (inputs[(t + 1) % inputs.shape[0]], h)
        },
    ]
}

/// A value of a cell that is put together otherwise.
struct MistakenBlend: RecurrentCell {
    enum Mistake: String, Codable, CaseIterable, Sendable {
        case zoneout = "returned output is 0.9 times what it should be plus 0.1 times the previous state"
        case mean = "returned output is 0.5 · candidate + 0.5 · the previous state"
        case firstUnit = "in unit 0 alone: returned output is the previous state"
        case largest =
            "leak · the previous state and (1 − leak) · candidate give their maximum, not their sum, in returned output"
        case squared = "leak is squared"
        case centred = "candidate is centred over the units"
        case biasBehind = "input.bias [candidate] is added to candidate behind the activation, and not before"
        case leCun = "candidate has 1.7159 tanh(2/3 x) where the reference has tanh"
        case gated = "leak multiplies the whole pre-activation of candidate too"
        case rolesExchanged = "returned output has leak and 1 − leak the wrong way round"
    }

    var input, recurrent: GateProjection<LeakyGate, Double>
    let mistake: Mistake

    init(_ mistake: Mistake) {
        self.mistake = mistake
        input = GateProjection(5, 4)
        recurrent = GateProjection(4, 4, bias: false)
    }

    func initialState(batchSize: Int) -> Tensor<Double> { .zeros([batchSize, 4]) }

    func step(_ x: Tensor<Double>, _ h: Tensor<Double>) -> (output: Tensor<Double>, state: Tensor<Double>) {
        let z = input(x) + recurrent(h)
        let leak = (mistake == .squared ? square(sigmoid(z[.leak])) : sigmoid(z[.leak])).named("leak")
        let candidate = candidate(z[.candidate], leak).named("candidate")
        let next = leak * h + (1 - leak) * candidate
        switch mistake {
        case .zoneout: return (0.9 * next + 0.1 * h, next)
        case .mean: return ((candidate + h) / 2, next)
        case .firstUnit: return (concatenate([h[0..., 0..<1], next[0..., 1...]], axis: 1), next)
        case .rolesExchanged:
            let next = (1 - leak) * h + leak * candidate
            return (next, next)
        case .largest: return (maximum(leak * h, (1 - leak) * candidate), next)
        default: return (next, next)
        }
    }

    private func candidate(_ a: Tensor<Double>, _ leak: Tensor<Double>) -> Tensor<Double> {
        switch mistake {
        case .centred: tanh(a) - tanh(a).mean(axes: [1], keepingAxes: true)
        case .biasBehind: tanh(a - input.bias![.candidate]) + input.bias![.candidate]
        case .leCun: 1.7159 * tanh(2 * a / 3)
        case .gated: tanh(leak * a)
        default: tanh(a)
        }
    }
}

/// A leaky cell with two states, of which the products of all gates read the wrong one.
struct MistakenProducts: RecurrentCell {
    var input, recurrent: GateProjection<LeakyGate, Double>
    /// Whether something else reads the right one.
    let isBlended: Bool

    init(isBlended: Bool) {
        input = GateProjection(5, 4)
        recurrent = GateProjection(4, 4, bias: false)
        self.isBlended = isBlended
    }

    func initialState(batchSize: Int) -> LSTMState<Double> {
        LSTMState(hidden: .zeros([batchSize, 4]), cell: .zeros([batchSize, 4]))
    }

    func step(_ x: Tensor<Double>, _ state: LSTMState<Double>) -> (output: Tensor<Double>, state: LSTMState<Double>) {
        let z = input(x) + recurrent(state.cell)
        let leak = sigmoid(z[.leak]).named("leak")
        let candidate = tanh(z[.candidate]).named("candidate")
        let cell = (leak * state.cell + (1 - leak) * candidate).named("cell")
        let hidden = isBlended ? tanh(cell) + 0.5 * state.hidden : tanh(cell)
        return (hidden, LSTMState(hidden: hidden, cell: cell))
    }

    func equations(_ step: EquationStep) -> EquationResult {
        func z(_ gate: String) -> [Double] {
            let fromInput = step.product(step.input, step.weights("input.weights", gate: gate))
            let fromState = step.product(step.previous("hidden"), step.weights("recurrent.weights", gate: gate))
            return zip(zip(fromInput, fromState).map(+), step.vector("input.bias", gate: gate)).map(+)
        }
        let (h, c) = (step.previous("hidden"), step.previous("cell"))
        let leak = step.yield("leak", z("leak").map { sigmoid($0) })
        let candidate = step.yield("candidate", z("candidate").map { tanh($0) })
        let cell = step.yield("cell", c.indices.map { leak[$0] * c[$0] + (1 - leak[$0]) * candidate[$0] })
        let hidden = c.indices.map { tanh(cell[$0]) + (isBlended ? 0.5 * h[$0] : 0) }
        return EquationResult(output: hidden, state: ["hidden": hidden, "cell": cell])
    }
}

/// Mistakes with what reaches a cell, and with how its values are put together, each explained by its own sentence.
@Suite struct EquationReadingTests {
    @Test(arguments: MistakenReading.all)
    func readingIsExplained(_ mistake: MistakenReading) {
        let report = checkEquations(
            of: LeakyCell<Double>(inputSize: 5, hiddenSize: 4), inputSize: 5,
            drivenBy: { cell, inputs, initial in
                var (state, outputs) = (initial, [Tensor<Double>]())
                for t in 0..<inputs.shape[0] {
                    let (x, h) = mistake.change(t, inputs[t], state, inputs)
                    let result = withScope("t = \(t)") { cell.step(x, h) }
                    (state, outputs) = (result.state, outputs + [result.output])
                }
                return RecurrentResult(outputs: stack(outputs), finalState: state)
            }, against: CellEquations.leaky)
        #expect(report.diagnosis?.statement == mistake.statement, "\(report)")
        #expect(report.diagnosis?.nextDeviation == nil, "\(report)")
    }

    @Test(arguments: MistakenBlend.Mistake.allCases)
    func blendIsExplained(_ mistake: MistakenBlend.Mistake) {
        let report = checkEquations(of: MistakenBlend(mistake), inputSize: 5, against: CellEquations.leaky)
        #expect(report.diagnosis?.statement == mistake.rawValue, "\(report)")
        #expect(report.diagnosis?.nextDeviation == nil, "\(report)")
    }

    @Test(arguments: [
        (false, "every equation reads the previous cell where the previous hidden belongs"),
        (true, "every product reads the previous cell where the previous hidden belongs"),
    ])
    func productsOfAnotherStateAreExplained(isBlended: Bool, statement: String) {
        let cell = MistakenProducts(isBlended: isBlended)
        let report = checkEquations(of: cell, inputSize: 5) { cell.equations($0) }
        #expect(report.diagnosis?.statement == statement, "\(report)")
        #expect(report.diagnosis?.nextDeviation == nil, "\(report)")
    }
}
