import TapestryAutograd
import TapestryLayers
import TapestryRecurrent
import Testing

/// Forms of unrolling, and layers of layers, over a user's cell.
@Suite struct DriverFormTests {
    private let cell = withRandomSeed(1) { LeakyCell<Double>(inputSize: 2, hiddenSize: 3) }
    private let inputs = Tensor<Double>.normal([7, 4, 2], using: RandomSource(seed: 2))
    private let state = Tensor<Double>.normal([4, 3], using: RandomSource(seed: 3))

    private func loss(_ layer: Recurrent<LeakyCell<Double>>, _ state: Tensor<Double>) -> Tensor<Double> {
        let result = layer(inputs, initialState: state)
        return square(result.outputs).sum() + result.finalState.sum()
    }

    @Test("backwards is forwards over the flipped sequence, flipped")
    func reversed() {
        let forwards = Recurrent(cell)(inputs.flipped(axes: [0]), initialState: state)
        let backwards = Recurrent(cell, isReversed: true)(inputs, initialState: state)
        #expect(backwards.outputs == forwards.outputs.flipped(axes: [0]))
        #expect(backwards.finalState == forwards.finalState)
        #expect(backwards.outputs != Recurrent(cell)(inputs, initialState: state).outputs)
    }

    @Test("the directions of a bidirectional layer are two layers", arguments: BidirectionalMerge.allCases)
    func bidirectional(_ merge: BidirectionalMerge) {
        let other = withRandomSeed(4) { LeakyCell<Double>(inputSize: 2, hiddenSize: 3) }
        let result = Bidirectional(cell, other, merge: merge)(inputs)
        let (left, right) = (Recurrent(cell)(inputs).outputs, Recurrent(other, isReversed: true)(inputs).outputs)
        let expected =
            switch merge {
            case .concatenate: concatenate([left, right], axis: 2)
            case .sum: left + right
            case .mean: (left + right) / 2
            case .product: left * right
            }
        #expect(result.outputs == expected)
        #expect(result.finalState.forward == left[-1])
        #expect(result.finalState.backward == right[0])
    }

    @Test(
        "recomputation changes no bit of values, and gradients by rounding alone", arguments: [1, 2, 3, 7, 20],
        [false, true])
    func recomputation(_ count: Int, _ isReversed: Bool) {
        let plain = Recurrent(cell, isReversed: isReversed)
        let segments = Recurrent(cell, isReversed: isReversed, recomputation: count)
        let expected = valueAndGradient(at: plain, state) { loss($0, $1) }
        let found = valueAndGradient(at: segments, state) { loss($0, $1) }
        #expect(found.value == expected.value)
        #expect(found.gradient.1.isClose(to: expected.gradient.1, relativeTolerance: 1e-14))
        for (found, expected) in zip(found.gradient.0.parameters, expected.gradient.0.parameters) {
            #expect(found.tensor(as: Double.self).isClose(to: expected.tensor(), relativeTolerance: 1e-14))
        }
    }

