import Testing

/// Holds every equation of the hand-derived cells, on its own, against the golden files.
@Suite struct HandDerivedEquationTests {
    typealias Blocks = [String: [Double]]

    private func expect(
        _ golden: RecurrentGolden, value: [Double], gradients: Blocks,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let output = golden.outputs[0]
        #expect(
            relativeDeviation(value, from: output.values) < HandDerivedTests.goldenTolerance, "value of \(golden.name)",
            sourceLocation: sourceLocation)
        #expect(Set(gradients.keys) == Set(golden.gradients.map(\.name)), sourceLocation: sourceLocation)
        for block in golden.gradients {
            #expect(
                relativeDeviation(gradients[block.name] ?? [], from: block.values) < HandDerivedTests.goldenTolerance,
                "\(golden.name): gradient of \(block.name)", sourceLocation: sourceLocation)
        }
    }

    private func equation(_ name: String, in file: String) throws -> RecurrentGolden {
        try #require(RecurrentGoldenFile.cases(of: file).first { $0.operation.hasSuffix(".\(name)") })
    }

    private func blocks(of gate: String, _ gradient: GateParameters) -> Blocks {
        var blocks = [
            "\(gate).inputWeights": gradient.inputWeights.flatMap { $0 },
            "\(gate).recurrentWeights": gradient.recurrentWeights.flatMap { $0 },
            "\(gate).bias": gradient.bias,
        ]
        if !gradient.recurrentBias.isEmpty {
            blocks["\(gate).recurrentBias"] = gradient.recurrentBias
        }
        return blocks
    }

    @Test(
        "a gate's equation",
        arguments: [
            ("lstm", "forget", HandDerivedActivation.sigmoid), ("lstm", "input", .sigmoid),
            ("lstm", "candidate", .tanh),
            ("lstm", "output", .sigmoid), ("gru-reset-before", "reset", .sigmoid),
            ("gru-reset-before", "update", .sigmoid), ("gru-reset-after", "reset", .sigmoid),
            ("gru-reset-after", "update", .sigmoid), ("rnn-tanh", "hidden", .tanh), ("rnn-relu", "hidden", .relu),
        ])
    func gate(file: String, name: String, activation: HandDerivedActivation) throws {
        let golden = try equation(name, in: file)
        let gate = golden.gate(name)
        let (x, h) = (golden.inputs["x"]!.matrix, golden.inputs["previousHidden"]!.matrix)
        let value = gate.value(activation, x: x, h: h)
        var gradient = gate
        gradient.clear()
        let back = gate.backward(
            activation, x: x, h: h, value: value, cotangent: golden.cotangents[0].matrix, gradient: &gradient)
        let operands = ["x": back.x.flatMap { $0 }, "previousHidden": back.h.flatMap { $0 }]
        expect(
            golden, value: value.flatMap { $0 },
            gradients: operands.merging(blocks(of: name, gradient)) { operand, _ in operand })
    }

    @Test("the candidate of a GRU", arguments: [HandDerivedGRU.Reset.before, .after])
    func candidate(reset: HandDerivedGRU.Reset) throws {
        let golden = try equation("candidate", in: "gru-reset-\(reset)")
        let cell = HandDerivedGRU(reset: reset)
        let gate = golden.gate("candidate")
        let (x, h) = (golden.inputs["x"]!.matrix, golden.inputs["previousHidden"]!.matrix)
        let r = golden.inputs["reset"]!.matrix
        let value = cell.candidate(gate, x: x, previousHidden: h, reset: r)
        var gradient = gate
        gradient.clear()
        let back = cell.candidateBackward(
            gate, x: x, previousHidden: h, reset: r, value: value, cotangent: golden.cotangents[0].matrix,
            gradient: &gradient)
        let operands = [
            "x": back.x.flatMap { $0 }, "previousHidden": back.previousHidden.flatMap { $0 },
            "reset": back.reset.flatMap { $0 },
        ]
        expect(
            golden, value: value.flatMap { $0 },
            gradients: operands.merging(blocks(of: "candidate", gradient)) { operand, _ in operand })
    }

    @Test("the cell state of the LSTM")
    func cell() throws {
        let golden = try equation("cell", in: "lstm")
        let (f, i) = (golden.inputs["forget"]!.values, golden.inputs["input"]!.values)
        let (candidate, previous) = (golden.inputs["candidate"]!.values, golden.inputs["previousCell"]!.values)
        let equations = HandDerivedLSTM.Equations()
        let derivatives = f.indices.map {
            HandDerivedLSTM.cellDerivatives(
                forget: f[$0], input: i[$0], candidate: candidate[$0], previousCell: previous[$0],
                cotangent: golden.cotangents[0].values[$0])
        }
        expect(
            golden, value: f.indices.map { equations.cell(f[$0], i[$0], candidate[$0], previous[$0]) },
            gradients: [
                "forget": derivatives.map(\.forget), "input": derivatives.map(\.input),
                "candidate": derivatives.map(\.candidate), "previousCell": derivatives.map(\.previousCell),
            ])
    }

    @Test("the hidden state of the LSTM")
    func hiddenOfLSTM() throws {
        let golden = try equation("hidden", in: "lstm")
        let (o, c) = (golden.inputs["output"]!.values, golden.inputs["cell"]!.values)
        let equations = HandDerivedLSTM.Equations()
        let derivatives = o.indices.map {
            HandDerivedLSTM.hiddenDerivatives(
                output: o[$0], cell: c[$0], cotangent: golden.cotangents[0].values[$0])
        }
        // The right equation must not depend on the previous cell state: NaN would show.
        expect(
            golden, value: o.indices.map { equations.hidden(o[$0], c[$0], .nan) },
            gradients: ["output": derivatives.map(\.output), "cell": derivatives.map(\.cell)])
    }

    @Test("the hidden state of the GRU", arguments: ["gru-reset-before", "gru-reset-after"])
    func hiddenOfGRU(file: String) throws {
        let golden = try equation("hidden", in: file)
        let (z, n) = (golden.inputs["update"]!.values, golden.inputs["candidate"]!.values)
        let h = golden.inputs["previousHidden"]!.values
        let equations = HandDerivedGRU.Equations()
        let derivatives = z.indices.map {
            HandDerivedGRU.hiddenDerivatives(
                update: z[$0], candidate: n[$0], previousHidden: h[$0], cotangent: golden.cotangents[0].values[$0])
        }
        expect(
            golden, value: z.indices.map { equations.hidden(z[$0], n[$0], h[$0]) },
            gradients: [
                "update": derivatives.map(\.update), "candidate": derivatives.map(\.candidate),
                "previousHidden": derivatives.map(\.previousHidden),
            ])
    }
}
