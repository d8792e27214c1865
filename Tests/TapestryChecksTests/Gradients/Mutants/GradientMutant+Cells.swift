import Tapestry

// Cells of which one gate or one state goes back wrongly: the blocks of that gate must be named.

extension GradientMutant {
    private static func blocks(_ gates: [String], of parameters: [String]) -> [String] {
        parameters.flatMap { parameter in gates.map { "\(parameter) [\($0)]" } }
    }

    private static let projections = ["input.weights", "input.bias", "recurrent.weights"]

    /// The sigmoid with a wrong pullback.
    @Sendable private static func wrongSigmoid(
        _ x: Tensor<Double>, _ pullback: @escaping @Sendable (Tensor<Double>, Tensor<Double>) -> Tensor<Double>
    ) -> Tensor<Double> {
        withCustomGradient(named: "gate", at: x, of: { sigmoid($0) }) { g, y, _ in pullback(g, y) }
    }

    // MARK: One step

    private static func lstm(
        _ name: String, _ gate: LSTMGate, _ pattern: GradientDiagnosis.Pattern, rule: Rule? = nil,
        _ change: @escaping Unary
    ) -> GradientMutant {
        GradientMutant(
            name: "LSTM, \(gate.rawValue) \(name)", wrongBlocks: blocks([gate.rawValue], of: projections),
            pattern: pattern, rule: rule
        ) { scale in
            let cell = withRandomSeed(1) { LSTMCell<Double>(inputSize: 3, hiddenSize: 2) }
            let state = LSTMState<Double>(hidden: normal([2, 2], 3), cell: normal([2, 2], 4))
            return checkGradients(of: cell) { cell in
                let z = cell.input(normal([2, 3], 2)) + cell.recurrent(state.hidden)
                func changed(_ own: LSTMGate, _ value: Tensor<Double>) -> Tensor<Double> {
                    own == gate ? change(value) : value
                }
                let f = changed(.forget, cell.forgetGate(z))
                let i = changed(.input, cell.inputGate(z))
                let c = cell.cellState(f, state.cell, i, changed(.candidate, cell.candidate(z)))
                return cell.hiddenState(changed(.output, cell.outputGate(z)), c) * scale
            }
        }
    }

    private static func gru(
        _ gate: GRUGate, _ name: String, _ pattern: GradientDiagnosis.Pattern, _ change: @escaping Unary
    )
        -> GradientMutant
    {
        GradientMutant(
            name: "GRU, \(gate.rawValue) \(name)", wrongBlocks: blocks([gate.rawValue], of: projections),
            pattern: pattern
        ) { scale in
            let cell = withRandomSeed(1) { GRUCell<Double>(inputSize: 3, hiddenSize: 2) }
            let (x, h) = (normal([2, 3], 2), normal([2, 2], 3))
            return checkGradients(of: cell, freezing: ["candidateBias"]) { cell in
                let (a, b) = (cell.input(x), cell.recurrent(h))
                let r = cell.resetGate(a[.reset] + b[.reset])
                let z = cell.updateGate(a[.update] + b[.update])
                let product = b[.candidate] + cell.candidateBias!
                let n = cell.candidate(a[.candidate] + (gate == .reset ? change(r) : r) * product)
                return cell.hiddenState(gate == .update ? change(z) : z, n, h) * scale
            }
        }
    }

    private static func leaky(
        _ name: String, wrong gates: [String], _ pattern: GradientDiagnosis.Pattern, rule: Rule? = nil,
        leak: @escaping Unary = { sigmoid($0) }, candidate: @escaping Unary = { tanh($0) }
    ) -> GradientMutant {
        GradientMutant(
            name: "a user's cell, \(name)", wrongBlocks: blocks(gates, of: projections), pattern: pattern, rule: rule
        ) { scale in
            let cell = withRandomSeed(1) { LeakyCell<Double>(inputSize: 3, hiddenSize: 4) }
            let (x, h) = (normal([2, 3], 2), normal([2, 4], 3))
            return checkGradients(of: cell) { cell in
                let z = cell.input(x) + cell.recurrent(h)
                let leak = leak(z[.leak]).named("leak")
                let candidate = candidate(z[.candidate]).named("candidate")
                return (leak * h + (1 - leak) * candidate) * scale
            }
        }
    }

