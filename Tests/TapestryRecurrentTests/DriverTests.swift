import TapestryAutograd
import TapestryGoldenCells
import TapestryLayers
import TapestryRecurrent
import TapestryTestSupport
import Testing

/// The drivers over time and layers.
@Suite struct DriverTests {
    /// Layers with fixed random parameters, a sequence `[time, batch, input]` for them, and initial states.
    private static func example<Cell: GoldenCell>(
        _ cell: Cell.Type, layers: Int = 2
    ) -> (model: RecurrentLayers<Cell>, inputs: Tensor<Double>, initialState: Cell.State) {
        withRandomSeed(3) {
            let model = RecurrentLayers<Cell>(inputSize: 3, hiddenSize: 4, layers: layers)
            var state = model.layers[0].cell.initialState(batchSize: 2)
            for (_, path) in Cell.State.parts { state[keyPath: path] = .normal([layers, 2, 4]) }
            return (model, .normal([6, 2, 3]), state)
        }
    }

    private func parts<Cell: GoldenCell>(
        _ result: RecurrentResult<Tensor<Double>, Cell.State>, of cell: Cell.Type
    ) -> [Tensor<Double>] {
        [result.outputs] + Cell.State.parts.map { result.finalState[keyPath: $0.path] }
    }

    // MARK: Layout

    @Test("batch first gives what time first gives, transposed", arguments: recurrentFixtures)
    func batchFirst(_ fixture: any RecurrentFixture) { checkBatchFirst(fixture) }

    private func checkBatchFirst<Fixture: RecurrentFixture>(_ fixture: Fixture) {
        let (timeFirst, inputs, state) = Self.example(Fixture.Cell.self)
        let batchFirst = RecurrentLayers(cells: timeFirst.layers.map(\.cell), batchFirst: true)
        let expected = timeFirst(inputs, initialState: state)
        let found = batchFirst(inputs.transposed(0, 1), initialState: state)
        #expect(found.outputs.shape == [2, 6, 4])
        #expect(found.outputs.transposed(0, 1) == expected.outputs)
        #expect(
            parts(found, of: Fixture.Cell.self).dropFirst() == parts(expected, of: Fixture.Cell.self).dropFirst())

