import Foundation
import Tapestry
import TapestryCellEquations
import TapestryCommand

/// From the equations of a recurrent cell to a trained model that writes text.
@main
enum Main {
    static func main() {
        Settings.options.run { settings in
            let text = try CharacterText(contentsOf: settings.data, window: settings.window)
            Interrupt.install()
            switch settings.cell {
            case .lstm: run(LSTMCell<Float>.self, LSTMCell<Double>.self, CellEquations.lstm, text, settings)
            case .gru: run(GRUCell<Float>.self, GRUCell<Double>.self, CellEquations.gruResetAfter, text, settings)
            case .rnn: run(RNNCell<Float>.self, RNNCell<Double>.self, CellEquations.rnn(tanh), text, settings)
            }
        }
    }

    /// The four parts: the tape, the checks (in double), the training (in float), and the sample.
    private static func run<Cell: SizedRecurrentCell, ExactCell: SizedRecurrentCell>(
        _ cell: Cell.Type, _ exactCell: ExactCell.Type, _ equations: CellEquations.Equations, _ text: CharacterText,
        _ settings: Settings
    ) where ExactCell.Scalar == Double {
        let source = RandomSource(seed: settings.seed)
        var model = withRandomSource(source) {
            showTape(of: exactCell)
            showChecks(of: exactCell, against: equations)
            return CharacterModel<Cell>(
                vocabularySize: text.vocabulary.count, embeddingSize: settings.embedding,
                hiddenSize: settings.hidden, layers: settings.layers)
        }

        heading("Training: the next character of a text")
        print(
            """
            \(text.training.indices.count) characters to train on, \(text.validation.indices.count) held out, \
            \(text.vocabulary.count) different ones; \(model.parameterCount) parameters
            """)
        fflush(nil)  // What was said so far, before the progress bar, which writes to stderr.
        train(&model, on: text, settings, using: source)
        let loss = validationLoss(of: model, on: text, settings)
        print(String(format: "Held-out loss: %.3f nats, %.3f bits per character", loss, loss / log(2)))

        heading("A sample, at temperature \(settings.temperature)")
        let prompt = Array(text.validation.indices.prefix(min(settings.window, 40)))
        let sampler = TokenSampler(temperature: settings.temperature)
        let sample = model.sample(500, after: prompt, by: sampler, using: source)
        print(CharacterTokenizer().text(of: (prompt + sample).map { text.vocabulary[$0] }))
    }
}

func heading(_ title: String) {
    print("\n— \(title) " + String(repeating: "—", count: max(3, 76 - title.count)) + "\n")
}