    static let gates: [GradientMutant] =
        LSTMGate.allCases.map { lstm("detached", $0, .detached) { $0.withoutDerivative() } }
        + [
            lstm("with a changed cotangent", .forget, .sign) { $0.mappingCotangent { -$0 } },
            lstm(
                "by a wrong rule", .candidate, .factor(2),
                rule: Rule(primitive: "custom \"double\"", operand: 0)
            ) { withCustomGradient(named: "double", at: $0, of: { $0 }) { g, _, _ in 2 * g } },
            gru(.reset, "detached", .detached) { $0.withoutDerivative() },
            gru(.update, "detached", .detached) { $0.withoutDerivative() },
            leaky("leak detached", wrong: ["leak"], .detached, leak: { sigmoid($0).withoutDerivative() }),
            leaky("candidate detached", wrong: ["candidate"], .detached, candidate: { tanh($0).withoutDerivative() }),
            leaky(
                "the sign of the leak", wrong: ["leak"], .sign,
                rule: Rule(primitive: "custom \"gate\"", operand: 0, place: ["leak"]),
                leak: { wrongSigmoid($0) { g, y in g * y * (y - 1) } }),
            leaky(
                "the leak's slope at its value", wrong: ["leak"], .wrongSavedValue,
                rule: Rule(primitive: "custom \"gate\"", operand: 0, place: ["leak"]),
                leak: { wrongSigmoid($0) { g, y in g * sigmoid(y) * (1 - sigmoid(y)) } }),
            leaky(
                "units of the leak exchanged", wrong: ["leak"], .permuted(axis: 1, order: [3, 2, 1, 0]),
                rule: Rule(primitive: "custom \"gate\"", operand: 0, place: ["leak"]),
                leak: { wrongSigmoid($0) { g, y in (g * y * (1 - y)).flipped(axes: [1]) } }),
            exchangedGates,
        ]

    /// Both gates get each other's gradient: the blocks tell it by themselves.
    private static let exchangedGates = GradientMutant(
        name: "a user's cell, gates exchanged", wrongBlocks: blocks(["leak", "candidate"], of: projections),
        pattern: .exchanged(with: "recurrent.weights [leak]")
    ) { scale in
        let cell = withRandomSeed(1) { LeakyCell<Double>(inputSize: 3, hiddenSize: 4) }
        let (x, h) = (normal([2, 3], 2), normal([2, 4], 3))
        return checkGradients(of: cell) { cell in
            let z = (cell.input(x) + cell.recurrent(h)).packed.mappingCotangent {
                concatenate([$0[0..., 4...], $0[0..., ..<4]], axis: 1)
            }
            let leak = sigmoid(z[0..., ..<4])
            return (leak * h + (1 - leak) * tanh(z[0..., 4...])) * scale
        }
    }

    // MARK: Sequences

    /// An LSTM over a sequence, of which `change` may cut states before a step; the mean square of the last output.
    private static func sequence(
        _ name: String, steps: Int, _ pattern: GradientDiagnosis.Pattern, wrong: [String]? = nil,
        _ change: @escaping @Sendable (_ step: Int, LSTMState<Double>) -> LSTMState<Double>
    ) -> GradientMutant {
        GradientMutant(
            name: "LSTM of \(steps) steps, \(name)",
            wrongBlocks: wrong ?? blocks(LSTMGate.allCases.map(\.rawValue), of: projections), pattern: pattern
        ) { scale in
            let cell = withRandomSeed(4) { LSTMCell<Double>(inputSize: 3, hiddenSize: 3) }
            let inputs = normal([steps, 2, 3], 5)
            return checkGradients(of: cell, elements: .atMost(steps > 20 ? 4 : 100)) { cell in
                var state = LSTMState<Double>(hidden: normal([2, 3], 6), cell: normal([2, 3], 7))
                for t in 0..<steps { withScope("t = \(t)") { state = cell.step(inputs[t], change(t, state)).state } }
                return square(state.hidden).mean() * scale
            }
        }
    }

