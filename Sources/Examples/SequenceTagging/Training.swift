import Foundation
import Tapestry
import TapestryCommand

/// A tagger that learned until its spans on other sentences got no better; Ctrl-C ends it early.
func train(_ plan: TaggerPlan, on data: TaggedSentences, hasField: Bool, _ settings: Settings) -> Tagger {
    var model = Tagger(plan, hasField: hasField, dropout: settings.dropout)
    var optimizer = Adam(for: model, learningRate: settings.learningRate)
    var best = (f1: -1.0, model: model, epoch: 0)
    let indices = Dictionary(uniqueKeysWithValues: plan.tags.enumerated().map { ($1, Int32($0)) })
    let progress = ProgressBar(total: settings.epochs * data.training.count, unit: "sentences")
    for epoch in 1...settings.epochs where epoch - best.epoch <= settings.patience {
        for batch in data.training.batches(of: settings.batch, shuffledBy: .current) {
            if Interrupt.isRequested { break }
            let words = plan.padded(batch.map(\.words))
            let tags = PaddedSequences(batch.map { $0.tags.map { indices[$0]! } })
            let (loss, gradient) = valueAndGradient(at: model) { $0.loss(words, tags) }
            optimizer.update(&model, along: gradient.clipped(toNorm: 5))
            progress.advance(by: batch.count, figures: ["loss": Double(loss.scalar)])
        }
        let f1 = Evaluation(model.tags(of: data.validation, plan), of: data.validation).spans.f1
        progress.note(String(format: "epoch %d: span F1 %.4f on the sentences to stop by", epoch, f1))
        if f1 > best.f1 { best = (f1, model, epoch) }
        if Interrupt.isRequested { break }
    }
    progress.finish()
    return best.model
}

extension Tagger {
    /// The tags of sentences.
    func tags(of sentences: [TaggedSentence], _ plan: TaggerPlan) -> [[String]] {
        sentences.batches(of: 256).flatMap { batch in
            decoded(plan.padded(batch.map(\.words))).map { tags in tags.map { plan.tags[$0] } }
        }
    }
}

/// How good tags are.
struct Evaluation {
    var spans = SpanMatches()
    /// The share of the words that have the right tag.
    var accuracy: Double
    /// How many tags I-kind do not follow one of their kind, which none of the right ones do.
    var misplaced = 0

    init(_ predictions: [[String]], of sentences: [TaggedSentence]) {
        var right = 0
        for (tags, sentence) in zip(predictions, sentences) {
            spans.add(predictions: tags, targets: sentence.tags)
            right += zip(tags, sentence.tags).count { $0 == $1 }
            misplaced += zip(["O"] + tags, tags).count { $1.hasPrefix("I-") && $0.dropFirst(2) != $1.dropFirst(2) }
        }
        accuracy = Double(right) / Double(sentences.reduce(0) { $0 + $1.tags.count })
    }
}

/// Gives each word the tag that it has most often, and `O` to words that are not known.
struct MostFrequentTags {
    private let tags: [String: String]

    init(_ sentences: [TaggedSentence]) {
        var counts: [String: [String: Int]] = [:]
        for sentence in sentences {
            for (word, tag) in zip(sentence.words, sentence.tags) { counts[word, default: [:]][tag, default: 0] += 1 }
        }
        tags = counts.mapValues { $0.max { ($0.value, $1.key) < ($1.value, $0.key) }!.key }
    }

    func tags(of sentences: [TaggedSentence]) -> [[String]] { sentences.map { $0.words.map { tags[$0] ?? "O" } } }
}
