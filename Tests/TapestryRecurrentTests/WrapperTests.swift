import TapestryAutograd
import TapestryLayers
import TapestryRecurrent
import Testing

/// Cells around a user's cell.
@Suite struct WrapperTests {
    private let cell = withRandomSeed(1) { LeakyCell<Double>(inputSize: 3, hiddenSize: 3) }
    private let inputs = Tensor<Double>.normal([6, 4, 3], using: RandomSource(seed: 2))
    private let state = Tensor<Double>.normal([4, 3], using: RandomSource(seed: 3))

    /// A cell that returns what it gets: its input, and its state.
    private struct Mirror: RecurrentCell {
        var weights = Tensor<Double>([1])
        func initialState(batchSize: Int) -> LSTMState<Double> {
            LSTMState(hidden: .ones([batchSize, 50]), cell: .ones([batchSize, 50]))
        }
        func step(
            _ x: Tensor<Double>, _ state: LSTMState<Double>
        ) -> (output: Tensor<Double>, state: LSTMState<Double>) {
            (concatenate([x, state.hidden, state.cell], axis: 1), initialState(batchSize: x.shape[0]))
        }
    }

    @Test("stacked cells are layers one upon the other")
    func stacked() {
        let upper = withRandomSeed(4) { LSTMCell<Double>(inputSize: 3, hiddenSize: 2) }
        let third = withRandomSeed(5) { GRUCell<Double>(inputSize: 2, hiddenSize: 5) }
        let cells = Stacked {
            cell
            upper
            third
        }
        let result = Recurrent(cells)(inputs)
        let below = Recurrent(cell)(inputs)
        let middle = Recurrent(upper)(below.outputs)
        let above = Recurrent(third)(middle.outputs)
        #expect(result.outputs == above.outputs)
        #expect(result.finalState.first.first == below.finalState)
        #expect(result.finalState.first.second.cell == middle.finalState.cell)
        #expect(result.finalState.second == above.finalState)
    }

    @Test("a residual connection adds the input")
    func residual() {
        let plain = Recurrent(cell)(inputs)
        let result = Recurrent(Residual(cell))(inputs)
        #expect(result.outputs == plain.outputs + inputs)
        #expect(result.finalState == plain.finalState)
    }

    @Test("a highway's gate mixes output and input, mostly the input at first")
    func highway() {
        var highway = withRandomSeed(5) { Highway(cell, featureCount: 3) }
        let plain = Recurrent(cell)(inputs).outputs
        let gate = sigmoid(TimeDistributed(highway.gate)(inputs).outputs)
        let expected = gate * plain + (1 - gate) * inputs
        #expect(Recurrent(highway)(inputs).outputs.isClose(to: expected, relativeTolerance: 1e-14))
        #expect(gate.mean().scalar < 0.4)
        highway.gate.bias! += 100
        #expect(Recurrent(highway)(inputs).outputs.isClose(to: plain, relativeTolerance: 1e-14))
    }

    @Test("zoneout while inferring is the expected state, and the output follows")
    func zoneoutInference() {
        let zoneout = Zoneout(cell, rate: 0.3)
        withMode(.inference) {
            let (output, next) = zoneout.step(inputs[0], state)
            let expected = state * 0.3 + cell.step(inputs[0], state).state * 0.7
            #expect(next.isClose(to: expected, relativeTolerance: 1e-15))
            #expect(output == next)
        }
    }

    @Test("zoneout while training keeps elements of the state before with the rate")
    func zoneoutTraining() {
        let wide = withRandomSeed(5) { LSTMCell<Double>(inputSize: 3, hiddenSize: 200) }
        let before = LSTMState<Double>(
            hidden: .normal([50, 200], using: RandomSource(seed: 6)),
            cell: .normal([50, 200], using: RandomSource(seed: 7)))
        let x = Tensor<Double>.normal([50, 3], using: RandomSource(seed: 8))
        let zoneout = Zoneout(wide, rates: [StateRate(0.2, of: "hidden"), StateRate(0.7, of: "cell")])
        withMode(.training) {
            let plain = wide.step(x, before)
            let (output, next) = withRandomSeed(9) { zoneout.step(x, before) }
            for (found, old, new, rate) in [
                (next.hidden, before.hidden, plain.state.hidden, 0.2), (next.cell, before.cell, plain.state.cell, 0.7),
            ] {
                let kept = (found .== old).converted(to: Double.self)
                #expect(((found .== new).converted(to: Double.self) + kept).min().scalar == 1)
                #expect(abs(kept.mean().scalar - rate) < 0.02)
            }
            #expect(output == next.hidden)
            #expect(Zoneout(cell, rate: 1).step(inputs[0], state).state == state)
            #expect(Zoneout(cell, rate: 0).step(inputs[0], state).state == cell.step(inputs[0], state).state)
        }
    }

