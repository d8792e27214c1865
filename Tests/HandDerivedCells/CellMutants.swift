import Foundation

/// What is wrong with a cell: one of the places at which a forward pass can go wrong.
enum Mutation<Cell: HandDerivedCell>: Sendable {
    /// Other equations.
    case equations(Cell)
    /// The right equations on the wrong parameters.
    case parameters(@Sendable (inout Cell.Parameters) -> Void)
    /// Other equations, which need the parameters in another form.
    case equationsAndParameters(Cell, @Sendable (inout Cell.Parameters) -> Void)
    /// The right equations on the wrong inputs.
    case inputs(@Sendable (ScalarSequence) -> ScalarSequence)
    /// A wrong state handed from one step to the next.
    case handOver(@Sendable (_ state: HandDerivedState, _ initial: HandDerivedState) -> HandDerivedState)
}

/// A cell that is wrong on purpose. A check of cells must reject it, and should name `wrongValue`.
package struct CellMutant<Cell: HandDerivedCell>: Sendable, CustomStringConvertible {
    package var name: String
    /// What is wrong, in words or as a formula.
    package var description: String
    /// The first named value, in the order of evaluation, that comes out wrong.
    package var wrongValue: String
    /// The right cell, of which this is a mutant.
    var cell: Cell
    var mutation: Mutation<Cell>

    /// The mutant's forward pass.
    package func forward(_ operands: HandDerivedOperands<Cell.Parameters>) -> HandDerivedTrace<Cell.Step> {
        var operands = operands
        switch mutation {
        case .equations(let wrong):
            return wrong.forward(operands)
        case .parameters(let change):
            change(&operands.parameters)
            return cell.forward(operands)
        case .equationsAndParameters(let wrong, let change):
            change(&operands.parameters)
            return wrong.forward(operands)
        case .inputs(let change):
            operands.inputs = change(operands.inputs)
            return cell.forward(operands)
        case .handOver(let change):
            return forward(operands, handingOver: change)
        }
    }

    private func forward(
        _ operands: HandDerivedOperands<Cell.Parameters>,
        handingOver change: (HandDerivedState, HandDerivedState) -> HandDerivedState
    ) -> HandDerivedTrace<Cell.Step> {
        var steps: [Cell.Step] = []
        var state = operands.initial
        for x in operands.inputs {
            let step = cell.step(operands.parameters, x: x, previous: state)
            steps.append(step)
            state = change(step.state, operands.initial)
        }
        return HandDerivedTrace(steps: steps)
    }
}

/// The mistakes that every cell can have.
///
/// For a sequence to tell them from the right cell it needs at least two steps, two rows in the batch, initial states
/// other than zero, and parameters that differ from gate to gate.
struct CommonMutants<Cell: HandDerivedCell> {
    typealias Gate = (name: String, path: WritableKeyPath<Cell.Parameters, GateParameters> & Sendable)

    var cell: Cell

    func mutant(
        _ name: String, _ description: String, wrong wrongValue: String, _ mutation: Mutation<Cell>
    ) -> CellMutant<Cell> {
        CellMutant(name: name, description: description, wrongValue: wrongValue, cell: cell, mutation: mutation)
    }

    /// Every gate without one of its parts, or with its recurrent weights transposed.
    var ofEachGate: [CellMutant<Cell>] {
        Cell.Parameters.gates.flatMap { name, path in
            [
                mutant(
                    "\(name): bias missing", "the bias of the \(name) gate is not added", wrong: name,
                    .parameters { parameters in
                        parameters[keyPath: path].bias = parameters[keyPath: path].bias.map { _ in 0 }
                    }),
                mutant(
                    "\(name): input weights missing", "x·W of the \(name) gate is not added", wrong: name,
                    .parameters { parameters in
                        parameters[keyPath: path].inputWeights =
                            parameters[keyPath: path].inputWeights.map { $0.map { _ in 0 } }
                    }),
                mutant(
                    "\(name): recurrent weights missing", "h'·U of the \(name) gate is not added", wrong: name,
                    .parameters { parameters in
                        parameters[keyPath: path].recurrentWeights =
                            parameters[keyPath: path].recurrentWeights.map { $0.map { _ in 0 } }
                    }),
                mutant(
                    "\(name): recurrent weights transposed", "h'·Uᵀ in place of h'·U in the \(name) gate",
                    wrong: name,
                    .parameters { parameters in
                        parameters[keyPath: path].recurrentWeights =
                            parameters[keyPath: path].recurrentWeights.transposed
                    }),
            ]
        }
    }

