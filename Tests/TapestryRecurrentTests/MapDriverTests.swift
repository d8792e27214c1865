import TapestryAutograd
import TapestryLayers
import TapestryRecurrent
import TapestryTestSupport
import Testing

/// Drivers, masks and wrappers over states and inputs of more than two axes: convolutional cells, of one axis and of two.
@Suite struct MapDriverTests {
    private let line = withRandomSeed(1) {
        ConvLSTMCell<Double>(inputChannels: 2, hiddenChannels: 2, size: [4], kernel: [3], peepholes: true)
    }
    private let plane = withRandomSeed(2) {
        ConvGRUCell<Double>(
            inputChannels: 2, hiddenChannels: 2, size: [3, 2], kernel: [3, 1], recurrentKernel: [1, 1])
    }
    private let lines = Tensor<Double>.normal([5, 3, 2, 4], using: RandomSource(seed: 3))
    private let planes = Tensor<Double>.normal([5, 3, 2, 3, 2], using: RandomSource(seed: 4))

    @Test("outputs and states are maps")
    func shapes() {
        let result = Recurrent(line)(lines)
        #expect(result.outputs.shape == [5, 3, 2, 4] && result.finalState.cell.shape == [3, 2, 4])
        #expect(Recurrent(plane)(planes).finalState.shape == [3, 2, 3, 2])
        let batchFirst = Recurrent(plane, batchFirst: true)(planes.permuted([1, 0, 2, 3, 4])).outputs
        #expect(batchFirst.permuted([1, 0, 2, 3, 4]) == Recurrent(plane)(planes).outputs)
    }

    @Test("what a place sees spreads by half a kernel a step, and not around the border")
    func reach() {
        var cell = line
        (cell.forgetPeephole, cell.inputPeephole, cell.outputPeephole) = (nil, nil, nil)
        var changed = lines
        changed[0, 0, 0, 0] = changed[0, 0, 0, 0] + 1
        let (plain, other) = (Recurrent(cell)(lines).outputs, Recurrent(cell)(changed).outputs)
        func differs(_ t: Int, _ place: Int) -> Bool { plain[t, 0, 0, place] != other[t, 0, 0, place] }
        #expect((0..<4).map { differs(0, $0) } == [true, true, false, false])
        #expect((0..<4).map { differs(1, $0) } == [true, true, true, false])
        #expect((0..<4).map { differs(2, $0) } == [true, true, true, true])
    }

