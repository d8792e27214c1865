import Tapestry

/// The sizes of a recurrent layer and of what it is fed with.
struct RecurrentSize {
    let name: String
    let batch, steps, input, hidden: Int

    static let small = RecurrentSize(name: "small", batch: 16, steps: 32, input: 32, hidden: 64)
    static let medium = RecurrentSize(name: "medium", batch: 32, steps: 64, input: 64, hidden: 128)
    static let large = RecurrentSize(name: "large", batch: 64, steps: 128, input: 256, hidden: 256)

    /// The arithmetic of the products of one training step: the pre-activations, the gradients of the weights, and the
    /// cotangents of the hidden states, of which the first one needs none. The rest is small beside it.
    func work(gates: Int) -> Work {
        let units = gates * hidden
        let rows = Double(batch * steps)
        let products = 2 * rows * Double((input + hidden) * units)
        let hiddenCotangents = 2 * Double(batch * (steps - 1)) * Double(hidden * units)
        return Work(amount: 2 * products + hiddenCotangents, limit: .arithmetic)
    }
}

extension Workload {
    /// One training step of a recurrent layer, in each.
    static let recurrent =
        [RecurrentSize.small, .medium, .large].flatMap { size in
            [
                training("lstm-\(size.name)-plain", LSTMCell<Float>.self, gates: 4, size),
                training("lstm-\(size.name)-peephole", PeepholeLSTMCell<Float>.self, gates: 4, size),
                training("lstm-\(size.name)-layernorm", LayerNormLSTMCell<Float>.self, gates: 4, size),
                training("lstm-\(size.name)-cifg", CoupledLSTMCell<Float>.self, gates: 3, size),
            ]
        } + [
            training("custom-cell-medium-packed", CarryLSTMCell<Float>.self, gates: 4, .medium),
            training("custom-cell-medium-naive", NaiveCarryLSTMCell<Float>.self, gates: 4, .medium),
            training("gru-medium", GRUCell<Float>.self, gates: 3, .medium),
            characterModel,
        ]

    /// Forward over the sequence, the mean of the squared outputs, gradients of all parameters.
    private static func training<Cell: SizedRecurrentCell>(
        _ name: String, _ cell: Cell.Type, gates: Int, _ size: RecurrentSize
    ) -> Workload where Cell.Scalar == Float {
        Workload(name: name, work: size.work(gates: gates)) {
            let model = Recurrent(Cell(inputSize: size.input, hiddenSize: size.hidden))
            let x = Tensor<Float>.normal([size.steps, size.batch, size.input])
            return { keep(gradient(at: model) { square($0(x).outputs).mean() }) }
        }
    }

    /// One training step of a character model: batch 32, 100 steps, vocabulary 65, embedding 64, hidden 256; gradients
    /// clipped to norm 1, and Adam.
    private static let characterModel = Workload(name: "charlm", work: characterModelWork) {
        var model = CharacterModel()
        var optimizer = Adam(for: model, learningRate: 0.002)
        func indices() -> Tensor<Int32> {
            Tensor(
                shape: [100, 32], scalars: RandomSource.current.integers(below: 65, count: 3200).map { Int32($0) })
        }
        let (inputs, targets) = (indices(), indices())
        return {
            let gradient = gradient(at: model) {
                crossEntropy($0.output($0.lstm($0.embedding(inputs)).outputs), targets)
            }
            optimizer.update(&model, along: gradient.clipped(toNorm: 1))
        }
    }
}

extension Workload {
    /// The arithmetic of the products of the LSTM, of the cotangents of its inputs, and of the scores, which have
    /// three.
    private static var characterModelWork: Work {
        let lstm = RecurrentSize(name: "", batch: 32, steps: 100, input: 64, hidden: 256)
        let rows = Double(lstm.batch * lstm.steps)
        let inputCotangents = 2 * rows * Double(lstm.input * 4 * lstm.hidden)
        let scores = 3 * 2 * rows * Double(lstm.hidden * 65)
        return Work(amount: lstm.work(gates: 4).amount + inputCotangents + scores, limit: .arithmetic)
    }
}

/// Characters by their numbers, one LSTM layer, and scores of the next character.
struct CharacterModel: Module {
    var embedding = Embedding<Float>(vocabularySize: 65, size: 64)
    var lstm = LSTM<Float>(inputSize: 64, hiddenSize: 256)
    var output = Linear<Float>(inputSize: 256, outputSize: 65)
}
