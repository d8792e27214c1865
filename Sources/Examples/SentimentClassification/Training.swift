import Foundation
import Tapestry
import TapestryCommand

/// A classifier that learned from sentences until the loss on others stopped falling; Ctrl-C ends it early.
func train(on data: SentimentData, _ naive: NaiveBayes, _ settings: Settings) throws -> SentimentClassifier {
    let training = data.training
    let vocabulary = Vocabulary(
        counting: training.map(\.words), minimumCount: settings.minimumCount, special: ["<unknown>"],
        unknown: "<unknown>")
    let vectors = try settings.vectors.map { try WordVectors(contentsOf: $0, keeping: vocabulary.contains) }
    var settings = settings
    if let vectors, let path = settings.vectors {
        try Settings.options.adopt(vectors.size, as: \.model.embedding, in: &settings, from: path)
    }
    let plan = ModelPlan(vocabulary: vocabulary, classes: data.classes, settings: settings.model)
    var model = SentimentModel(plan, dropout: settings.dropout, wordDropout: settings.wordDropout)
    if let vectors {
        model.embedding.weights = vectors.table(for: vocabulary, others: model.embedding.weights)
    } else {
        model.embedding.begin(with: naive, vocabulary)
    }
    print("\(vocabulary.count) words known, \(model.parameterCount) parameters")
    var optimizer = Adam(for: model, learningRate: settings.learningRate)
    let progress = ProgressBar(total: settings.epochs * training.count, unit: "sentences")
    var best = (loss: Double.infinity, model: model, epoch: 0)
    let source = RandomSource.current
    for epoch in 1...settings.epochs where epoch - best.epoch <= settings.patience {
        for batch in training.batches(of: settings.batch, byLength: \.words.count, shuffledBy: source) {
            if Interrupt.isRequested { break }
            let sentences = plan.padded(batch.map(\.words))
            let targets = Tensor(batch.map { Int32($0.label) })
            let (loss, gradient) = valueAndGradient(at: model) { crossEntropy($0(sentences), targets) }
            optimizer.update(&model, along: gradient.clipped(toNorm: 1))
            progress.advance(by: batch.count, figures: ["loss": Double(loss.scalar)])
        }
        let held = SentimentClassifier(model: model, plan: plan).evaluated(on: data.validation)
        progress.note(String(format: "epoch %d: %.4f on the sentences to stop by", epoch, held.loss))
        if held.loss < best.loss { best = (held.loss, model, epoch) }
        if Interrupt.isRequested { break }
    }
    progress.finish()
    print("Best on the sentences to stop by after epoch \(best.epoch)")
    return SentimentClassifier(model: best.model, plan: plan)
}

extension SentimentClassifier {
    /// The mean cross-entropy, and how often each class was taken for each.
    func evaluated(on sentences: [TokenizedSentence]) -> (loss: Double, confusion: ConfusionMatrix) {
        let logits = logits(sentences.map(\.words))
        let targets = Tensor(sentences.map { Int32($0.label) })
        var confusion = ConfusionMatrix(classCount: plan.classes.count)
        confusion.add(
            predictions: logits.argMax(axis: 1).scalars.map { Int($0) }, targets: sentences.map(\.label))
        return (Double(crossEntropy(logits, targets).scalar), confusion)
    }
}

extension Embedding<Float> {
    /// Sets the first features of each word to its log-count ratios, one for each class: from some thousand sentences
    /// alone, what a word says of the class is learned with less accuracy than it is counted.
    mutating func begin(with naive: NaiveBayes, _ vocabulary: Vocabulary) {
        let size = weights.shape[1]
        let rows = vocabulary.tokens.map { naive.ratios(of: $0).prefix(size).map { Float($0) } }
        let table = Tensor(shape: [rows.count, rows[0].count], scalars: rows.flatMap(\.self))
        weights = concatenate([table, weights.slice(axis: 1, table.shape[1]..<size)], axis: 1)
    }
}