    @Sendable private static func detached(_ state: LSTMState<Double>) -> LSTMState<Double> {
        LSTMState(hidden: state.hidden.withoutDerivative(), cell: state.cell.withoutDerivative())
    }

    static let sequences: [GradientMutant] = [
        sequence("cut half-way", steps: 2, .cutThroughTime(steps: [1])) { $0 == 1 ? detached($1) : $1 },
        sequence("cut half-way", steps: 10, .cutThroughTime(steps: [5])) { $0 == 5 ? detached($1) : $1 },
        sequence("cut near the end", steps: 40, .cutThroughTime(steps: [30])) { $0 == 30 ? detached($1) : $1 },
        sequence("cut near the end", steps: 200, .cutThroughTime(steps: [190])) { $0 == 190 ? detached($1) : $1 },
        sequence("cut at every second step", steps: 7, .cutThroughTime(steps: [2, 4, 6])) {
            $0 > 0 && $0.isMultiple(of: 2) ? detached($1) : $1
        },
        sequence("only the hidden state cut", steps: 5, .cutThroughTime(steps: [3])) { t, state in
            LSTMState(hidden: t == 3 ? state.hidden.withoutDerivative() : state.hidden, cell: state.cell)
        },
        sequence("only the cell state cut", steps: 5, .cutThroughTime(steps: [3])) { t, state in
            LSTMState(hidden: state.hidden, cell: t == 3 ? state.cell.withoutDerivative() : state.cell)
        },
        sequence("copied half-way", steps: 6, .cutThroughTime(steps: [3])) { t, state in
            t == 3 ? LSTMState(hidden: copy(state.hidden), cell: copy(state.cell)) : state
        },
        statesOfUser, wrongRuleInTime, wrongRuleInCheckpoint,
    ]

    private static func leakySequence(
        steps: Int, _ change: @escaping @Sendable (_ step: Int, _ h: Tensor<Double>) -> Tensor<Double>, _ scale: Double
    ) -> GradientReport {
        let cell = withRandomSeed(4) { LeakyCell<Double>(inputSize: 3, hiddenSize: 2) }
        let inputs = normal([steps, 2, 3], 5)
        return checkGradients(of: cell) { cell in
            var h = normal([2, 2], 6)
            for t in 0..<steps { withScope("t = \(t)") { h = cell.step(inputs[t], change(t, h)).state } }
            return square(h) * scale
        }
    }

    private static let statesOfUser = GradientMutant(
        name: "a user's cell, every state detached", wrongBlocks: blocks(["leak", "candidate"], of: projections),
        pattern: .cutThroughTime(steps: [1, 2, 3, 4])
    ) { scale in leakySequence(steps: 5, { _, h in h.withoutDerivative() }, scale) }

    private static let wrongRuleInTime = GradientMutant(
        name: "a user's cell, a wrong rule in one step", wrongBlocks: blocks(["leak", "candidate"], of: projections),
        pattern: .factor(2), rule: Rule(primitive: "custom \"double\"", operand: 0, place: ["t = 3"])
    ) { scale in
        leakySequence(
            steps: 6,
            { t, h in
                t == 3 ? withCustomGradient(named: "double", at: h, of: { 1 * $0 }) { g, _, _ in 2 * g } : h
            }, scale)
    }

    private static let wrongRuleInCheckpoint = GradientMutant(
        name: "a wrong rule in a checkpointed segment", wrongBlocks: ["the tensor"], pattern: .factor(0.5),
        rule: Rule(primitive: "custom \"half\"", operand: 0)
    ) { scale in
        checkGradients(
            of: { x in
                let y = checkpointed(sin(x)) {
                    withCustomGradient(named: "half", at: exp($0), of: { square($0) }) { g, _, x in g * x }
                }
                return tanh(y) * scale
            }, at: normal([3, 2], 1))
    }
}
