import Foundation
import Tapestry
import TapestryCommand

extension Interpreter {
    /// Trains on pairs, and keeps the model of the epoch that is best on the validation pairs; Ctrl-C ends it early.
    mutating func train(on pairs: Pairs, _ settings: Settings) {
        var optimizer = Adam(for: model, learningRate: settings.learningRate)
        let source = RandomSource.current
        let perEpoch = (pairs.training.count + settings.batch - 1) / settings.batch
        let progress = ProgressBar(total: perEpoch * settings.epochs, unit: "pairs")
        var best = (loss: Double.infinity, model: model)
        for epoch in 0..<settings.epochs {
            let batches = pairs.training.batches(
                of: settings.batch, byLength: { $0.target.count }, shuffledBy: source)
            for (number, batch) in batches.enumerated() where !Interrupt.isRequested {
                let done = (Double(epoch) + Double(number) / Double(batches.count)) / Double(settings.epochs)
                optimizer.learningRate = settings.learningRate * (1 + cos(.pi * done)) / 2
                let isForced = source.uniform() < settings.teacherForcing
                let (loss, gradient) = valueAndGradient(at: model) {
                    self.loss(of: $0, batch, teacherForced: isForced)
                }
                optimizer.update(&model, along: gradient.clipped(toNorm: 1))
                progress.advance(
                    units: Double(batch.count), figures: ["loss": Double(loss.scalar), "held out": best.loss])
            }
            let held = pairs.validation.batches(of: settings.batch).map { batch in
                Double(loss(of: model, batch, teacherForced: true).scalar) * Double(batch.count)
            }
            let heldLoss = held.reduce(0, +) / Double(pairs.validation.count)
            if heldLoss < best.loss { best = (heldLoss, model) }
            if Interrupt.isRequested { break }
        }
        progress.finish()
        model = best.model
    }

    /// The mean cross-entropy of the words of translations and their ends, in nats. Before each word the decoder sees
    /// the right one, or, without teacher forcing, the one that it would have chosen itself.
    private func loss(of model: Translator, _ batch: [Pair], teacherForced: Bool) -> Tensor<Float> {
        let targets = PaddedSequences(batch.map { targetIndices($0.target) + [Special.end] })
        let (steps, count) = (targets.indices.shape[0], batch.count)
        var words = batch.map { [Special.start] + targetIndices($0.target) }
        if !teacherForced {
            // Its choices are constants.
            let chosen = withMode(.inference) {
                greedyWords(self.model.encoded(batch.map { sourceIndices($0.source) }), steps: steps)
            }
            words = chosen.map { [Special.start] + $0.dropLast() }
        }
        let encoded = model.encoded(batch.map { sourceIndices($0.source) })
        let inputs = PaddedSequences(words, length: steps).indices.transposed()
        let features = model.decoded(inputs, encoded, model.firstState(encoded)).features
        // Of the padding nothing is asked, and the large output layer is spared it.
        let places = (0..<count).flatMap { row in (0..<targets.lengths[row]).map { Int32(row * steps + $0) } }
        let rows = Tensor(places)
        let isAsked = features.reshaped(to: [count * steps, features.shape[2]]).rows(at: rows)
        return crossEntropy(model.output(isAsked), targets.indices.transposed().flattened().slices(axis: 0, at: rows))
    }
}
