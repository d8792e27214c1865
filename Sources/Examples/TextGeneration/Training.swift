import Foundation
import Tapestry
import TapestryCommand

/// Trains a model on a stream of characters, which it reads from the start to the end in each epoch; Ctrl-C ends it
/// early. The step size rises over the first steps and then falls to a hundredth, along a cosine.
func train(_ model: inout CharacterModel, on stream: TokenStream, _ settings: Settings) {
    var optimizer = Adam(for: model, learningRate: settings.learningRate)
    let steps = stream.windows(steps: settings.window, batch: settings.batch).count * settings.epochs
    let progress = ProgressBar(total: steps, unit: "characters")
    let source = RandomSource.current
    var step = 0
    for _ in 0..<settings.epochs {
        var state: LSTMState<Float>?
        // The windows of each epoch begin elsewhere.
        let offset = source.integer(below: min(settings.window, max(1, stream.indices.count - settings.window)))
        for window in stream.windows(steps: settings.window, batch: settings.batch, offset: offset) {
            if Interrupt.isRequested || step == steps { return progress.finish() }
            step += 1
            optimizer.learningRate = settings.learningRate * share(of: step, steps)
            let (loss, gradient, next) = valueAndGradient(at: model) { model in
                let (logits, next) = model(window.inputs, state)
                return (crossEntropy(logits, window.targets), auxiliary: next)
            }
            optimizer.update(&model, along: gradient.clipped(toNorm: 1))
            state = next.withoutDerivative()
            progress.advance(units: Double(window.targets.count), figures: ["loss": Double(loss.scalar)])
        }
    }
    progress.finish()
}

/// The share of the greatest step size at a step.
private func share(of step: Int, _ steps: Int) -> Double {
    let warmUp = min(100, steps / 10 + 1)
    if step <= warmUp { return Double(step) / Double(warmUp) }
    let progress = Double(step - warmUp) / Double(max(steps - warmUp, 1))
    return 0.01 + 0.99 * (1 + cos(.pi * progress)) / 2
}

/// What is known of the next character without a model: from how often each one occurs, and from how often it follows
/// each other one. Counts begin at 1, so nothing is impossible.
struct Frequencies {
    private let counts: [Int]
    private var pairs: [Int]

    init(_ stream: TokenStream, vocabularySize size: Int) {
        var counts = [Int](repeating: 1, count: size)
        pairs = [Int](repeating: 1, count: size * size)
        for index in stream.indices { counts[Int(index)] += 1 }
        for (first, second) in zip(stream.indices, stream.indices.dropFirst()) {
            pairs[Int(first) * size + Int(second)] += 1
        }
        self.counts = counts
    }

    /// The mean of −ln p over a stream: of characters by themselves, and of each after the one before.
    func surprise(over stream: TokenStream) -> (single: Surprise, pair: Surprise) {
        let size = counts.count
        let total = Double(counts.reduce(0, +))
        let after = (0..<size).map { Double(pairs[$0 * size..<($0 + 1) * size].reduce(0, +)) }
        var (single, pair) = (0.0, 0.0)
        for (first, second) in zip(stream.indices, stream.indices.dropFirst()) {
            single -= log(Double(counts[Int(second)]) / total)
            pair -= log(Double(pairs[Int(first) * size + Int(second)]) / after[Int(first)])
        }
        let count = Double(stream.indices.count - 1)
        return (Surprise(nats: single / count), Surprise(nats: pair / count))
    }
}
