import Tapestry

/// The special words, the same in both languages.
enum Special {
    static let padding: Int32 = 0
    static let start: Int32 = 1
    static let end: Int32 = 2
    static let words = ["<pad>", "<start>", "<end>", "<unk>"]
    static let unknown = "<unk>"
}

/// A translator with its vocabularies: from words to words.
struct Interpreter {
    var model: Translator
    var plan: Translator.Plan

    /// A new model for the words of training pairs.
    init(for pairs: [Pair], _ settings: Settings) {
        plan = Translator.Plan(
            source: Vocabulary(
                counting: pairs.map(\.source), minimumCount: settings.minimumCount, special: Special.words,
                unknown: Special.unknown),
            target: Vocabulary(counting: pairs.map(\.target), special: Special.words, unknown: Special.unknown),
            settings: settings.model)
        model = Translator(plan, dropout: settings.dropout)
    }

    /// Reads what was saved, settings included.
    init(contentsOf path: String, _ settings: inout Settings) throws {
        plan = try Settings.options.plan(inFile: path)
        try Settings.options.adopt(plan.settings, as: \.model, in: &settings, from: path)
        if [plan.source, plan.target].contains(where: { !$0.tokens.starts(with: Special.words) }) {
            throw FileFormatError(path: path, reason: "it is not a file that Translation saved")
        }
        model = Translator(plan)
        try model.load(from: path)
    }

    /// The indices of words; what is not known has the one of the unknown word.
    func sourceIndices(_ words: [String]) -> [Int32] { words.map { plan.source.index(of: $0)! } }
    func targetIndices(_ words: [String]) -> [Int32] { words.map { plan.target.index(of: $0)! } }

    /// Translations by the likeliest word at each step, many sentences at once.
    func greedyTranslations(_ sentences: [[String]]) -> [[String]] {
        sentences.batches(of: 64).flatMap { batch in
            let encoded = model.encoded(batch.map(sourceIndices))
            return greedyWords(encoded, steps: maximumLength(encoded)).map { words in
                words.prefix { $0 != Special.end }.map { plan.target[$0] }
            }
        }
    }

    /// The likeliest word at each of some steps, for each sentence, going on behind its end.
    func greedyWords(_ encoded: Translator.Encoded, steps: Int) -> [[Int32]] {
        var state = model.firstState(encoded)
        var words = Tensor(repeating: Special.start, shape: [encoded.lengths.count, 1])
        var chosen: [Tensor<Int32>] = []
        for _ in 0..<steps {
            let features: Tensor<Float>
            (features, state) = model.decoded(words, encoded, state)
            words = model.output(features).argMax(axis: 2)
            chosen.append(words.squeezed(axes: [1]))
        }
        return stack(chosen, axis: 1).unstacked().map(\.scalars)
    }

    /// The translation that a beam search finds.
    func translation(_ sentence: [String], beam: Int) -> [String] {
        let encoded = model.encoded([sourceIndices(sentence)])
        let search = BeamSearch(width: beam, end: Special.end, maximumLength: maximumLength(encoded))
        var state = model.firstState(encoded)
        let found = search.hypotheses(from: Special.start) { words, parents in
            let rows = Tensor(parents.map { Int32($0) })
            state = LSTMState(
                hidden: state.hidden.slices(axis: 1, at: rows), cell: state.cell.slices(axis: 1, at: rows))
            let features: Tensor<Float>
            (features, state) = model.decoded(
                Tensor(words).unsqueezed(axis: 1), encoded.repeated(words.count), state)
            let logarithms = model.output(features).squeezed(axes: [1]).logSoftmax()
            return logarithms.unstacked().map { $0.scalars.map { Double($0) } }
        }
        return found[0].tokens.map { plan.target[$0] }
    }

    /// How much each word of a translation, and its end, attends to each word of the sentence, `[words + 1, words]`;
    /// `nil` without attention.
    func attention(_ sentence: [String], _ translation: [String]) -> Tensor<Float>? {
        let words = [Special.start] + targetIndices(translation)
        let encoded = model.encoded([sourceIndices(sentence)])
        let (_, values) = tracing {
            model.decoded(Tensor(words).unsqueezed(axis: 0), encoded, model.firstState(encoded))
        }
        return values.last { $0.name == "attention" }?.tensor(as: Float.self).squeezed(axes: [0])
    }

    /// Translations are at most so many words long.
    private func maximumLength(_ encoded: Translator.Encoded) -> Int { 2 * encoded.lengths.max()! + 5 }
}

extension Translator.Encoded {
    /// One sentence as many.
    fileprivate func repeated(_ count: Int) -> Translator.Encoded {
        Translator.Encoded(
            outputs: outputs.repeated(count, axis: 0), lengths: Array(repeating: lengths[0], count: count),
            state: LSTMState(
                hidden: state.hidden.repeated(count, axis: 1), cell: state.cell.repeated(count, axis: 1)))
    }
}
