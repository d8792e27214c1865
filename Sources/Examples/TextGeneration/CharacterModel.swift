import Tapestry

/// Foretells the next character of a text: an embedding, an LSTM, and a linear layer, with dropout between them.
struct CharacterModel: Module {
    var embedding: Embedding<Float>
    var recurrent: LSTM<Float>
    var output: Linear<Float>
    let dropout: Dropout<Float>

    init(_ shape: ModelShape, dropout: Double) {
        embedding = Embedding(vocabularySize: shape.vocabulary.count, size: shape.embedding)
        recurrent = LSTM(
            inputSize: shape.embedding, hiddenSize: shape.hidden, layers: shape.layers, dropout: dropout)
        output = Linear(inputSize: shape.hidden, outputSize: shape.vocabulary.count)
        self.dropout = Dropout(rate: dropout)
    }

    /// Logits `[time, batch, vocabulary]` for characters `[time, batch]`, and the state after the last one.
    func callAsFunction(
        _ characters: Tensor<Int32>, _ state: LSTMState<Float>? = nil
    ) -> (logits: Tensor<Float>, state: LSTMState<Float>) {
        let result = recurrent(embedding(characters), initialState: state)
        return (output(dropout(result.outputs)), result.finalState)
    }

    /// The mean cross-entropy over a stream of characters, in nats, read side by side with the state carried along.
    func surprise(over stream: TokenStream, steps: Int) -> Surprise {
        var state: LSTMState<Float>?
        var (sum, count) = (0.0, 0)
        for window in stream.windows(steps: steps, batch: 16) {
            let logits: Tensor<Float>
            (logits, state) = self(window.inputs, state)
            sum += Double(crossEntropy(logits, window.targets, reduction: .sum).scalar)
            count += window.targets.count
        }
        return Surprise(nats: sum / Double(count))
    }

    /// Characters that go on from a prompt, which must not be empty.
    func written(after prompt: [Int32], count: Int, by sampler: TokenSampler) -> [Int32] {
        var (logits, state) = self(Tensor(shape: [prompt.count, 1], scalars: prompt))
        var written: [Int32] = []
        for _ in 0..<count {
            let next = sampler.token(logits.slice(axis: 0, at: -1))
            written.append(next)
            (logits, state) = self(Tensor(shape: [1, 1], scalars: [next]), state)
        }
        return written
    }
}

/// What a model was made with: it is saved beside the model, to make one like it again.
struct ModelShape: Codable {
    var vocabulary: Vocabulary
    var embedding, hidden, layers: Int
}

extension CharacterModel {
    /// Reads what `save(to:plan:)` wrote.
    static func loaded(from path: String) throws -> (model: CharacterModel, shape: ModelShape) {
        let shape: ModelShape = try Safetensors.plan(inFile: path)
        let sizes = [shape.vocabulary.count, shape.embedding, shape.hidden, shape.layers]
        guard sizes.allSatisfy((1...65_536).contains) else {
            throw FileFormatError(path: path, reason: "its plan is of no character model")
        }
        var model = CharacterModel(shape, dropout: 0)
        try model.load(from: path)
        return (model, shape)
    }
}
