import Tapestry

/// Translates each word by itself, by the word that most probably is its translation (model 1 of P. Brown, S. Della
/// Pietra, V. Della Pietra and R. Mercer, "The mathematics of statistical machine translation", 1993).
struct WordByWord {
    private var best: [String: String] = [:]

    init(_ pairs: [Pair], rounds: Int = 5) {
        // t(f | e), of words that stand in one pair; all the same at first.
        var probabilities: [String: [String: Double]] = [:]
        for pair in pairs {
            for word in pair.source { for other in pair.target { probabilities[word, default: [:]][other] = 1 } }
        }
        for _ in 0..<rounds {
            var counts: [String: [String: Double]] = [:]
            for pair in pairs {
                for other in pair.target {
                    let total = pair.source.reduce(0) { $0 + probabilities[$1]![other]! }
                    for word in pair.source {
                        counts[word, default: [:]][other, default: 0] += probabilities[word]![other]! / total
                    }
                }
            }
            probabilities = counts.mapValues { row in
                let total = row.values.reduce(0, +)
                return row.mapValues { $0 / total }
            }
        }
        best = probabilities.mapValues { row in row.max { ($0.value, $1.key) < ($1.value, $0.key) }!.key }
    }

    /// The words in their order; what was never seen stays as it is.
    func translation(_ sentence: [String]) -> [String] { sentence.map { best[$0] ?? $0 } }
}

/// Takes the translation of the sentence that has the most words in common, as a share of the words of both.
struct MostSimilar {
    private let pairs: [(words: Set<String>, target: [String])]

    init(_ pairs: [Pair]) { self.pairs = pairs.map { (Set($0.source), $0.target) } }

    func translation(_ sentence: [String]) -> [String] {
        let words = Set(sentence)
        func similarity(_ other: Set<String>) -> Double {
            let common = words.intersection(other).count
            return Double(common) / Double(words.count + other.count - common)
        }
        var best = (similarity: -1.0, target: [String]())
        for pair in pairs {
            let own = similarity(pair.words)
            if own > best.similarity { best = (own, pair.target) }
        }
        return best.target
    }
}
