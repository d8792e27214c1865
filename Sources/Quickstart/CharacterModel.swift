import Tapestry

/// Predicts the next character of a text: an embedding, layers of a recurrent cell, and a linear layer.
struct CharacterModel<Cell: SizedRecurrentCell>: Module {
    var embedding: Embedding<Cell.Scalar>
    var recurrent: RecurrentLayers<Cell>
    var output: Linear<Cell.Scalar>

    init(vocabularySize: Int, embeddingSize: Int, hiddenSize: Int, layers: Int) {
        embedding = Embedding(vocabularySize: vocabularySize, size: embeddingSize)
        recurrent = RecurrentLayers(inputSize: embeddingSize, hiddenSize: hiddenSize, layers: layers)
        output = Linear(inputSize: hiddenSize, outputSize: vocabularySize)
    }

    /// Logits `[time, batch, vocabulary]` for indices `[time, batch]`, and the state after the last step.
    func callAsFunction(
        _ indices: Tensor<Int32>, state: Cell.State? = nil
    ) -> (logits: Tensor<Cell.Scalar>, state: Cell.State) {
        let result = recurrent(embedding(indices), initialState: state)
        return (output(result.outputs), result.finalState)
    }

    /// The mean cross-entropy of the next characters, in nats.
    func loss(_ inputs: Tensor<Int32>, _ targets: Tensor<Int32>) -> Tensor<Cell.Scalar> {
        crossEntropy(self(inputs).logits, targets)
    }

    /// Text that goes on after `prompt`.
    func sample(_ count: Int, after prompt: [Int32], by sampler: TokenSampler, using source: RandomSource) -> [Int32] {
        var (logits, state) = self(Tensor(shape: [prompt.count, 1], scalars: prompt))
        var written: [Int32] = []
        for _ in 0..<count {
            let next = sampler.token(logits.slice(axis: 0, at: -1), using: source)
            written.append(next)
            (logits, state) = self(Tensor(shape: [1, 1], scalars: [next]), state: state)
        }
        return written
    }
}
