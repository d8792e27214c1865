import TapestryAutograd
import TapestryLayers
import TapestryRecurrent
import Testing

/// Looking inside: named values over time, and what arrives at the states.
@Suite struct InspectionTests {
    private let inputs = Tensor<Double>.normal([5, 4, 3], using: RandomSource(seed: 2))

    @Test("a trace has every named value of every step, and changes nothing")
    func trace() {
        let cell = withRandomSeed(1) { LSTMCell<Double>(inputSize: 3, hiddenSize: 2) }
        let layer = Recurrent(cell)
        let (result, trace) = layer.trace(inputs)
        #expect(result.outputs == layer(inputs).outputs)
        #expect(trace.names == ["forget", "input", "candidate", "cell", "output", "hidden"])
        #expect(trace["hidden"] == result.outputs)
        #expect(trace["cell"][-1] == result.finalState.cell)
        var state = cell.initialState(batchSize: 4)
        for t in 0..<5 {
            let z = cell.input(inputs[t]) + cell.recurrent(state.hidden)
            #expect(trace["forget"][t] == cell.forgetGate(z))
            #expect(trace["candidate"][t] == cell.candidate(z))
            state = cell.step(inputs[t], state).state
        }
    }

    @Test("layers and directions have names of their own, and steps run backwards stand in the order of time")
    func traceOfLayers() {
        let layer = withRandomSeed(1) {
            Bidirectional(
                forward: LSTM<Double>(inputSize: 3, hiddenSize: 2, layers: 2),
                backward: Recurrent(GRUCell<Double>(inputSize: 3, hiddenSize: 2), isReversed: true))
        }
        let (result, trace) = layer.trace(inputs)
        #expect(trace["forward/layer 1/hidden"] == result.outputs.slice(axis: 2, 0..<2))
        #expect(trace["backward/hidden"] == result.outputs.slice(axis: 2, 2..<4))
        #expect(trace.names.contains("forward/layer 0/forget"))
    }

