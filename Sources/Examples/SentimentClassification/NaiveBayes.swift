import Foundation

/// A classifier without a network: naive Bayes over words and pairs of neighbours. Whether one occurs in a sentence
/// counts, not how often; counts begin at 1.
///
/// Reference: S. Wang and C. Manning, "Baselines and bigrams: simple, good sentiment and topic classification", 2012.
struct NaiveBayes {
    /// ln p(class).
    private let priors: [Double]
    /// ln p(feature | class), by class.
    private var logarithms: [String: [Double]] = [:]

    init(_ sentences: [TokenizedSentence], classCount: Int) {
        var counts: [String: [Double]] = [:]
        var sizes = [Double](repeating: 0, count: classCount)
        for sentence in sentences {
            sizes[sentence.label] += 1
            for feature in NaiveBayes.features(of: sentence.words) {
                counts[feature, default: Array(repeating: 1, count: classCount)][sentence.label] += 1
            }
        }
        priors = sizes.map { log(($0 + 1) / Double(sentences.count + classCount)) }
        let totals = (0..<classCount).map { label in counts.values.reduce(0) { $0 + $1[label] } }
        logarithms = counts.mapValues { counts in zip(counts, totals).map { log($0 / $1) } }
    }

    /// ln p(class) + Σ ln p(feature | class) of each class, over the features that are known.
    func scores(of words: [String]) -> [Double] {
        NaiveBayes.features(of: words).reduce(into: priors) { scores, feature in
            guard let logarithms = logarithms[feature] else { return }
            for label in scores.indices { scores[label] += logarithms[label] }
        }
    }

    func label(of words: [String]) -> Int {
        let scores = scores(of: words)
        return scores.indices.max { scores[$0] < scores[$1] }!
    }

    /// For each class the log-count ratio of a word, ln p(word | class) less the mean over all classes; zeros for a
    /// word that is not known.
    func ratios(of word: String) -> [Double] {
        guard let logarithms = logarithms[word] else { return priors.map { _ in 0 } }
        let mean = logarithms.reduce(0, +) / Double(logarithms.count)
        return logarithms.map { $0 - mean }
    }

    private static func features(of words: [String]) -> Set<String> {
        Set(words + zip(words, words.dropFirst()).map { "\($0) \($1)" })
    }
}
