import TapestryHandDerivedCells
import TapestryTestSupport
import Testing

/// The checks of one cell, whichever its types are.
protocol HandDerivedCheck: Sendable, CustomTestStringConvertible {
    var file: String { get }
    func sequencesAgree(in file: String) throws
    func stepsAgree() throws
    func gradientsAgreeWithDifferences() throws
    func stepDerivativesAgreeWithDifferences() throws
    func mutantsDeviate() throws
}

struct CellCheck<Cell: HandDerivedCell>: HandDerivedCheck {
    var name: String
    /// The golden file, without its extension.
    var file: String
    var cell: Cell
    var mutants: [CellMutant<Cell>]

    var testDescription: String { name }

    /// The cases of a file that are whole sequences.
    private func sequences(in file: String) throws -> [GoldenCase] {
        let found = try GoldenFile(named: file).cases.filter { $0.part == nil }
        #expect(!found.isEmpty, "\(file) has no sequence")
        return found
    }

    func sequencesAgree(in file: String) throws {
        for golden in try sequences(in: file) {
            let operands = golden.operands(Cell.Parameters { golden.gate($0) })
            let trace = cell.forward(operands)
            #expect(Set(golden.named.map(\.name)) == Set(Cell.Step.values.map(\.name)))
            for (value, path) in Cell.Step.values {
                expect(flat(trace.values(of: path)), golden.named[value]!, "\(golden.name): \(value)")
            }
            expect(flat(trace.outputs), golden.outputs["outputs"]!, golden.name)
            expect(state: trace.steps.last!.state, golden.outputs, prefix: "final", golden.name)
            let gradients = cell.backward(operands, trace: trace, cotangents: golden.sequenceCotangents)
            #expect(Set(golden.gradients.map(\.name)) == Set(operands.blockNames))
            for block in golden.gradients {
                expect(gradients.operands[block: block.name], block, "\(golden.name): gradient")
            }
        }
    }

    /// One step is a sequence of one step whose cotangents all come from the final state.
    func stepsAgree() throws {
        for golden in try GoldenFile(named: file).cases where golden.part == "step" {
            let previous = HandDerivedState(
                hidden: golden.inputs["previousHidden"]!.matrix, cell: golden.inputs["previousCell"]?.matrix ?? [])
            let operands = HandDerivedOperands(
                parameters: Cell.Parameters { golden.gate($0) }, inputs: [golden.inputs["x"]!.matrix],
                initial: previous)
            let trace = cell.forward(operands)
            for (value, path) in Cell.Step.values {
                expect(flat(trace.values(of: path)), golden.named[value]!, golden.name)
            }
            expect(state: trace.steps[0].state, golden.outputs, prefix: "", golden.name)
            let cotangents = HandDerivedCotangents(
                outputs: [previous.hidden.map { $0.map { _ in 0 } }],
                final: HandDerivedState(
                    hidden: golden.cotangents["hidden"]!.matrix, cell: golden.cotangents["cell"]?.matrix ?? []))
            let gradients = cell.backward(operands, trace: trace, cotangents: cotangents)
            #expect(golden.gradients.count == operands.blockNames.count)
            for block in golden.gradients {
                let name = block.name.replacing("previous", with: "initial")
                expect(gradients.operands[block: name], block, "\(golden.name): gradient")
            }
        }
    }

