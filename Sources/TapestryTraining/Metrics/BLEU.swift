import Foundation
import TapestryArrays

/// The agreement of translations with references, BLEU-4 of a whole corpus: 100 · BP · exp(Σₙ ln pₙ / 4), with the modified
/// n-gram precisions pₙ for n = 1 … 4 over all sentences, and the brevity penalty BP = min(1, exp(1 − r / c)) of the
/// lengths of references and translations; 0 if there is no common n-gram of some length.
///
/// Tokens are compared as they are, so figures are comparable only where texts were taken apart in the same way.
///
/// Reference: K. Papineni, S. Roukos, T. Ward and W.-J. Zhu, "BLEU: a method for automatic evaluation of machine
/// translation", 2002.
///
/// - Parameters:
///   - candidates: The tokens of each translation.
///   - references: For each of them the tokens of one or more references, of which the length counts that is closest, the
///     shorter of two.
/// - Returns: from 0 to 100. Traps if there are more or fewer candidates than references, or a candidate without any.
public func bleu(_ candidates: [[String]], references: [[[String]]]) -> Double {
    guard candidates.count == references.count else {
        trap("bleu", "\(candidates.count) translations for \(references.count) references")
    }
    let orders = 1...4
    var (matches, totals) = (Array(repeating: 0, count: orders.count), Array(repeating: 0, count: orders.count))
    var (candidateLength, referenceLength) = (0, 0)
    for (index, (candidate, references)) in zip(candidates, references).enumerated() {
        guard !references.isEmpty else { trap("bleu", "there is no reference for translation \(index)") }
        candidateLength += candidate.count
        referenceLength += references.map(\.count).min {
            (abs($0 - candidate.count), $0) < (abs($1 - candidate.count), $1)
        }!
        for (place, order) in orders.enumerated() {
            var most: [ArraySlice<String>: Int] = [:]
            for reference in references { most.merge(grams(reference, order)) { max($0, $1) } }
            let counts = grams(candidate, order)
            matches[place] += counts.reduce(0) { $0 + min($1.value, most[$1.key] ?? 0) }
            totals[place] += counts.values.reduce(0, +)
        }
    }
    guard !matches.contains(0) else { return 0 }
    let logarithms = zip(matches, totals).map { log(Double($0) / Double($1)) }
    let brevity = min(0, 1 - Double(referenceLength) / Double(candidateLength))
    return 100 * exp(brevity + logarithms.reduce(0, +) / Double(orders.count))
}

/// How often each run of `order` tokens occurs.
private func grams(_ tokens: [String], _ order: Int) -> [ArraySlice<String>: Int] {
    var counts: [ArraySlice<String>: Int] = [:]
    for start in 0..<max(tokens.count - order + 1, 0) { counts[tokens[start..<start + order], default: 0] += 1 }
    return counts
}
