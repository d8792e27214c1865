import Tapestry
import TapestryCommand

/// A sentence and a translation, as words and punctuation marks.
struct Pair: Sendable {
    let source, target: [String]
}

/// Pairs in three parts; all translations of one sentence are in the same one.
struct Pairs {
    let training, validation: [Pair]
    /// What is held out: each sentence once, with all its translations.
    let test: [(source: [String], references: [[String]])]

    static let tokenizer = WordTokenizer()

    /// The pairs of a file, or made-up ones: a tenth of the sentences is held out, and a twentieth decides when to
    /// stop.
    static func read(_ settings: Settings) throws -> Pairs {
        let source = RandomSource(seed: settings.files.seed)
        let all = try settings.files.data.map { try read($0) } ?? madeUp(count: 2500, by: source)
        var translations: [[String]: [[String]]] = [:]
        var sentences: [[String]] = []
        for pair in all {
            if translations[pair.source] == nil { sentences.append(pair.source) }
            translations[pair.source, default: []].append(pair.target)
        }
        if let path = settings.files.data, sentences.count < 20 {
            let parts = "a tenth held out, a twentieth to choose by"
            throw FileFormatError(
                path: path, reason: "expected at least 20 different sentences (\(parts)), found \(sentences.count)")
        }
        let parts = sentences.shuffled(by: source).split([0.1, 0.05, 0.85])
        func pairs(_ part: [[String]]) -> [Pair] {
            part.flatMap { source in translations[source]!.map { Pair(source: source, target: $0) } }
        }
        return Pairs(
            training: pairs(parts[2]), validation: pairs(parts[1]),
            test: parts[0].map { (source: $0, references: translations[$0]!) })
    }

    private static func read(_ path: String) throws -> [Pair] {
        let table = try DelimitedText(contentsOf: path, format: .tabs, origin: .kind)
        return try table.rows.map { row in
            guard row.fields.count >= 2 else { throw table.error(row, "expected a sentence, a tab and a translation") }
            let (source, target) = (tokenizer.tokens(of: row.fields[0]), tokenizer.tokens(of: row.fields[1]))
            if source.isEmpty || target.isEmpty { throw table.error(row, "a sentence without words") }
            return Pair(source: source, target: target)
        }
    }
}
