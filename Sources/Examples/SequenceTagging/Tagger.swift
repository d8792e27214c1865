import Tapestry

/// Scores the tags of words by an LSTM in both directions; a conditional random field scores how they follow each
/// other, or each is taken for itself.
struct Tagger: Module {
    var embedding: Embedding<Float>
    var recurrent: Bidirectional<Recurrent<LSTMCell<Float>>, Recurrent<LSTMCell<Float>>>
    var output: Linear<Float>
    var field: ConditionalRandomField<Float>?
    let dropout: Dropout<Float>

    init(_ plan: TaggerPlan, hasField: Bool, dropout: Double = 0) {
        let (size, hidden) = (plan.settings.embedding, plan.settings.hidden)
        embedding = Embedding(vocabularySize: plan.vocabulary.count, size: size)
        recurrent = Bidirectional(
            LSTMCell(inputSize: size, hiddenSize: hidden), LSTMCell(inputSize: size, hiddenSize: hidden))
        output = Linear(inputSize: 2 * hidden, outputSize: plan.tags.count)
        field = hasField ? ConditionalRandomField(tagCount: plan.tags.count) : nil
        self.dropout = Dropout(rate: dropout)
    }

    /// The score of each tag for each word, `[batch, time, tags]`.
    private func emissions(_ words: PaddedSequences) -> Tensor<Float> {
        let outputs = recurrent(dropout(embedding(words.indices)), lengths: words.lengths).outputs
        return output(dropout(outputs)).transposed(0, 1)
    }

    /// −ln p(tags | words), the mean over the sentences.
    func loss(_ words: PaddedSequences, _ tags: PaddedSequences) -> Tensor<Float> {
        let emissions = emissions(words), tags = tags.indices.transposed()
        if let field { return field.loss(emissions, tags, lengths: words.lengths) }
        let scores = emissions.logSoftmax(axis: 2).gathered(axis: 2, indices: tags.unsqueezed(axis: 2))
        let steps = Tensor<Int32>.arange(from: 0, to: Int32(tags.shape[1]), by: 1)
        let isThere = steps .< Tensor(words.lengths.map { Int32($0) }).unsqueezed(axis: 1)
        return -select(isThere, scores.squeezed(axes: [2]), Tensor(0)).sum() / Float(words.lengths.count)
    }

    /// The likeliest tags of each sentence: together, by the field, or each by itself.
    func decoded(_ words: PaddedSequences) -> [[Int]] {
        let emissions = emissions(words)
        if let field { return field.decoded(emissions, lengths: words.lengths).tags }
        let best = emissions.argMax(axis: 2).unstacked(axis: 0)
        return zip(best, words.lengths).map { $0.scalars.prefix($1).map { Int($0) } }
    }
}

/// What taggers were made with: it is saved beside them, to make ones like them again.
struct TaggerPlan: Codable {
    var vocabulary: Vocabulary
    var tags: [String]
    var settings: ModelSettings

    init(_ sentences: TaggedSentences, _ settings: Settings) {
        // Words that occur once stand for those that do not occur at all.
        vocabulary = Vocabulary(
            counting: sentences.training.map(\.words), minimumCount: 2, special: ["<unknown>"], unknown: "<unknown>")
        tags = sentences.tags
        self.settings = settings.model
    }

    /// Sentences side by side; unknown words have the index 0.
    func padded(_ sentences: [[String]]) -> PaddedSequences {
        PaddedSequences(sentences.map { $0.map { vocabulary.index(of: $0) ?? 0 } })
    }
}

/// A tagger with a field and one without, which learned from the same sentences.
struct TaggerPair: Module {
    var withField, withoutField: Tagger

    /// Reads what was saved, settings included.
    static func loaded(from path: String, _ settings: inout Settings) throws -> (pair: TaggerPair, plan: TaggerPlan) {
        let plan: TaggerPlan = try Settings.options.plan(inFile: path)
        try Settings.options.adopt(plan.settings, as: \.model, in: &settings, from: path)
        guard min(plan.vocabulary.count, plan.tags.count) > 0 else {
            throw FileFormatError(path: path, reason: "its plan is of no tagger")
        }
        var pair = TaggerPair(
            withField: Tagger(plan, hasField: true), withoutField: Tagger(plan, hasField: false))
        try pair.load(from: path)
        return (pair, plan)
    }
}