    @Test("padding reaches nothing, and rows are as they are alone", arguments: [false, true])
    func masks(isReversed: Bool) {
        let lengths = [5, 2, 3]
        var poisoned = planes
        for (row, length) in lengths.enumerated() {
            for step in length..<5 { poisoned[step, row] = Tensor(repeating: .nan, shape: [2, 3, 2]) }
        }
        let layer = Recurrent(plane, isReversed: isReversed)
        let result = layer(poisoned, lengths: lengths)
        for (row, length) in lengths.enumerated() {
            let alone = layer(planes.slice(axis: 1, row..<row + 1).slice(axis: 0, 0..<length))
            let found = result.outputs.slice(axis: 1, row..<row + 1)
            #expect(
                found.slice(axis: 0, 0..<length).isClose(to: alone.outputs, relativeTolerance: 1e-13), "row \(row)")
            #expect(found.slice(axis: 0, length..<5).scalars.allSatisfy { $0 == 0 })
            #expect(result.finalState[row].isClose(to: alone.finalState[0], relativeTolerance: 1e-13))
        }
        let gradient = gradient(at: poisoned) { square(layer($0, lengths: lengths).outputs).sum() }
        #expect(gradient.scalars.allSatisfy { $0.isFinite })
        let gaps = Tensor<Bool>(shape: [5, 3], scalars: (0..<15).map { $0 % 4 != 1 })
        #expect(layer(planes, mask: .steps(gaps)).outputs.shape == [5, 3, 2, 3, 2])
        #expect(layer.last(poisoned, mask: .lengths(lengths)).output.shape == [3, 2, 3, 2])
    }

    @Test("two directions lie side by side along the channels")
    func bidirectional() {
        let both = Bidirectional(plane, plane)
        let result = both(planes)
        #expect(result.outputs.shape == [5, 3, 4, 3, 2])
        #expect(result.outputs.slice(axis: 2, 0..<2) == Recurrent(plane)(planes).outputs)
        #expect(result.outputs.slice(axis: 2, 2..<4) == Recurrent(plane, isReversed: true)(planes).outputs)
        let batchFirst = Bidirectional(plane, plane, batchFirst: true)(planes.permuted([1, 0, 2, 3, 4])).outputs
        #expect(batchFirst.permuted([1, 0, 2, 3, 4]) == result.outputs)
    }

    @Test("layers of maps, and layers after them that are applied to each step")
    func layers() {
        let stacked = RecurrentLayers(cells: [line, line])
        let result = stacked(lines)
        #expect(result.finalState.hidden.shape == [2, 3, 2, 4])
        #expect(result.outputs == Recurrent(line)(Recurrent(line)(lines).outputs).outputs)
        let (output, _) = stacked.step(lines[0])
        #expect(output == result.outputs[0])
        let chain = RecurrentSequential {
            Recurrent(plane)
            TimeDistributed(Linear<Double>(inputSize: 2, outputSize: 7))
        }
        #expect(chain(planes, lengths: [5, 1, 2]).outputs.shape == [5, 3, 2, 3, 7])
    }

    @Test("truncation, segments and a stream give what the whole gives")
    func segments() {
        let whole = Recurrent(line)(lines)
        #expect(Recurrent(line, recomputation: 2)(lines).outputs == whole.outputs)
        #expect(Recurrent(line, truncation: 2)(lines).outputs == whole.outputs)
        func gradients(_ recomputation: Int?) -> [Double] {
            gradient(at: line) { square(Recurrent($0, recomputation: recomputation)(lines).outputs).sum() }
                .recurrent.weights.packed.scalars
        }
        #expect(blockError(gradients(2), gradients(nil)) < 1e-13)
        var stream = Stateful(Recurrent(line))
        let parts = [stream(lines.slice(axis: 0, 0..<2)).outputs, stream(lines.slice(axis: 0, 2..<5)).outputs]
        #expect(concatenate(parts) == whole.outputs)
    }

    @Test("wrappers around cells of maps")
    func wrappers() {
        let plain = Recurrent(plane)(planes)
        #expect(Recurrent(Residual(plane))(planes).outputs == plain.outputs + planes)
        let zoneout = Recurrent(Zoneout(plane, rate: 1))(planes, initialState: .ones([3, 2, 3, 2]))
        #expect(zoneout.finalState == .ones([3, 2, 3, 2]))
        var learned = LearnedInitialState(plane)
        learned.initial = .ones([1, 2, 3, 2])
        #expect(
            Recurrent(learned)(planes).outputs
                == Recurrent(plane)(planes, initialState: .ones([3, 2, 3, 2])).outputs)
        let pair = Stacked {
            plane
            plane
        }
        #expect(Recurrent(pair)(planes).outputs == Recurrent(plane)(plain.outputs).outputs)
        let begins = Tensor<Bool>(shape: [5, 3], scalars: (0..<15).map { $0 == 6 })
        let reset = Recurrent(Reset(plane))(.init(planes, begins: begins)).outputs
        #expect(reset[1] == plain.outputs[1] && reset[2, 1] == plain.outputs[2, 1])
        #expect(reset[2, 0] == plane.step(planes[2], plane.initialState(batchSize: 3)).output[0])
    }

    @Test("dropout kinds around cells of maps")
    func dropout() {
        withMode(.training) {
            withRandomSeed(5) {
                let plain = Recurrent(line)(lines).outputs
                let masked = Recurrent(VariationalDropout(line, input: 0.5, state: 0.5, output: 0.5))(lines).outputs
                let isZero = masked .== 0
                #expect((1..<5).allSatisfy { isZero[$0] == isZero[0] } && isZero[0].scalars.contains(true))
                #expect(Recurrent(RecurrentDropout(line, rate: 0.5))(lines).outputs != plain)
                #expect(Recurrent(DropConnect(line, rate: 0.5))(lines).outputs != plain)
            }
        }
        #expect(Recurrent(DropConnect(line, rate: 0.5))(lines).outputs == Recurrent(line)(lines).outputs)
    }

    @Test("a highway's gate is the same at every place, over the channels of each")
    func highway() {
        let highway = withRandomSeed(6) { Highway(plane, featureCount: 2) }
        let plain = plane.step(planes[0], .ones([3, 2, 3, 2])).output
        let output = highway.step(planes[0], .ones([3, 2, 3, 2])).output
        for row in 0..<3 {
            for (i, j) in [(0, 0), (0, 1), (1, 0), (2, 1)] {
                func place(_ maps: Tensor<Double>) -> Tensor<Double> {
                    stack([maps[row, 0, i, j], maps[row, 1, i, j]])
                }
                let x = place(planes[0])
                let gate = sigmoid(highway.gate(x.unsqueezed(axis: 0))[0])
                let expected = gate * place(plain) + (1 - gate) * x
                #expect(place(output).isClose(to: expected, relativeTolerance: 1e-13))
            }
        }
    }

    @Test("traces and gradient flow over maps")
    func inspection() {
        let (result, trace) = Recurrent(line).trace(lines)
        #expect(trace["forget"].shape == [5, 3, 2, 4] && trace["hidden"] == result.outputs)
        let flow = Recurrent(plane).gradientFlow(planes) { square($0.outputs[-1]).sum() }
        let last = Recurrent(plane)(planes).outputs[-1]
        #expect(flow["state"].count == 5)
        #expect(abs(flow["state"][4] - 2 * last.norm().scalar) < 1e-12)
        #expect(flow["state"][0] > 0 && flow["state"][0] < flow["state"][4])
    }
}