    /// Every two gates with each other's parameters. `gates` is in the order of evaluation, so that the first of two
    /// is the first wrong value.
    var ofEachPairOfGates: [CellMutant<Cell>] {
        let gates = Cell.Parameters.gates
        return gates.indices.flatMap { first in
            gates[(first + 1)...].map { second in exchanging(gates[first], second) }
        }
    }

    private func exchanging(_ first: Gate, _ second: Gate) -> CellMutant<Cell> {
        let (firstPath, secondPath) = (first.path, second.path)
        return mutant(
            "\(first.name) and \(second.name) exchanged",
            "the \(first.name) gate has the parameters of the \(second.name) gate, and the other way round",
            wrong: first.name,
            .parameters { parameters in
                var (first, second) = (parameters[keyPath: secondPath], parameters[keyPath: firstPath])
                // A second bias belongs to the candidate's place, not to the parameters that come there.
                swap(&first.recurrentBias, &second.recurrentBias)
                parameters[keyPath: firstPath] = first
                parameters[keyPath: secondPath] = second
            })
    }

    /// Mistakes in the order of time and batch, which show in the first value of the cell.
    var ofSequence: [CellMutant<Cell>] {
        let first = Cell.Step.values[0].name
        return [
            mutant(
                "time reversed", "the inputs are read from the last step to the first; \(first) is wrong",
                wrong: first, .inputs { $0.reversed() }),
            mutant(
                "inputs late", "every step sees the input of the step before it; \(first) is wrong", wrong: first,
                .inputs { [$0[0]] + $0.dropLast() }),
            mutant(
                "batch mixed", "a row of the batch sees the input of the next row; \(first) is wrong", wrong: first,
                .inputs { $0.map(\.rotated) }),
            mutant(
                "state mixed", "a row of the batch continues the hidden state of the next row; \(first) is wrong",
                wrong: first,
                .handOver { state, _ in
                    HandDerivedState(hidden: state.hidden.rotated, cell: state.cell)
                }),
            mutant(
                "hidden state not carried", "every step starts from the initial hidden state; \(first) is wrong",
                wrong: first,
                .handOver { state, initial in HandDerivedState(hidden: initial.hidden, cell: state.cell) }),
        ]
    }
}

extension HandDerivedLSTM {
    /// Wrong LSTMs.
    package static var mutants: [CellMutant<HandDerivedLSTM>] {
        let common = CommonMutants(cell: HandDerivedLSTM())
        return common.ofEachGate + common.ofEachPairOfGates + common.ofSequence + cellMutants(common)
            + hiddenMutants(common)
    }

