import Tapestry
import TapestryCommand

/// A model that learned from sentences until the loss on others stopped falling; Ctrl-C ends it early.
func train(
    on training: [LabelledSentence], validatedBy validation: [LabelledSentence], classes: [String], _ naive: NaiveBayes,
    _ settings: Settings
) throws -> SentimentClassifier {
    let vocabulary = Vocabulary(
        counting: training.map(\.words), minimumCount: settings.minimumCount, special: ["<unknown>"],
        unknown: "<unknown>")
    let vectors = try settings.vectors.map { try WordVectors(contentsOf: $0, keeping: vocabulary.contains) }
    let plan = ModelPlan(
        vocabulary: vocabulary, classes: classes, embedding: vectors?.size ?? settings.embedding,
        hidden: settings.hidden)
    var model = SentimentModel(plan, dropout: settings.dropout, wordDropout: settings.wordDropout)
    if let vectors {
        model.embedding.weights = vectors.table(for: vocabulary, others: model.embedding.weights)
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
            progress.advance(by: batch.count, figures: ["loss": Double(loss.scalar), "held out": best.loss])
        }
        let held = SentimentClassifier(model: model, plan: plan).evaluated(on: validation)
        if held.loss < best.loss { best = (held.loss, model, epoch) }
        progress.note("epoch \(epoch): loss \(held.loss), accuracy \(held.confusion.accuracy)")
        if Interrupt.isRequested { break }
    }
    progress.finish()
    return SentimentClassifier(model: best.model, plan: plan)
}

extension SentimentClassifier {
    /// The mean cross-entropy, and how often each class was taken for each.
    func evaluated(on sentences: [LabelledSentence]) -> (loss: Double, confusion: ConfusionMatrix) {
        let logits = logits(sentences.map(\.words))
        let targets = Tensor(sentences.map { Int32($0.label) })
        var confusion = ConfusionMatrix(classCount: plan.classes.count)
        confusion.add(
            predictions: logits.argMax(axis: 1).scalars.map { Int($0) }, targets: sentences.map(\.label))
        return (Double(crossEntropy(logits, targets).scalar), confusion)
    }
}