        func loss(_ model: RecurrentLayers<Fixture.Cell>, _ inputs: Tensor<Double>) -> Tensor<Double> {
            square(model(inputs, initialState: state).outputs).sum()
        }
        let expectedGradient = gradient(at: timeFirst, inputs) { loss($0, $1) }
        let foundGradient = gradient(at: batchFirst, inputs) { loss($0, $1.transposed(0, 1)) }
        #expect(foundGradient.1.isClose(to: expectedGradient.1, relativeTolerance: 1e-12))
        for (found, expected) in zip(foundGradient.0.parameters, expectedGradient.0.parameters) {
            #expect(blockError(found.tensor(as: Double.self).scalars, expected.tensor().scalars) < 1e-12)
        }
    }

    // MARK: Layers

    @Test("two layers are two drivers, the second fed with the outputs of the first", arguments: recurrentFixtures)
    func layers(_ fixture: any RecurrentFixture) { checkLayers(fixture) }

    private func checkLayers<Fixture: RecurrentFixture>(_ fixture: Fixture) {
        let (model, inputs, state) = Self.example(Fixture.Cell.self)
        let result = model(inputs, initialState: state)
        var states = [state, state]
        for (_, path) in Fixture.Cell.State.parts {
            for layer in 0..<2 { states[layer][keyPath: path] = state[keyPath: path].slice(axis: 0, at: layer) }
        }
        let first = Recurrent(model.layers[0].cell)(inputs, initialState: states[0])
        let second = Recurrent(model.layers[1].cell)(first.outputs, initialState: states[1])
        #expect(result.outputs == second.outputs)
        for (_, path) in Fixture.Cell.State.parts {
            #expect(
                result.finalState[keyPath: path]
                    == stack([first.finalState[keyPath: path], second.finalState[keyPath: path]]))
        }
    }

    @Test("the first layer takes the inputs' size, the others the hidden size, and none shares parameters")
    func sizesOfLayers() {
        let model = LSTM<Float>(inputSize: 3, hiddenSize: 4, layers: 3)
        #expect(model.layers.map(\.cell.input.inputSize) == [3, 4, 4])
        #expect(model.layers.map(\.cell.recurrent.inputSize) == [4, 4, 4])
        #expect(model.layers[1].cell.input.weights.packed != model.layers[2].cell.input.weights.packed)
    }

    // MARK: States

    @Test("no initial state equals zeros", arguments: recurrentFixtures)
    func defaultState(_ fixture: any RecurrentFixture) { checkDefaultState(fixture) }

    private func checkDefaultState<Fixture: RecurrentFixture>(_ fixture: Fixture) {
        let (model, inputs, state) = Self.example(Fixture.Cell.self)
        let zeros = state.zerosLike
        #expect(
            parts(model(inputs), of: Fixture.Cell.self)
                == parts(model(inputs, initialState: zeros), of: Fixture.Cell.self))
        #expect(model(inputs).outputs != model(inputs, initialState: state).outputs)
        let single = Recurrent(model.layers[0].cell)
        let zero = single.cell.initialState(batchSize: 2)
        #expect(
            parts(single(inputs), of: Fixture.Cell.self)
                == parts(single(inputs, initialState: zero), of: Fixture.Cell.self))
    }

    @Test("final states fed back give what one longer run gives", arguments: recurrentFixtures)
    func continuation(_ fixture: any RecurrentFixture) { checkContinuation(fixture) }

    private func checkContinuation<Fixture: RecurrentFixture>(_ fixture: Fixture) {
        let (model, inputs, state) = Self.example(Fixture.Cell.self)
        let whole = model(inputs, initialState: state)
        let first = model(inputs.slice(axis: 0, 0..<2), initialState: state)
        let rest = model(inputs.slice(axis: 0, 2..<6), initialState: first.finalState)
        #expect(concatenate([first.outputs, rest.outputs]) == whole.outputs)
        #expect(parts(rest, of: Fixture.Cell.self).dropFirst() == parts(whole, of: Fixture.Cell.self).dropFirst())
        for (name, path) in Fixture.Cell.State.parts {
            #expect(whole.finalState[keyPath: path].shape == [2, 2, 4], "\(name)")
        }
        let hidden = whole.finalState[keyPath: Fixture.Cell.State.parts[0].path]
        #expect(hidden[-1] == whole.outputs[-1], "the last layer's hidden state is the last output")
    }

    @Test("the gradient with respect to the initial states of all layers", arguments: recurrentFixtures)
    func gradientOfInitialStates(_ fixture: any RecurrentFixture) { checkGradientOfInitialStates(fixture) }

    private func checkGradientOfInitialStates<Fixture: RecurrentFixture>(_ fixture: Fixture) {
        let (model, inputs, state) = Self.example(Fixture.Cell.self)
        func loss(_ state: Fixture.Cell.State) -> Tensor<Double> {
            let result = model(inputs, initialState: state)
            // Every element with a weight of its own, so that none can be taken for another.
            return parts(result, of: Fixture.Cell.self).reduce(Tensor(0)) { sum, part in
                sum + (part * .normal(part.shape, using: RandomSource(seed: 5))).sum()
            }
        }
        let found = gradient(at: state) { loss($0) }
        for (name, path) in Fixture.Cell.State.parts {
            let slopes = differenceGradient(at: [state[keyPath: path]]) { moved in
                var changed = state
                changed[keyPath: path] = moved[0]
                return loss(changed).scalar
            }
            #expect(blockError(found[keyPath: path].scalars, slopes[0]) < 1e-8, "\(name)")
            #expect(found[keyPath: path].scalars.allSatisfy { $0 != 0 } || fixture.file == "rnn-relu", "\(name)")
        }
    }

    // MARK: Shapes

    @Test("the shapes that people know: [5, 7, 10] through two layers and a linear layer to [5, 2]")
    func knownShapes() {
        let lstm = LSTM<Float>(inputSize: 10, hiddenSize: 20, layers: 2, batchFirst: true)
        let classifier = Linear<Float>(inputSize: 20, outputSize: 2)
        let inputs = Tensor<Float>.normal([5, 7, 10])
        let state = LSTMState<Float>(hidden: .normal([2, 5, 20]), cell: .normal([2, 5, 20]))
        let result = lstm(inputs, initialState: state)
        #expect(result.outputs.shape == [5, 7, 20])
        #expect(result.finalState.hidden.shape == [2, 5, 20])
        #expect(result.finalState.cell.shape == [2, 5, 20])
        #expect(classifier(result.outputs.slice(axis: 1, at: -1)).shape == [5, 2])
        #expect(lstm.parameterCount == 4 * 20 * (10 + 20 + 1) + 4 * 20 * (20 + 20 + 1))
    }

    @Test("one step, one row in the batch, one unit")
    func smallestExtents() {
        let lstm = LSTM<Double>(inputSize: 1, hiddenSize: 1)
        let x = Tensor<Double>([[[0.5]]])
        let next = lstm.layers[0].cell.step(x[0], lstm.layers[0].cell.initialState(batchSize: 1))
        #expect(lstm(x).outputs[0] == next.output)
        #expect(lstm(x).finalState.cell[0] == next.state.cell)
    }

    @Test("an empty batch gives empty results, and gradients of zero")
    func emptyBatch() {
        let lstm = LSTM<Double>(inputSize: 3, hiddenSize: 4)
        let (value, gradient) = valueAndGradient(at: lstm) { $0(.zeros([5, 0, 3])).outputs.sum() }
        #expect(value.scalar == 0)
        #expect(gradient.parameterNorm == 0)
        #expect(lstm(.zeros([5, 0, 3])).outputs.shape == [5, 0, 4])
    }
}

