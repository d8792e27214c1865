import Tapestry

/// An encoder and a decoder, each an embedding and an LSTM, with attention from the decoder's outputs to the encoder's.
/// Everything is `[batch, time, …]`.
struct Translator: Module {
    /// What the model is made from: it is saved beside it.
    struct Plan: Codable {
        var source, target: Vocabulary
        var settings: ModelSettings
    }

    /// What the encoder made of sentences.
    struct Encoded: Module {
        /// `[batch, time, hidden]`
        var outputs: Tensor<Float>
        var lengths: [Int]
        var state: LSTMState<Float>
    }

    var sourceEmbedding, targetEmbedding: Embedding<Float>
    var encoder, decoder: LSTM<Float>
    var additive: AdditiveAttention<Float>?
    var multiplicative: MultiplicativeAttention<Float>?
    /// Of the decoder's output and what it attends to, where there is attention.
    var combined: Linear<Float>?
    var output: Linear<Float>
    let dropout: Dropout<Float>
    let context: ContextUse

    init(_ plan: Plan, dropout: Double = 0) {
        let (settings, embedding, hidden) = (plan.settings, plan.settings.embedding, plan.settings.hidden)
        sourceEmbedding = Embedding(
            vocabularySize: plan.source.count, size: embedding, initializer: .normal(standardDeviation: 0.3))
        targetEmbedding = Embedding(
            vocabularySize: plan.target.count, size: embedding, initializer: .normal(standardDeviation: 0.3))
        encoder = LSTM(inputSize: embedding, hiddenSize: hidden, batchFirst: true)
        decoder = LSTM(
            inputSize: embedding + (settings.context == .first ? 0 : hidden), hiddenSize: hidden, batchFirst: true)
        additive =
            settings.attention == .additive
            ? AdditiveAttention(querySize: hidden, sourceSize: hidden, hiddenSize: hidden) : nil
        multiplicative =
            settings.attention == .multiplicative ? MultiplicativeAttention(score: .general, querySize: hidden) : nil
        combined = settings.attention == .none ? nil : Linear(inputSize: 2 * hidden, outputSize: hidden)
        output = Linear(inputSize: hidden, outputSize: plan.target.count)
        self.dropout = Dropout(rate: dropout)
        context = settings.context
    }

    /// Reads sentences.
    func encoded(_ sentences: [[Int32]]) -> Encoded {
        let padded = PaddedSequences(sentences)
        let result = encoder(
            dropout(sourceEmbedding(padded.indices.transposed())), lengths: padded.lengths)
        return Encoded(outputs: result.outputs, lengths: padded.lengths, state: result.finalState)
    }

    /// The decoder's state before the first word.
    func firstState(_ encoded: Encoded) -> LSTMState<Float> {
        context == .every ? encoded.state.zerosLike : encoded.state
    }

    /// What the words `[batch, time]` of translations so far say of the next ones: features `[batch, time, hidden]`, of
    /// which `output` makes logits, and the state after the last of them.
    func decoded(
        _ words: Tensor<Int32>, _ encoded: Encoded, _ state: LSTMState<Float>
    ) -> (features: Tensor<Float>, state: LSTMState<Float>) {
        var inputs = dropout(targetEmbedding(words))
        if context != .first {
            let last = encoded.state.hidden.slice(axis: 0, at: -1).unsqueezed(axis: 1)
            let everyStep = last.expanded(to: [words.shape[0], words.shape[1], last.shape[2]])
            inputs = concatenate([inputs, everyStep], axis: 2)
        }
        let result = decoder(inputs, initialState: state)
        let hidden = result.outputs
        let attended =
            additive?(hidden, sources: encoded.outputs, sourceLengths: encoded.lengths)
            ?? multiplicative?(hidden, sources: encoded.outputs, sourceLengths: encoded.lengths)
        guard let attended, let combined else { return (dropout(hidden), result.finalState) }
        return (dropout(tanh(combined(concatenate([hidden, attended], axis: 2)))), result.finalState)
    }
}
