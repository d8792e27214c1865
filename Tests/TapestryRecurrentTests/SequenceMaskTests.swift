import TapestryAutograd
import TapestryLayers
import TapestryRecurrent
import Testing

/// Sequences of different lengths, and gaps, in one batch: every row gives what it gives alone.
@Suite struct SequenceMaskTests {
    private static let lengths = [4, 1, 6, 3]
    private static let (stepCount, batchSize) = (6, 4)

    /// A layer over a user's cell, inputs `[6, 4, 2]` whose padding is NaN, and a state.
    private struct Example {
        var layer = withRandomSeed(1) { Recurrent(LeakyCell<Double>(inputSize: 2, hiddenSize: 3)) }
        let clean = Tensor<Double>.normal([stepCount, batchSize, 2], using: RandomSource(seed: 2))
        let state = Tensor<Double>.normal([batchSize, 3], using: RandomSource(seed: 3))
        let cotangent = Tensor<Double>.normal([stepCount, batchSize, 3], using: RandomSource(seed: 4))
        let isThere: [[Bool]]

        init(_ isThere: [[Bool]]) { self.isThere = isThere }

        init(_ lengths: [Int]) {
            self.init((0..<stepCount).map { t in lengths.map { t < $0 } })
        }

        /// NaN where nothing is there.
        var padded: Tensor<Double> {
            let mask = Tensor(shape: [stepCount, batchSize, 1], scalars: isThere.flatMap(\.self))
            return select(mask, clean, Tensor(repeating: .nan, shape: clean.shape))
        }

        /// The steps that are there of one row, `[steps, 1, features]`.
        func steps(of tensor: Tensor<Double>, row: Int) -> Tensor<Double> {
            let rows = tensor.slice(axis: 1, row..<row + 1)
            return concatenate((0..<stepCount).filter { isThere[$0][row] }.map { rows.slice(axis: 0, $0..<$0 + 1) })
        }

        func loss(_ result: RecurrentResult<Tensor<Double>, Tensor<Double>>, _ cotangent: Tensor<Double>) -> Tensor<
            Double
        > {
            (result.outputs * cotangent).sum() + square(result.finalState).sum()
        }
    }

