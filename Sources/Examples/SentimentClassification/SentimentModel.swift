import Tapestry

/// Tells the class of a sentence: embedded words, an LSTM in each direction, the mean of its outputs over the words,
/// and a linear layer. While training, dropout between them, and some words are taken for unknown ones.
struct SentimentModel: Module {
    var embedding: Embedding<Float>
    var recurrent: Bidirectional<Recurrent<LSTMCell<Float>>, Recurrent<LSTMCell<Float>>>
    var output: Linear<Float>
    let dropout: Dropout<Float>
    let wordDropout: Double

    init(_ plan: ModelPlan, dropout: Double = 0, wordDropout: Double = 0) {
        let (size, hidden) = (plan.settings.embedding, plan.settings.hidden)
        embedding = Embedding(
            vocabularySize: plan.vocabulary.count, size: size, initializer: .normal(standardDeviation: 0.3))
        recurrent = Bidirectional(
            LSTMCell(inputSize: size, hiddenSize: hidden), LSTMCell(inputSize: size, hiddenSize: hidden))
        output = Linear(inputSize: 2 * hidden, outputSize: plan.classes.count)
        self.dropout = Dropout(rate: dropout)
        self.wordDropout = wordDropout
    }

    /// The index of words that are not in the vocabulary.
    static let unknown: Int32 = 0

    /// Logits `[batch, classes]`.
    func callAsFunction(_ sentences: PaddedSequences) -> Tensor<Float> {
        var words = sentences.indices
        if Mode.current == .training, wordDropout > 0 {
            words = select(Tensor<Float>.uniform(words.shape) .< Float(wordDropout), Tensor(Self.unknown), words)
        }
        let outputs = recurrent(dropout(embedding(words)), lengths: sentences.lengths).outputs
        // Outputs at padding are zero.
        let mean = outputs.sum(axes: [0]) / Tensor(sentences.lengths.map { Float($0) }).unsqueezed(axis: 1)
        return output(dropout(mean))
    }
}

/// What a model was made with: it is saved beside the model, to make one like it again.
struct ModelPlan: Codable {
    var vocabulary: Vocabulary
    var classes: [String]
    var settings: ModelSettings

    /// Sentences side by side.
    func padded(_ sentences: [[String]]) -> PaddedSequences {
        PaddedSequences(sentences.map { $0.map { vocabulary.index(of: $0) ?? SentimentModel.unknown } })
    }
}

/// A model and its plan: a sentence's words to the probability of each class.
struct SentimentClassifier {
    var model: SentimentModel
    let plan: ModelPlan

    /// The logits of sentences, `[batch, classes]`.
    func logits(_ sentences: [[String]]) -> Tensor<Float> {
        // Many at a time would take much memory.
        concatenate(sentences.batches(of: 256).map { model(plan.padded($0)) }, axis: 0)
    }
}

extension SentimentClassifier {
    /// Reads what was saved, settings included.
    init(contentsOf path: String, _ settings: inout Settings) throws {
        let plan: ModelPlan = try Settings.options.plan(inFile: path)
        try Settings.options.adopt(plan.settings, as: \.model, in: &settings, from: path)
        guard plan.vocabulary.count > 0, plan.classes.count > 1 else {
            throw FileFormatError(path: path, reason: "its plan is of no classifier")
        }
        self.init(model: SentimentModel(plan), plan: plan)
        try model.load(from: path)
    }
}
