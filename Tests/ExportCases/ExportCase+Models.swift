import Tapestry

/// A model of several layers, with whole numbers as inputs.
private struct Tagger: Module {
    var embedding = Embedding<Float>(vocabularySize: 11, size: 5)
    var layer = Bidirectional(
        LSTMCell<Float>(inputSize: 5, hiddenSize: 4), GRUCell<Float>(inputSize: 5, hiddenSize: 3))
    var output = Linear<Float>(inputSize: 7, outputSize: 3)

    func callAsFunction(_ tokens: Tensor<Int32>) -> Tensor<Float> {
        output(layer(embedding(tokens)).outputs).softmax()
    }
}

/// A cell as a user writes one, with a comparison in it, a value that is chosen by it, and time in its state.
private struct CountingCell: RecurrentCell {
    struct State: Module {
        var hidden: Tensor<Float>
        var count: Tensor<Float>
    }

    var input = Linear<Float>(inputSize: 3, outputSize: 4)
    var recurrent = Linear<Float>(inputSize: 4, outputSize: 4, bias: false)

    func initialState(batchSize: Int) -> State {
        State(hidden: .zeros([batchSize, 4]), count: .zeros([batchSize, 1]))
    }

    func step(_ x: Tensor<Float>, _ state: State) -> (output: Tensor<Float>, state: State) {
        let candidate = tanh(input(x) + recurrent(state.hidden) + sin(state.count))
        let next = select((candidate .> 0) .| (state.count .< 2), candidate, state.hidden * 0.5)
        return (next, State(hidden: next, count: state.count + 1))
    }
}

/// A sequence and which of its steps are there.
private struct MaskedInput: Module {
    var sequence: Tensor<Float>
    var isThere: Tensor<Bool>
}

extension ExportCase {
    static var models: [ExportCase] {
        let open = [0: "time", 1: "batch"]
        let tokens = Tensor<Int32>(shape: [4, 3], scalars: (0..<12).map { Int32($0 * 7 % 11) })
        let sequence = Tensor<Float>.uniform([5, 2, 3], from: -1)
        let there = Tensor<Bool>(shape: [5, 2], scalars: (0..<10).map { $0 % 3 != 1 })
        let layers = RecurrentLayers<LSTMCell<Float>>(inputSize: 3, hiddenSize: 4, layers: 2)
        return [
            ExportCase("tagger", Tagger(), at: tokens, openAxes: open) { $0($1) },
            ExportCase("tagger of fixed extents", Tagger(), at: tokens) { $0($1) },
            ExportCase("user's cell", Recurrent(CountingCell()), at: sequence, openAxes: open) { $0($1) },
            ExportCase(
                "reversed, batch first", Recurrent(CountingCell(), batchFirst: true, isReversed: true), at: sequence,
                openAxes: [0: "batch", 1: "time"]
            ) { $0($1) },
            ExportCase("last output", Recurrent(CountingCell()), at: sequence, openAxes: open) { $0.last($1).output },
            ExportCase(
                "last output, reversed", Recurrent(GRUCell<Float>(inputSize: 3, hiddenSize: 2), isReversed: true),
                at: sequence, openAxes: open
            ) { $0.last($1).output },
            ExportCase(
                "mask", Recurrent(CountingCell()), at: MaskedInput(sequence: sequence, isThere: there), openAxes: open
            ) { $0($1.sequence, mask: .steps($1.isThere)) },
            ExportCase("layers", layers, at: sequence, openAxes: open) { $0($1) },
            ExportCase(
                "stacked cells",
                Recurrent(
                    Stacked {
                        LSTMCell<Float>(inputSize: 3, hiddenSize: 4)
                        GRUCell<Float>(inputSize: 4, hiddenSize: 2)
                    }),
                at: sequence, openAxes: open
            ) { $0($1) },
            ExportCase(
                "mean over what is open", Linear<Float>(inputSize: 3, outputSize: 2), at: sequence, openAxes: open
            ) {
                tanh($0($1)).mean(axes: [0, 1])
            },
            ExportCase("rows of all steps", Linear<Float>(inputSize: 3, outputSize: 2), at: sequence, openAxes: open) {
                $0($1.reshaped(to: [$1.shape[0] * $1.shape[1], 3]))
            },
            // What would be a constant for a derivative depends on the input all the same.
            ExportCase(
                "cuts, checkpoints and batches", Linear<Float>(inputSize: 3, outputSize: 2), at: sequence,
                openAxes: open
            ) { layer, x in
                let kept = checkpointed(x) { tanh(layer($0)) }
                let mapped = vmap(over: x) { layer($0).sum(axes: [0], keepingAxes: true) }
                return stopGradient(kept) + withoutRecording { relu(layer(x)) } + mapped
            },
            ExportCase(
                "double precision", Recurrent(LSTMCell<Double>(inputSize: 3, hiddenSize: 4)), at: sequence,
                openAxes: open
            ) {
                $0($1.converted(to: Double.self))
            },
        ]
    }

    /// Functions that take derivatives themselves, of which there is a program with the rules in it.
    static var derivatives: [ExportCase] {
        let sequence = Tensor<Float>.uniform([3, 2, 3], from: -1)
        return [
            ExportCase("gradient of an LSTM", Recurrent(LSTMCell<Float>(inputSize: 3, hiddenSize: 4)), at: sequence) {
                model, input in
                gradient(at: model) { square($0(input).outputs).mean() }
            },
            ExportCase("gradient of a user's cell", Recurrent(CountingCell()), at: sequence) { model, input in
                gradient(at: model) { square($0(input).outputs).mean() }
            },
            ExportCase("gradient of the tagger", Tagger(), at: Tensor<Int32>([[1, 2], [3, 10], [0, 1]])) {
                model, tokens in
                gradient(at: model) { square($0(tokens)).sum() }
            },
            ExportCase("second derivative", Tensor<Float>([0.5, -1, 0.2]), at: Tensor<Float>([1, 2, 3])) { x, y in
                gradient(at: x) { x in (gradient(at: x) { (tanh($0 * y) * $0).sum() } * y).sum() }
            },
        ]
    }
}