    /// Wrong equations of the candidate and of the cell state, and a wrong hand-over of it.
    private static func cellMutants(_ common: CommonMutants<HandDerivedLSTM>) -> [CellMutant<HandDerivedLSTM>] {
        func wrongCell(
            _ name: String, _ formula: String,
            _ equation: @escaping @Sendable (Double, Double, Double, Double) -> Double
        ) -> CellMutant<HandDerivedLSTM> {
            var wrong = HandDerivedLSTM()
            wrong.equations.cell = equation
            return common.mutant(name, formula, wrong: "cell", .equations(wrong))
        }
        var sigmoidCandidate = HandDerivedLSTM()
        sigmoidCandidate.equations.candidateActivation = .sigmoid
        return [
            common.mutant(
                "candidate with sigmoid", "candidate = σ(z) in place of tanh(z)", wrong: "candidate",
                .equations(sigmoidCandidate)),
            common.mutant(
                "input weights of forget and input exchanged",
                "forget and input have each other's input weights, and their own recurrent weights and biases",
                wrong: "forget",
                .parameters { parameters in
                    let held = parameters.forget.inputWeights
                    parameters.forget.inputWeights = parameters.input.inputWeights
                    parameters.input.inputWeights = held
                }),
            wrongCell("candidate multiplies both terms", "cell = (f·C' + i)·C̃") { ($0 * $3 + $1) * $2 },
            wrongCell("forget and input exchanged in the cell", "cell = i·C' + f·C̃") { $1 * $3 + $0 * $2 },
            wrongCell("forget inverted", "cell = (1 − f)·C' + i·C̃") { (1 - $0) * $3 + $1 * $2 },
            wrongCell("forget missing", "cell = C' + i·C̃") { $3 + $1 * $2 },
            wrongCell("input gate missing", "cell = f·C' + C̃") { $0 * $3 + $2 },
            wrongCell("coupled gates", "cell = f·C' + (1 − f)·C̃") { forget, _, candidate, previousCell in
                forget * previousCell + (1 - forget) * candidate
            },
            wrongCell("candidate subtracted", "cell = f·C' − i·C̃") { $0 * $3 - $1 * $2 },
            common.mutant(
                "cell state not carried", "every step starts from the initial cell; cell is wrong", wrong: "cell",
                .handOver { state, initial in HandDerivedState(hidden: state.hidden, cell: initial.cell) }),
            common.mutant(
                "states exchanged", "the next step takes C for h' and h for C'; forget is wrong", wrong: "forget",
                .handOver { state, _ in HandDerivedState(hidden: state.cell, cell: state.hidden) }),
        ]
    }

    private static func hiddenMutants(_ common: CommonMutants<HandDerivedLSTM>) -> [CellMutant<HandDerivedLSTM>] {
        func wrongHidden(
            _ name: String, _ formula: String, _ equation: @escaping @Sendable (Double, Double, Double) -> Double
        ) -> CellMutant<HandDerivedLSTM> {
            var wrong = HandDerivedLSTM()
            wrong.equations.hidden = equation
            return common.mutant(name, formula, wrong: "hidden", .equations(wrong))
        }
        return [
            wrongHidden("output gate before tanh", "hidden = tanh(o·C)") { output, cell, _ in tanh(output * cell) },
            wrongHidden("hidden without tanh", "hidden = o·C") { output, cell, _ in output * cell },
            wrongHidden("stale cell state", "hidden = o·tanh(C')") { output, _, previousCell in
                output * tanh(previousCell)
            },
            wrongHidden("output gate missing", "hidden = tanh(C)") { _, cell, _ in tanh(cell) },
            wrongHidden("output gate inverted", "hidden = (1 − o)·tanh(C)") { output, cell, _ in
                (1 - output) * tanh(cell)
            },
        ]
    }
}

extension HandDerivedGRU {
    /// Wrong cells of this kind of reset.
    package var mutants: [CellMutant<HandDerivedGRU>] {
        let common = CommonMutants(cell: self)
        return common.ofEachGate + common.ofEachPairOfGates + common.ofSequence + hiddenMutants(common)
            + candidateMutants(common) + resetPlaceMutants(common)
    }

    private func hiddenMutants(_ common: CommonMutants<HandDerivedGRU>) -> [CellMutant<HandDerivedGRU>] {
        func wrongHidden(
            _ name: String, _ formula: String, _ equation: @escaping @Sendable (Double, Double, Double) -> Double
        ) -> CellMutant<HandDerivedGRU> {
            var wrong = self
            wrong.equations.hidden = equation
            return common.mutant(name, formula, wrong: "hidden", .equations(wrong))
        }
        return [
            wrongHidden("update inverted", "hidden = z·n + (1 − z)·h'") { $0 * $1 + (1 - $0) * $2 },
            wrongHidden("update on the state only", "hidden = n + z·h'") { $1 + $0 * $2 },
            wrongHidden("update on the candidate only", "hidden = (1 − z)·n + h'") { (1 - $0) * $1 + $2 },
        ]
    }