    func gradientsAgreeWithDifferences() throws {
        for golden in try sequences(in: file) {
            let operands = golden.operands(Cell.Parameters { golden.gate($0) })
            let cotangents = golden.sequenceCotangents
            let gradients = cell.backward(operands, trace: cell.forward(operands), cotangents: cotangents)
            for name in operands.blockNames {
                let values = operands[block: name]
                let slopes = values.indices.map { index in
                    slope { step in
                        var moved = operands
                        moved[block: name][index] += step
                        return loss(cell.forward(moved), from: moved.initial, cotangents)
                    }
                }
                #expect(
                    blockError(gradients.operands[block: name], slopes)
                        < HandDerivedTests.differenceTolerance, "\(golden.name): \(name)")
            }
        }
    }

    /// A bias that moves at one step only reaches the loss through its gate's value at that step, so that
    ///
    ///     dL/db[unit] = Σ over the batch of ∂L/∂value · dvalue/db
    ///
    /// and a hidden state that moves is the initial state of the steps that are left.
    func stepDerivativesAgreeWithDifferences() throws {
        let golden = try sequences(in: file)[0]
        let operands = golden.operands(Cell.Parameters { golden.gate($0) })
        let cotangents = golden.sequenceCotangents
        let trace = cell.forward(operands)
        let derivatives = cell.backward(operands, trace: trace, cotangents: cotangents).steps
        for time in operands.inputs.indices {
            for (gate, path) in Cell.Parameters.gates {
                let value = Cell.Step.values.first { $0.name == gate }!.path
                var expected: [Double] = []
                var found: [Double] = []
                for unit in operands.initial.hidden[0].indices {
                    func moved(_ step: Double) -> HandDerivedTrace<Cell.Step> {
                        forward(operands, changingAt: time) { $0[keyPath: path].bias[unit] += step }
                    }
                    expected.append(slope { loss(moved($0), from: operands.initial, cotangents) })
                    found.append(
                        operands.initial.hidden.indices.reduce(0) { sum, row in
                            let slopeOfValue = slope { moved($0).steps[time][keyPath: value][row][unit] }
                            return sum + derivatives[time][keyPath: value][row][unit] * slopeOfValue
                        })
                }
                #expect(
                    blockError(found, expected) < HandDerivedTests.differenceTolerance,
                    "\(gate) at step \(time)")
            }
            let rest = HandDerivedOperands(
                parameters: operands.parameters, inputs: Array(operands.inputs[(time + 1)...]),
                initial: trace.steps[time].state)
            let restCotangents = HandDerivedCotangents(
                outputs: Array(cotangents.outputs[(time + 1)...]), final: cotangents.final)
            let direct = cotangents.outputs[time].flatMap { $0 }
            let expected = direct.indices.map { index in
                direct[index]
                    + slope { step in
                        var moved = rest
                        moved[block: "initialHidden"][index] += step
                        return loss(cell.forward(moved), from: moved.initial, restCotangents)
                    }
            }
            let found = Cell.Step.values.first { $0.name == "hidden" }!.path
            #expect(
                blockError(derivatives[time][keyPath: found].flatMap { $0 }, expected)
                    < HandDerivedTests.differenceTolerance, "hidden at step \(time)")
        }
    }

    func mutantsDeviate() throws {
        for golden in try sequences(in: file) {
            let operands = golden.operands(Cell.Parameters { golden.gate($0) })
            #expect(firstWrongValue(cell.forward(operands), golden) == nil, "the cell itself is right")
            for mutant in mutants {
                #expect(mutant.description.contains(mutant.wrongValue), "\(mutant.name)")
                #expect(
                    firstWrongValue(mutant.forward(operands), golden) == mutant.wrongValue,
                    "\(mutant.name): \(mutant.description)")
            }
        }
    }

    /// The first value, step by step and in the order of evaluation, that deviates from the golden.
    private func firstWrongValue(_ trace: HandDerivedTrace<Cell.Step>, _ golden: GoldenCase) -> String? {
        for (time, step) in trace.steps.enumerated() {
            for (value, path) in Cell.Step.values {
                let expected = golden.values(of: value)[time].flatMap { $0 }
                let found = step[keyPath: path].flatMap { $0 }
                if blockError(found, expected) > HandDerivedTests.mutantThreshold {
                    return value
                }
            }
        }
        return nil
    }

    /// A run in which the parameters are others at one step.
    private func forward(
        _ operands: HandDerivedOperands<Cell.Parameters>, changingAt changed: Int,
        _ change: (inout Cell.Parameters) -> Void
    ) -> HandDerivedTrace<Cell.Step> {
        var steps: [Cell.Step] = []
        var state = operands.initial
        for (time, x) in operands.inputs.enumerated() {
            var parameters = operands.parameters
            if time == changed {
                change(&parameters)
            }
            steps.append(cell.step(parameters, x: x, previous: state))
            state = steps[time].state
        }
        return HandDerivedTrace(steps: steps)
    }

    /// Σ cotangent · output over all steps and the final state, which is the initial one if there is no step.
    private func loss(
        _ trace: HandDerivedTrace<Cell.Step>, from initial: HandDerivedState, _ cotangents: HandDerivedCotangents
    ) -> Double {
        func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        let final = trace.steps.last?.state ?? initial
        return dot(flat(trace.outputs), flat(cotangents.outputs))
            + dot(flat([final.hidden, final.cell]), flat([cotangents.final.hidden, cotangents.final.cell]))
    }

    /// The derivative at zero by the central difference of fourth order.
    ///
    /// At this step rounding leaves about 1e-12 of the loss and the formula itself less; and the step is too small to
    /// carry a pre-activation of the goldens over the kink of relu.
    private func slope(_ function: (Double) -> Double) -> Double {
        let step = 1e-4
        let near = function(step) - function(-step)
        let far = function(2 * step) - function(-2 * step)
        return (8 * near - far) / (12 * step)
    }

    private func flat(_ sequence: ScalarSequence) -> [Double] { sequence.flatMap { $0.flatMap { $0 } } }

    private func expect(_ found: [Double], _ expected: GoldenTensor, _ what: String) {
        #expect(
            blockError(found, expected.scalars) < HandDerivedTests.goldenTolerance,
            "\(what), \(expected.name)")
    }

    /// `prefix` is what stands before `hidden` and `cell` in the names of the blocks.
    private func expect(state: HandDerivedState, _ blocks: [GoldenTensor], prefix: String, _ what: String) {
        expect(state.hidden.flatMap { $0 }, blocks[prefix.isEmpty ? "hidden" : "\(prefix)Hidden"]!, what)
        if let cell = blocks[prefix.isEmpty ? "cell" : "\(prefix)Cell"] {
            expect(state.cell.flatMap { $0 }, cell, what)
        }
    }
}
