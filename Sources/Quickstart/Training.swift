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
        let (inputs, targets) = text.randomBatch(settings.batch, window: settings.window, using: source)
        let (loss, gradient) = valueAndGradient(at: model) { $0.loss(inputs, targets) }
        optimizer.update(&model, along: gradient.clipped(toNorm: 1))
        progress.advance(figures: ["loss": Double(loss.scalar)])
    }
    progress.finish()
    if Interrupt.isRequested { print("Interrupted: what follows is of the model as far as it got.") }
}

/// The mean cross-entropy on the held-out text, in nats per character. The text is read in long stretches, with the
/// state carried over from window to window.
func validationLoss<Cell: SizedRecurrentCell>(
    of model: CharacterModel<Cell>, on text: CharacterText, _ settings: Settings
) -> Double {
    var sum = 0.0
    var count = 0
    var state: Cell.State?
    for (inputs, targets) in text.validationWindows(settings.batch, window: settings.window) {
        let logits: Tensor<Cell.Scalar>
        (logits, state) = model(inputs, state: state)
        sum += Double(crossEntropy(logits, targets, reduction: .sum).scalar)
        count += targets.count
    }
    return sum / Double(count)
}
