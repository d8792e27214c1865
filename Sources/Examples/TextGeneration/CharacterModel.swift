import Tapestry

/// Foretells the next character of a text: an embedding, an LSTM, and a linear layer, with dropout between them.
struct CharacterModel: Module {
    var embedding: Embedding<Float>
    var recurrent: LSTM<Float>
    var output: Linear<Float>
    let dropout: Dropout<Float>

    init(_ plan: ModelPlan, dropout: Double) {
        let sizes = plan.settings
        embedding = Embedding(vocabularySize: plan.vocabulary.count, size: sizes.embedding)
        recurrent = LSTM(
            inputSize: sizes.embedding, hiddenSize: sizes.hidden, layers: sizes.layers, dropout: dropout)
        output = Linear(inputSize: sizes.hidden, outputSize: plan.vocabulary.count)
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
struct ModelPlan: Codable {
    var vocabulary: Vocabulary
    var settings: ModelSettings
}

extension CharacterModel {
    /// Reads what was saved, settings included.
    static func loaded(
        from path: String, _ settings: inout Settings
    ) throws -> (model: CharacterModel, plan: ModelPlan) {
        let plan: ModelPlan = try Settings.options.plan(inFile: path)
        try Settings.options.adopt(plan.settings, as: \.model, in: &settings, from: path)
        if plan.vocabulary.count == 0 { throw FileFormatError(path: path, reason: "its model knows no characters") }
        var model = CharacterModel(plan, dropout: 0)
        try model.load(from: path)
        return (model, plan)
    }
}
