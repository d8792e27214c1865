import Foundation
import Tapestry

/// Tells the class of a sentence: embedded words, an LSTM in each direction, the mean of its outputs over the words, and a
/// linear layer. While training, dropout between them, and some words are taken for unknown ones.
struct SentimentModel: Module {
    var embedding: Embedding<Float>
    var recurrent: Bidirectional<Recurrent<LSTMCell<Float>>, Recurrent<LSTMCell<Float>>>
    var output: Linear<Float>
    let dropout: Dropout<Float>
    let wordDropout: Double

    init(_ plan: ModelPlan, dropout: Double = 0, wordDropout: Double = 0) {
        embedding = Embedding(
            vocabularySize: plan.vocabulary.count, size: plan.embedding, initializer: .normal(standardDeviation: 0.3))
        recurrent = Bidirectional(
            LSTMCell(inputSize: plan.embedding, hiddenSize: plan.hidden),
            LSTMCell(inputSize: plan.embedding, hiddenSize: plan.hidden))
        output = Linear(inputSize: 2 * plan.hidden, outputSize: plan.classes.count)
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
    var embedding, hidden: Int

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

    func save(to path: String) throws {
        let text = String(decoding: try JSONEncoder().encode(plan), as: UTF8.self)
        try model.save(to: path, metadata: ["plan": text])
    }
}

extension SentimentClassifier {
    /// Reads what `save` wrote.
    init(contentsOf path: String) throws {
        let file = try Safetensors(contentsOf: path)
        guard let text = file.metadata["plan"],
            let plan = try? JSONDecoder().decode(ModelPlan.self, from: Data(text.utf8)),
            min(plan.vocabulary.count, plan.embedding, plan.hidden, plan.classes.count - 1) > 0
        else { throw FileFormatError(path: path, reason: "it is not a file that SentimentClassification saved") }
        self.init(model: SentimentModel(plan), plan: plan)
        try model.load(from: path)
    }
}