    @Test("variational dropout drops the same features at every step, of what its rates name")
    func variationalDropout() {
        let ones = Tensor<Double>.ones([6, 40, 50])
        let cell = VariationalDropout(Mirror(), input: 0.2, state: 0.4, output: 0)
        let outputs = withRandomSeed(10) { withMode(.training) { Recurrent(cell)(ones).outputs } }
        for t in 1..<6 { #expect(outputs[t] == outputs[0]) }
        let parts = outputs[0].chunked(3, axis: 1)
        for (part, rate) in zip(parts, [0.2, 0.4]) {
            let dropped = (part .== 0).converted(to: Double.self)
            #expect(abs(dropped.mean().scalar - rate) < 0.03)
            let scale = 1 / (1 - rate)
            #expect((part + dropped * scale).isClose(to: part.zerosLike + scale))
        }
        #expect(parts[2] == .ones([40, 50]), "the cell state is not what the pattern names")
        let inferred = withMode(.inference) { Recurrent(cell)(ones).outputs }
        #expect(inferred == .ones([6, 40, 150]))

        let byOutput = VariationalDropout(Mirror(), output: 0.5)
        let dropped = withRandomSeed(11) { withMode(.training) { Recurrent(byOutput)(ones).outputs } }
        #expect(dropped[1] == dropped[0])
        #expect(abs(dropped[0].mean().scalar - 1) < 0.05)
        #expect(Set(dropped[0].scalars) == [0, 2])
        let again = withRandomSeed(12) { withMode(.training) { Recurrent(byOutput)(ones).outputs } }
        #expect(again != dropped, "another sequence, another mask")
    }

    @Test("of a state that is one tensor variational dropout drops that")
    func variationalDropoutOfOneTensor() {
        let dropout = VariationalDropout(cell, state: 0.5)
        let (found, expected) = withMode(.training) {
            let prepared = withRandomSeed(13) { dropout.prepared(for: inputs[0], state) }
            let mask = withRandomSeed(13) { Tensor<Double>.uniform([4, 3]) .>= 0.5 }
            let dropped = state * mask.converted(to: Double.self) * 2
            return (prepared.step(inputs[0], state).state, cell.step(inputs[0], dropped).state)
        }
        #expect(found == expected)
    }

    @Test("DropConnect drops weights of the pattern for a whole sequence")
    func dropConnect() {
        let dropConnect = DropConnect(cell, rate: 0.5)
        let prepared = withRandomSeed(14) { withMode(.training) { dropConnect.prepared(for: inputs[0], state) } }
        let weights = cell.recurrent.weights.packed
        let effective = prepared.cell.recurrent.weights.packed
        #expect(zip(effective.scalars, weights.scalars).allSatisfy { $0 == 0 || $0 == 2 * $1 })
        let droppedCount = effective.scalars.count { $0 == 0 }
        #expect((3...15).contains(droppedCount), "\(droppedCount) of 18")
        #expect(prepared.cell.input.weights.packed == cell.input.weights.packed)
        let gradient = withRandomSeed(14) {
            withMode(.training) {
                TapestryAutograd.gradient(at: dropConnect) {
                    square(Recurrent($0)(inputs, initialState: state).outputs).sum()
                }
            }
        }
        for (slope, weight) in zip(gradient.cell.recurrent.weights.packed.scalars, effective.scalars) {
            #expect((slope == 0) == (weight == 0))
        }
        #expect(withMode(.inference) { Recurrent(dropConnect)(inputs).outputs } == Recurrent(cell)(inputs).outputs)
    }

    @Test("a learned initial state is a parameter, the same for every row")
    func learnedInitialState() {
        var learned = LearnedInitialState(withRandomSeed(15) { LSTMCell<Double>(inputSize: 3, hiddenSize: 2) })
        #expect(learned.initial.cell == .zeros([1, 2]))
        learned.initial = LSTMState(hidden: Tensor([[0.1, -0.2]]), cell: Tensor([[0.5, 2]]))
        let given = LSTMState<Double>(
            hidden: learned.initial.hidden.expanded(to: [4, 2]), cell: learned.initial.cell.expanded(to: [4, 2]))
        #expect(Recurrent(learned)(inputs).outputs == Recurrent(learned.cell)(inputs, initialState: given).outputs)
        let found = gradient(at: learned) { square(Recurrent($0)(inputs).outputs).sum() }.initial
        let expected = gradient(at: given) {
            square(Recurrent(learned.cell)(inputs, initialState: $0).outputs).sum()
        }
        #expect(found.cell.isClose(to: expected.cell.sum(axes: [0], keepingAxes: true), relativeTolerance: 1e-13))
        #expect(found.hidden.isClose(to: expected.hidden.sum(axes: [0], keepingAxes: true), relativeTolerance: 1e-13))
    }

    @Test("a reset begins a new sequence in the rows that it names")
    func reset() {
        let begins = Tensor<Bool>(
            shape: [6, 4],
            scalars: (0..<24).map { [4, 9, 14, 22].contains($0) })
        let result = Recurrent(Reset(cell))(Reset.Input(inputs, begins: begins), initialState: state)
        for row in 0..<4 {
            var h = state.slice(axis: 0, row..<row + 1)
            for t in 0..<6 {
                if begins[t, row].scalar { h = .zeros([1, 3]) }
                h = cell.step(inputs[t].slice(axis: 0, row..<row + 1), h).state
                #expect(result.outputs[t].slice(axis: 0, row..<row + 1).isClose(to: h, relativeTolerance: 1e-14))
            }
        }
    }

    @Test("every wrapper around every other: a cell in the end, with a gradient")
    func nested() {
        let layer = Recurrent(
            LearnedInitialState(
                Zoneout(
                    Residual(
                        DropConnect(
                            VariationalDropout(Highway(cell, featureCount: 3), input: 0.1, state: 0.1), rate: 0.1,
                            of: "*recurrent*")),
                    rate: 0.1)),
            recomputation: 2)
        withMode(.training) {
            withRandomSeed(16) {
                let report = gradient(at: layer) { square($0(inputs, lengths: [6, 2, 3, 5]).outputs).sum() }
                #expect(report.parameterNorm.isFinite && report.parameterNorm > 0)
            }
        }
        #expect(layer.parameters.count == 3 + 2 + 1)
    }
}