/// A cell whose state is a list, so that the type alone does not tell the number of its tensors.
private struct DelayCell: RecurrentCell {
    var delays = 2

    func initialState(batchSize: Int) -> [Tensor<Double>] {
        Array(repeating: .zeros([batchSize, 3]), count: delays)
    }

    func step(_ x: Tensor<Double>, _ h: [Tensor<Double>]) -> (output: Tensor<Double>, state: [Tensor<Double>]) {
        (h[0], Array(h.dropFirst()) + [x])
    }
}

private enum NoGate: String, CaseIterable {
    case none
    static let allCases: [NoGate] = []
}

/// What does not fit a driver ends the program and says what.
@Suite struct DriverTrapTests {
    static let traps: [ExpectedTrap] = [
        ExpectedTrap("recurrent: inputs of shape [5, 3] are not [time, batch, features]") {
            _ = LSTM<Float>(inputSize: 3, hiddenSize: 4)(.zeros([5, 3]))
        },
        ExpectedTrap("recurrent: inputs of shape [5, 3] are not [batch, time, features]") {
            _ = LSTM<Float>(inputSize: 3, hiddenSize: 4, batchFirst: true)(.zeros([5, 3]))
        },
        ExpectedTrap("recurrent: inputs of shape [0, 5, 3] ([time, batch, features]) have no step") {
            _ = LSTM<Float>(inputSize: 3, hiddenSize: 4)(.zeros([0, 5, 3]))
        },
        ExpectedTrap("gates: inputs of shape [5, 2] for weights of shape [3, 16]: [input, gates × units]") {
            _ = LSTM<Float>(inputSize: 3, hiddenSize: 4)(.zeros([7, 5, 2]))
        },
        ExpectedTrap("initial state: hidden has shape [6, 4], and the cell needs [5, 4]") {
            _ = LSTM<Float>(inputSize: 3, hiddenSize: 4)(
                .zeros([7, 5, 3]), initialState: LSTMState(hidden: .zeros([1, 6, 4]), cell: .zeros([1, 5, 4])))
        },
        ExpectedTrap("initial state: cell has shape [5, 3], and the cell needs [5, 4]") {
            _ = LSTM<Float>(inputSize: 3, hiddenSize: 4)(
                .zeros([7, 5, 3]), initialState: LSTMState(hidden: .zeros([1, 5, 4]), cell: .zeros([1, 5, 3])))
        },
        ExpectedTrap("initial state: hidden has shape [1, 5, 4]; its first axis must be the 2 layers") {
            _ = LSTM<Float>(inputSize: 3, hiddenSize: 4, layers: 2)(
                .zeros([7, 5, 3]), initialState: LSTMState(hidden: .zeros([1, 5, 4]), cell: .zeros([1, 5, 4])))
        },
        ExpectedTrap("initial state: the tensor has shape [5, 4]; its first axis must be the 2 layers") {
            _ = GRU<Float>(inputSize: 3, hiddenSize: 4, layers: 2)(.zeros([7, 5, 3]), initialState: .zeros([5, 4]))
        },
        ExpectedTrap("initial state: the tensor has shape [5, 3], and the cell needs [5, 4]") {
            _ = RNN<Float>(inputSize: 3, hiddenSize: 4)(.zeros([7, 5, 3]), initialState: .zeros([1, 5, 3]))
        },
        ExpectedTrap(#"initial state: its 1 tensors are ["0"], and the cell needs the 2 ["0", "1"]"#) {
            _ = Recurrent(DelayCell())(.zeros([7, 5, 3]), initialState: [.zeros([5, 3])])
        },
        ExpectedTrap(#"initial state: its 3 tensors are ["0", "1", "2"], and the cell needs the 2 ["0", "1"]"#) {
            _ = Recurrent(DelayCell())(
                .zeros([7, 5, 3]), initialState: Array(repeating: .zeros([5, 3]), count: 3))
        },
        ExpectedTrap("LSTMCell<Float>: sizes must be positive: input 3, hidden 4, layers 0") {
            _ = LSTM<Float>(inputSize: 3, hiddenSize: 4, layers: 0)
        },
        ExpectedTrap("GRUCell<Double>: sizes must be positive: input 3, hidden -1, layers 1") {
            _ = GRU<Double>(inputSize: 3, hiddenSize: -1)
        },
        ExpectedTrap("RNNCell<Double>: there is no cell to make layers of") { _ = RNN<Double>(cells: []) },
        ExpectedTrap("gates: [2, 6] does not divide into the 4 gates of LSTMGate") {
            _ = Gated<LSTMGate, Double>(packed: .zeros([2, 6]))
        },
        ExpectedTrap("gates: NoGate has no gates") { _ = Gated<NoGate, Double>(packed: .zeros([2, 6])) },
        ExpectedTrap("layerNorm: the last axis of [2, 4] does not hold the 1 features of the layer") {
            _ = LayerNorm<Double>(featureCount: 1)(Gated<LSTMGate, Double>(packed: .zeros([2, 4])))
        },
        ExpectedTrap(
            "settingBias: no gate with a bias is called forgt: there are forget, input, candidate, output"
        ) { _ = LSTM<Float>(inputSize: 1, hiddenSize: 1).settingBias(ofGate: "forgt", to: 1) },
        ExpectedTrap("settingBias: no gate with a bias is called forget: there are no gates with names") {
            _ = LayerNorm<Float>(featureCount: 1).settingBias(ofGate: "forget", to: 1)
        },
        ExpectedTrap(
            "settingBias: no gate with a bias is called forget: the gates forget, input, candidate, output have no biases"
        ) { _ = LSTM<Float>(inputSize: 1, hiddenSize: 1, bias: false).settingBias(ofGate: "forget", to: 1) },
        ExpectedTrap("drawingBiases: no gate with a bias is called forget: the gates forget, candidate have no biases")
        {
            _ = JANETCell<Float>(inputSize: 1, hiddenSize: 1).withoutBiases().drawingBiases(
                keeping: "forget", length: 9)
        },
        ExpectedTrap("drawingBiases: no gate with a bias is called update: there are forget, candidate") {
            _ = JANETCell<Float>(inputSize: 1, hiddenSize: 1)
                .drawingBiases(keeping: "forget", admitting: "update", length: 9)
        },
        ExpectedTrap("withoutBiases: LayerNorm<Float> has no bias") {
            _ = LayerNorm<Float>(featureCount: 1).withoutBiases()
        },
        ExpectedTrap("withoutBiases: MinimalRNNCell<Float> cannot be without updateBias") {
            _ = RecurrentLayers<MinimalRNNCell<Float>>(inputSize: 1, hiddenSize: 1, bias: false)
        },
        ExpectedTrap("drawing: the pattern \"*.recurent\" matches none of the parameters weights, bias") {
            _ = Linear<Float>(inputSize: 1, outputSize: 1).drawing("*.recurent", from: .zeros)
        },
        ExpectedTrap("drawingBiases: a length of 2, where there is nothing to remember") {
            _ = LSTMCell<Float>(inputSize: 1, hiddenSize: 1).drawingBiases(keeping: "forget", length: 2)
        },
        ExpectedTrap("gates: sizes must not be negative: input 3, units -1") {
            _ = GateProjection<LSTMGate, Double>(3, -1)
        },
        ExpectedTrap("gates: a block of shape [5] does not fit gate forget of shape [4]") {
            var cell = LSTMCell<Double>(inputSize: 3, hiddenSize: 4)
            cell.input.bias![.forget] = .ones([5])
        },
        ExpectedTrap("add: shapes [2, 16] and [5, 16] cannot be broadcast") {
            let cell = LSTMCell<Double>(inputSize: 3, hiddenSize: 4)
            _ = (cell.input(.zeros([2, 3])) + cell.recurrent(.zeros([5, 4]))).packed
        },
        ExpectedTrap("add: the products of a sum have the shapes [2, 16] and [2, 20]") {
            let input = GateProjection<LSTMGate, Double>(3, 4)
            let recurrent = GateProjection<LSTMGate, Double>(5, 5, bias: false)
            _ = (input(.zeros([2, 3])) + recurrent(.zeros([2, 5]))).packed
        },
        ExpectedTrap("gates: inputs of shape [2, 4] for weights of shape [3, 16]: [input, gates × units]") {
            let cell = LSTMCell<Double>(inputSize: 3, hiddenSize: 4)
            _ = (cell.input(.zeros([2, 4])) + cell.recurrent(.zeros([2, 4]))).packed
        },
    ]

    @Test(arguments: traps.indices)
    func trap(_ index: Int) async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [index] in
            Self.traps[index].run()
        }
        #expect(Self.traps[index].complaint(about: result?.standardErrorContent) == nil)
    }
}
