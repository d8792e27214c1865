import Foundation
import Tapestry
import TapestryCommand

/// Trains a character model by the settings, with a progress bar; Ctrl-C ends it early.
func train<Cell: SizedRecurrentCell>(
    _ model: inout CharacterModel<Cell>, on text: CharacterText, _ settings: Settings, using source: RandomSource
) {
    var optimizer = Adam(for: model, learningRate: settings.learningRate)
    let progress = ProgressBar(
        total: settings.steps, unit: "characters", unitsPerStep: Double(settings.batch * settings.window))
    for _ in 0..<settings.steps where !Interrupt.isRequested {
        let window = text.training.randomWindow(steps: settings.window, batch: settings.batch, using: source)
        let (loss, gradient) = valueAndGradient(at: model) { $0.loss(window.inputs, window.targets) }
        optimizer.update(&model, along: gradient.clipped(toNorm: 1))
        progress.advance(figures: ["loss": Double(loss.scalar)])
    }
    progress.finish()
    Interrupt.finish()
}

/// The mean cross-entropy on the held-out text, in nats per character. The text is read in long stretches, with the
/// state carried over from window to window.
func validationLoss<Cell: SizedRecurrentCell>(
    of model: CharacterModel<Cell>, on text: CharacterText, _ settings: Settings
) -> Double {
    var sum = 0.0
    var count = 0
    var state: Cell.State?
    for window in text.validation.windows(steps: settings.window, batch: settings.batch) {
        let logits: Tensor<Cell.Scalar>
        (logits, state) = model(window.inputs, state: state)
        sum += Double(crossEntropy(logits, window.targets, reduction: .sum).scalar)
        count += window.targets.count
    }
    return sum / Double(count)
}