    @Test("layers of a chain and cells of a stack have names of their own, as their parameters have")
    func traceOfPairs() {
        let (below, middle, above) = withRandomSeed(1) {
            (
                GRUCell<Double>(inputSize: 3, hiddenSize: 2), GRUCell<Double>(inputSize: 2, hiddenSize: 4),
                GRUCell<Double>(inputSize: 4, hiddenSize: 2)
            )
        }
        let chain = RecurrentSequential {
            Recurrent(below)
            Recurrent(middle)
            Recurrent(above)
        }
        let stack = Recurrent(
            Stacked {
                below
                middle
                above
            })
        let ofBelow = Recurrent(below).trace(inputs).trace["hidden"]
        for (result, trace) in [chain.trace(inputs), (chain(inputs), stack.trace(inputs).trace)] {
            #expect(trace["first/first/hidden"] == ofBelow)
            #expect(trace["first/second/hidden"].shape == [5, 4, 4])
            #expect(trace["second/hidden"] == result.outputs)
        }
        #expect(
            chain.gradientFlow(inputs) { $0.outputs.sum() }.names == [
                "first/first/state", "first/second/state", "second/state",
            ])
    }

    @Test("a trace of a recomputed layer has each step once")
    func traceOfRecomputation() {
        let cell = withRandomSeed(1) { LSTMCell<Double>(inputSize: 3, hiddenSize: 2) }
        let expected = Recurrent(cell).trace(inputs).trace
        var found: SequenceTrace<Double>?
        _ = gradient(at: Recurrent(cell, recomputation: 2)) { layer in
            let (result, trace) = layer.trace(inputs)
            found = trace
            return result.outputs.sum()
        }
        for name in expected.names { #expect(found?[name] == expected[name]) }
    }

    @Test("the gradient that arrives at a state is that of the rest of the sequence", arguments: [nil, 2])
    func gradientFlow(_ recomputation: Int?) {
        let cell = withRandomSeed(1) { LSTMCell<Double>(inputSize: 3, hiddenSize: 2) }
        let layer = Recurrent(cell, recomputation: recomputation)
        func loss(_ result: RecurrentResult<Tensor<Double>, LSTMState<Double>>) -> Tensor<Double> {
            square(result.outputs).sum() + result.finalState.cell.sum()
        }
        let flow = layer.gradientFlow(inputs, of: loss)
        #expect(flow.names == ["hidden", "cell"])
        for t in 0..<5 {
            let before = Recurrent(cell)(inputs.slice(axis: 0, 0..<t + 1))
            let expected = gradient(at: before.finalState) { state in
                // The output of step t is its hidden state.
                let own = square(state.hidden).sum()
                if t == 4 { return own + state.cell.sum() }
                return own + loss(Recurrent(cell)(inputs.slice(axis: 0, (t + 1)..<5), initialState: state))
            }
            #expect(abs(flow["hidden"][t] - expected.hidden.parameterNorm) < 1e-12 * expected.hidden.parameterNorm)
            #expect(abs(flow["cell"][t] - expected.cell.parameterNorm) < 1e-12 * expected.cell.parameterNorm)
        }
    }

    @Test("a plain recurrent network's gradient vanishes, an LSTM's cell state keeps it")
    func vanishing() {
        let inputs = Tensor<Double>.normal([60, 1, 2], using: RandomSource(seed: 4))
        let (rnn, lstm) = withRandomSeed(3) {
            var lstm = LSTMCell<Double>(inputSize: 2, hiddenSize: 8)
            lstm.input.bias![.forget] = .ones([8]) * 6
            return (Recurrent(RNNCell<Double>(inputSize: 2, hiddenSize: 8)), Recurrent(lstm))
        }
        let flowOfRNN = rnn.gradientFlow(inputs) { $0.outputs[-1].sum() }["state"]
        let flowOfLSTM = lstm.gradientFlow(inputs) { $0.outputs[-1].sum() }["cell"]
        #expect(flowOfRNN[0] / flowOfRNN[59] < 1e-6)
        #expect(flowOfLSTM[0] / flowOfLSTM[59] > 0.1)
    }

    @Test("what does not reach the loss has no gradient")
    func noFlow() {
        let layer = withRandomSeed(1) { LSTM<Double>(inputSize: 3, hiddenSize: 2, layers: 2) }
        let flow = layer.gradientFlow(inputs) { $0.outputs[1].sum() }
        #expect(flow.names == ["layer 0/hidden", "layer 0/cell", "layer 1/hidden", "layer 1/cell"])
        #expect(flow["layer 0/hidden"][2...].allSatisfy { $0 == 0 })
        #expect(flow["layer 0/hidden"][...1].allSatisfy { $0 > 0 })
    }

    @Test("recurrent dropout drops updates of the memory, never the memory")
    func recurrentDropout() {
        let cell = withRandomSeed(1) { LSTMCell<Double>(inputSize: 3, hiddenSize: 100) }
        let dropout = RecurrentDropout(cell, rate: 0.5, of: "candidate")
        let state = LSTMState<Double>(
            hidden: .normal([4, 100], using: RandomSource(seed: 5)),
            cell: .normal([4, 100], using: RandomSource(seed: 6)))
        let z = cell.input(inputs[0]) + cell.recurrent(state.hidden)
        let (f, i, candidate) = (cell.forgetGate(z), cell.inputGate(z), cell.candidate(z))
        withMode(.training) {
            let found = withRandomSeed(7) { dropout.step(inputs[0], state).state.cell }
            let mask = withRandomSeed(7) { Dropout<Double>(rate: 0.5)(candidate.zerosLike + 1) }
            #expect(found.isClose(to: f * state.cell + i * candidate * mask, relativeTolerance: 1e-14))
            #expect(found != dropout.step(inputs[0], state).state.cell, "anew at every step")
        }
        withMode(.inference) { #expect(dropout.step(inputs[0], state).output == cell.step(inputs[0], state).output) }
    }
}