    private func candidateMutants(_ common: CommonMutants<HandDerivedGRU>) -> [CellMutant<HandDerivedGRU>] {
        var sigmoidCandidate = self
        sigmoidCandidate.equations.candidateActivation = .sigmoid
        var withoutReset = self
        withoutReset.equations.resetFactor = { _ in 1 }
        var invertedReset = self
        invertedReset.equations.resetFactor = { 1 - $0 }
        return [
            common.mutant(
                "candidate with sigmoid", "candidate = σ(a) in place of tanh(a)", wrong: "candidate",
                .equations(sigmoidCandidate)),
            common.mutant(
                "reset missing", "the candidate sees the whole state, r = 1", wrong: "candidate",
                .equations(withoutReset)),
            common.mutant(
                "reset inverted", "the candidate sees the state through 1 − r", wrong: "candidate",
                .equations(invertedReset)),
        ]
    }

    /// The reset at the place where the other variant has it, and mistakes with the second bias.
    private func resetPlaceMutants(_ common: CommonMutants<HandDerivedGRU>) -> [CellMutant<HandDerivedGRU>] {
        switch reset {
        case .before:
            return [
                common.mutant(
                    "reset after the product", "candidate = tanh(x·W + b + r·(h'·U))", wrong: "candidate",
                    .equationsAndParameters(HandDerivedGRU(reset: .after)) { parameters in
                        parameters.candidate.recurrentBias = parameters.candidate.bias.map { _ in 0 }
                    }),
                common.mutant(
                    "reset on the bias too", "candidate = tanh(x·W + r·(h'·U + b))", wrong: "candidate",
                    .equationsAndParameters(HandDerivedGRU(reset: .after)) { parameters in
                        parameters.candidate.recurrentBias = parameters.candidate.bias
                        parameters.candidate.bias = parameters.candidate.bias.map { _ in 0 }
                    }),
            ]
        case .after:
            return [
                common.mutant(
                    "reset before the product", "candidate = tanh(x·W + b + (r·h')·U + b_u)", wrong: "candidate",
                    .equationsAndParameters(HandDerivedGRU(reset: .before)) { parameters in
                        parameters.candidate.bias = zip(
                            parameters.candidate.bias, parameters.candidate.recurrentBias
                        ).map { $0 + $1 }
                    }),
                common.mutant(
                    "recurrent bias outside the reset", "candidate = tanh(x·W + b + b_u + r·(h'·U))",
                    wrong: "candidate",
                    .parameters { parameters in
                        let outside = zip(parameters.candidate.bias, parameters.candidate.recurrentBias)
                        parameters.candidate.bias = outside.map { $0 + $1 }
                        parameters.candidate.recurrentBias = parameters.candidate.recurrentBias.map { _ in 0 }
                    }),
                common.mutant(
                    "recurrent bias missing", "candidate = tanh(x·W + b + r·(h'·U))", wrong: "candidate",
                    .parameters { parameters in
                        parameters.candidate.recurrentBias = parameters.candidate.recurrentBias.map { _ in 0 }
                    }),
                common.mutant(
                    "biases of the candidate exchanged", "candidate = tanh(x·W + b_u + r·(h'·U + b))",
                    wrong: "candidate",
                    .parameters { parameters in
                        let held = parameters.candidate.bias
                        parameters.candidate.bias = parameters.candidate.recurrentBias
                        parameters.candidate.recurrentBias = held
                    }),
            ]
        }
    }
}

extension HandDerivedRNN {
    /// Wrong cells of this activation.
    package var mutants: [CellMutant<HandDerivedRNN>] {
        let common = CommonMutants(cell: self)
        let others = [HandDerivedActivation.tanh, .relu, .sigmoid].filter { $0 != activation }
        return common.ofEachGate + common.ofSequence
            + others.map { other in
                common.mutant(
                    "\(other) activation", "hidden = \(other)(z) in place of \(activation)(z)", wrong: "hidden",
                    .equations(HandDerivedRNN(activation: other)))
            }
    }
}