    @Test("truncation is training on windows that hand the state on", arguments: [1, 3, 7], [false, true])
    func truncation(_ count: Int, _ isReversed: Bool) {
        let layer = Recurrent(cell, isReversed: isReversed)
        let truncated = Recurrent(cell, isReversed: isReversed, truncation: count)
        #expect(truncated(inputs, initialState: state).outputs == layer(inputs, initialState: state).outputs)
        let found = gradient(at: truncated) { square($0(inputs, initialState: state).outputs).sum() }
        var carried = state
        var expected = cell.zerosLike
        let order = Array(0..<7)
        for begin in stride(from: 0, to: 7, by: count) {
            let places = order[begin..<min(begin + count, 7)].map { isReversed ? 6 - $0 : $0 }
            let window = stack(places.map { inputs[$0] })
            let gradient = gradient(at: cell) { cell in
                let result = Recurrent(cell)(window, initialState: carried)
                carried = result.finalState
                return square(result.outputs).sum()
            }
            expected.input.weights.packed += gradient.input.weights.packed
            expected.recurrent.weights.packed += gradient.recurrent.weights.packed
        }
        #expect(found.cell.input.weights.packed.isClose(to: expected.input.weights.packed, relativeTolerance: 1e-12))
        #expect(
            found.cell.recurrent.weights.packed.isClose(to: expected.recurrent.weights.packed, relativeTolerance: 1e-12)
        )
    }

    @Test("a stateful layer over windows is the layer over the whole")
    func stateful() {
        let whole = Recurrent(cell)(inputs)
        var stream = Stateful(Recurrent(cell))
        let outputs = [0..<2, 2..<3, 3..<7].map { stream(inputs.slice(axis: 0, $0)).outputs }
        #expect(concatenate(outputs) == whole.outputs)
        #expect(stream.state == whole.finalState)
        stream.reset()
        #expect(stream(inputs).outputs == whole.outputs)
        #expect(stream.parameters.map(\.path) == stream.layer.parameters.map { "layer.\($0.path)" })
    }

    @Test("a layer over every step is the layer at each step")
    func timeDistributed() {
        let layer = withRandomSeed(5) { Linear<Double>(inputSize: 2, outputSize: 3) }
        let outputs = TimeDistributed(layer)(inputs).outputs
        #expect(outputs.isClose(to: stack((0..<7).map { layer(inputs[$0]) }), relativeTolerance: 1e-15))
    }

    @Test("a step of layers is what unrolling them does")
    func steps() {
        let layers = withRandomSeed(6) { LSTM<Double>(inputSize: 2, hiddenSize: 3, layers: 2) }
        var state: LSTMState<Double>?
        var outputs: [Tensor<Double>] = []
        for t in 0..<7 {
            let (output, next) = layers.step(inputs[t], state)
            outputs.append(output)
            state = next
        }
        let whole = layers(inputs)
        #expect(stack(outputs) == whole.outputs)
        #expect(state?.cell == whole.finalState.cell)
    }

    @Test("dropout between layers: not after the last, and not while inferring")
    func dropoutBetweenLayers() {
        let layers = withRandomSeed(6) { LSTM<Double>(inputSize: 2, hiddenSize: 3, layers: 2, dropout: 0.5) }
        let plain = RecurrentLayers(cells: layers.layers.map(\.cell))
        #expect(withMode(.inference) { layers(inputs).outputs } == plain(inputs).outputs)
        withMode(.training) {
            let first = plain.layers[0](inputs).outputs
            let expected = withRandomSeed(9) { plain.layers[1](Dropout<Double>(rate: 0.5)(first)).outputs }
            #expect(withRandomSeed(9) { layers(inputs).outputs } == expected)
            #expect(expected != plain(inputs).outputs)
        }
    }

    /// An input of two tensors, which cells may have as well.
    private struct TwoInputs: Module {
        var left, right: Tensor<Double>
    }

    private struct DifferenceCell: StructuredRecurrentCell {
        typealias Scalar = Double
        var weights: Tensor<Double>
        func initialState(batchSize: Int) -> Tensor<Double> { .zeros([batchSize, 2]) }
        func step(
            _ input: TwoInputs, _ h: Tensor<Double>
        ) -> (output: TwoInputs, state: Tensor<Double>) {
            let next = tanh(h + (input.left - input.right) * weights)
            return (TwoInputs(left: next, right: -next), next)
        }
    }

    @Test("inputs and outputs may be trees of tensors", arguments: [false, true])
    func trees(_ batchFirst: Bool) {
        let cell = DifferenceCell(weights: Tensor([0.5, -2]))
        func laidOut(_ x: Tensor<Double>) -> Tensor<Double> { batchFirst ? x.transposed(0, 1) : x }
        let right = Tensor<Double>.normal([7, 4, 2], using: RandomSource(seed: 8))
        let layer = Recurrent(cell, batchFirst: batchFirst)
        let result = layer(TwoInputs(left: laidOut(inputs), right: laidOut(right)), lengths: [7, 2, 5, 7])
        var h = Tensor<Double>.zeros([4, 2])
        for t in 0..<7 {
            let next = tanh(h + (inputs[t] - right[t]) * cell.weights)
            let isThere = Tensor([7, 2, 5, 7].map { t < $0 }).reshaped(to: [4, 1])
            h = select(isThere, next, h)
            #expect(laidOut(result.outputs.left)[t] == select(isThere, next, 0 * next))
            #expect(laidOut(result.outputs.right)[t] == select(isThere, -next, 0 * next))
        }
        #expect(result.finalState == h)
    }
}
