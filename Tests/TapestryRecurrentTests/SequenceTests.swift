import TapestryAutograd
import TapestryGoldenCells
import TapestryRecurrent
import TapestryHandDerivedCells
import TapestryTestSupport
import Testing

/// Cells under their driver against the goldens, whose outputs and derivatives the suite of all goldens compares.
@Suite struct SequenceTests {
    @Test("every named value of every step agrees with the goldens", arguments: recurrentFixtures)
    func namedValues(_ fixture: any RecurrentFixture) throws {
        for golden in try fixture.sequencesOfAllLengths() {
            let values = try tracing { try fixture.results(golden.realInputs, golden) }.values
            let steps = golden.inputs["x"]!.shape[0]
            #expect(values.count == steps * golden.named.count)
            for block in golden.named {
                let found = values.filter { $0.name == block.name }
                #expect(found.map(\.scope) == (0..<steps).map { ["t = \($0)"] }, "\(golden.name): \(block.name)")
                #expect(
                    blockError(found.flatMap { $0.tensor(as: Double.self).scalars }, block.scalars) < 1e-12,
                    "\(golden.name): \(block.name)")
            }
        }
    }

    /// The gradient as a user takes it, a value of the model's type with packed parameters.
    @Test("gradients of all parameters, inputs and initial states, by gate", arguments: recurrentFixtures)
    func gradientsByGate(_ fixture: any RecurrentFixture) throws { try checkGradientsByGate(fixture) }

    private func checkGradientsByGate(_ fixture: some RecurrentFixture) throws {
        for golden in try fixture.sequencesOfAllLengths() {
            let operands = try fixture.operands(golden)
            let gradient = gradient(at: operands) { SequenceLoss.everything.value($0.run(), golden) }
            #expect(Set(gradient.blockNames) == Set(golden.gradients.map(\.name)))
            for block in golden.gradients {
                #expect(
                    blockError(gradient[block: block.name].scalars, block.scalars) < 1e-11,
                    "\(golden.name): \(block.name)")
            }
        }
    }
}

/// Cells under their driver against the back-propagation through time by hand, which also gives the derivative with
/// respect to every value on the way.
@Suite struct HandDerivedSequenceTests {
    @Test(
        "derivatives of every named value at every step, and of all operands", arguments: recurrentFixtures,
        SequenceLoss.allCases)
    func derivatives(_ fixture: any RecurrentFixture, _ loss: SequenceLoss) throws {
        try checkDerivatives(fixture, loss)
    }

    private func checkDerivatives(_ fixture: some RecurrentFixture, _ loss: SequenceLoss) throws {
        for golden in try fixture.sequencesOfAllLengths() {
            let handOperands = fixture.handDerivedOperands(golden)
            let expected = fixture.handDerived.backward(
                handOperands, trace: fixture.handDerived.forward(handOperands), cotangents: loss.cotangents(golden))

            let tape = Tape(recording: .full)
            let operands = tape.watch(try fixture.operands(golden))
            let result = loss.value(operands.run(), golden)
            try checkSteps(
                tape.namedValues, tape.gradient(of: result, at: tape.namedValues.map(\.value)), expected.steps,
                golden.name)
            let gradient = tape.gradient(of: result, at: operands)
            for name in operands.blockNames {
                #expect(
                    blockError(gradient[block: name].scalars, expected.operands[block: name]) < 1e-11,
                    "\(golden.name): \(name)")
            }
        }
    }

    private func checkSteps<Step: NamedStep>(
        _ values: [(name: String, scope: [String], value: Tensor<Double>)], _ derivatives: [Tensor<Double>],
        _ steps: [Step], _ sequence: String
    ) throws {
        #expect(values.count == steps.count * Step.values.count)
        for (time, step) in steps.enumerated() {
            for (name, path) in Step.values {
                let index = try #require(
                    values.firstIndex { $0.name == name && $0.scope == ["t = \(time)"] }, "\(name) at step \(time)")
                #expect(
                    blockError(derivatives[index].scalars, step[keyPath: path].flatMap { $0 }) < 1e-11,
                    "\(sequence): derivative of \(name) at step \(time)")
            }
        }
    }
}