    private func check(
        _ example: Example, _ mask: SequenceMask, isReversed: Bool = false,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var example = example
        example.layer = Recurrent(example.layer.cell, isReversed: isReversed)
        let layer = example.layer
        let result = layer(example.padded, initialState: example.state, mask: mask)
        let gradients = gradient(at: layer, example.padded, example.state) { layer, inputs, state in
            example.loss(layer(inputs, initialState: state, mask: mask), example.cotangent)
        }
        var expectedGradient = layer.zerosLike
        for row in 0..<Self.batchSize {
            let alone = example.steps(of: example.clean, row: row)
            let state = example.state.slice(axis: 0, row..<row + 1)
            let expected = layer(alone, initialState: state)
            #expect(
                example.steps(of: result.outputs, row: row).isClose(to: expected.outputs, relativeTolerance: 1e-14),
                "outputs of row \(row)", sourceLocation: sourceLocation)
            #expect(
                result.finalState[row].isClose(to: expected.finalState[0], relativeTolerance: 1e-14),
                "state of row \(row)", sourceLocation: sourceLocation)
            let rowGradients = gradient(at: layer, alone, state) { layer, inputs, state in
                example.loss(layer(inputs, initialState: state), example.steps(of: example.cotangent, row: row))
            }
            expectedGradient = zip(expectedGradient, rowGradients.0)
            #expect(
                example.steps(of: gradients.1, row: row).isClose(to: rowGradients.1, relativeTolerance: 1e-12),
                "gradient of the inputs of row \(row)", sourceLocation: sourceLocation)
            #expect(
                gradients.2[row].isClose(to: rowGradients.2[0], relativeTolerance: 1e-12),
                "gradient of the state of row \(row)", sourceLocation: sourceLocation)
            for t in 0..<Self.stepCount where !example.isThere[t][row] {
                #expect(result.outputs[t, row].scalars == [0, 0, 0], sourceLocation: sourceLocation)
                #expect(gradients.1[t, row].scalars == [0, 0], sourceLocation: sourceLocation)
            }
        }
        for (found, expected) in Swift.zip(gradients.0.parameters, expectedGradient.parameters) {
            #expect(
                found.tensor(as: Double.self).isClose(to: expected.tensor(), relativeTolerance: 1e-12),
                "\(found.path)", sourceLocation: sourceLocation)
        }
    }

    private func zip<M: Module>(_ a: M, _ b: M) -> M {
        gradient(at: a) { a in
            Swift.zip(a.parameters, Swift.zip(a.withoutDerivative().parameters, b.parameters)).reduce(Tensor(0.0)) {
                let sum = $1.1.0.tensor(as: Double.self) + $1.1.1.tensor(as: Double.self)
                return $0 + ($1.0.tensor(as: Double.self) * sum).sum()
            }
        }
    }

    @Test("padding at the end", arguments: [false, true])
    func lengths(_ isReversed: Bool) {
        check(Example(Self.lengths), .lengths(Self.lengths), isReversed: isReversed)
    }

    @Test("gaps anywhere, at the first and the last step too", arguments: [false, true])
    func gaps(_ isReversed: Bool) {
        let isThere = [
            [true, false, true, false], [false, false, true, true], [true, true, false, true],
            [true, false, true, true],
            [false, false, true, true], [true, false, false, true],
        ]
        let mask = Tensor(shape: [6, 4], scalars: isThere.flatMap(\.self))
        check(Example(isThere), .steps(mask), isReversed: isReversed)
    }

    @Test("lengths are a mask, and batch may come first")
    func forms() {
        let example = Example(Self.lengths)
        let (layer, inputs) = (example.layer, example.padded)
        let expected = layer(inputs, lengths: Self.lengths)
        let mask = Tensor(shape: [6, 4], scalars: example.isThere.flatMap(\.self))
        #expect(layer(inputs, mask: .steps(mask)).outputs == expected.outputs)
        let batchFirst = Recurrent(layer.cell, batchFirst: true)
        #expect(batchFirst(inputs.transposed(0, 1), lengths: Self.lengths).outputs.transposed(0, 1) == expected.outputs)
        let byMask = batchFirst(inputs.transposed(0, 1), mask: .steps(mask.transposed()))
        #expect(byMask.outputs.transposed(0, 1) == expected.outputs)
    }

    @Test("the last output is that of the last step that is there", arguments: [false, true])
    func last(_ isReversed: Bool) {
        let example = Example(Self.lengths)
        let layer = Recurrent(example.layer.cell, isReversed: isReversed)
        let all = layer(example.padded, lengths: Self.lengths)
        let (output, state) = layer.last(example.padded, mask: .lengths(Self.lengths))
        for (row, length) in Self.lengths.enumerated() {
            #expect(output[row] == all.outputs[isReversed ? 0 : length - 1, row])
        }
        #expect(state == all.finalState)
        #expect(layer.last(example.clean).output == layer(example.clean).outputs[isReversed ? 0 : -1])
    }

    @Test("both directions begin at the ends of each sequence")
    func bidirectional() {
        let example = Example(Self.lengths)
        let layer = withRandomSeed(5) {
            Bidirectional(
                LeakyCell<Double>(inputSize: 2, hiddenSize: 3), LeakyCell<Double>(inputSize: 2, hiddenSize: 3))
        }
        let result = layer(example.padded, lengths: Self.lengths)
        #expect(result.outputs.shape == [6, 4, 6])
        for row in 0..<Self.batchSize {
            let expected = layer(example.steps(of: example.clean, row: row))
            #expect(
                example.steps(of: result.outputs, row: row).isClose(to: expected.outputs, relativeTolerance: 1e-14))
            #expect(
                result.finalState.backward[row].isClose(to: expected.finalState.backward[0], relativeTolerance: 1e-14))
        }
        let gradient = gradient(at: layer) { square($0(example.padded, lengths: Self.lengths).outputs).sum() }
        #expect(gradient.parameterNorm.isFinite)
    }

    @Test("a mask goes through layers of all kinds")
    func chains() {
        let example = Example(Self.lengths)
        let chain = withRandomSeed(6) {
            RecurrentSequential {
                Recurrent(LeakyCell<Double>(inputSize: 2, hiddenSize: 3))
                TimeDistributed(Linear<Double>(inputSize: 3, outputSize: 5))
                Bidirectional(
                    LSTMCell<Double>(inputSize: 5, hiddenSize: 2), GRUCell<Double>(inputSize: 5, hiddenSize: 2),
                    merge: .mean)
                LSTM<Double>(inputSize: 2, hiddenSize: 3, layers: 2)
            }
        }
        let result = chain(example.padded, lengths: Self.lengths)
        for row in 0..<Self.batchSize {
            let expected = chain(example.steps(of: example.clean, row: row))
            #expect(
                example.steps(of: result.outputs, row: row).isClose(to: expected.outputs, relativeTolerance: 1e-13))
        }
        for t in 0..<Self.stepCount {
            for row in 0..<Self.batchSize where t >= Self.lengths[row] {
                #expect(result.outputs[t, row].scalars.allSatisfy { $0 == 0 })
            }
        }
        let gradient = gradient(at: chain) { square($0(example.padded, lengths: Self.lengths).outputs).sum() }
        #expect(gradient.parameterNorm.isFinite)
    }
}
