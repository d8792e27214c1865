import Foundation
import TapestryArrays

/// What ``bleu(_:references:smoothing:)`` puts in the place of an n-gram precision that is 0, which alone would make
/// the whole score 0. It matters for few or short texts; figures are comparable only with the same smoothing.
///
/// Reference: B. Chen and C. Cherry, "A systematic comparison of smoothing techniques for sentence-level BLEU", 2014.
public enum BLEUSmoothing: Sendable, Hashable {
    /// Nothing: the score is 0, as in the paper of BLEU.
    case none
    /// As if so many n-grams had been common, a number above 0; 0.1 in their paper (method 1).
    case floor(Double = 0.1)
    /// So many more common n-grams and so many more in all, for each n above 1, whether there are common ones or not: a
    /// number above 0, usually 1 (method 2).
    case addition(of: Double = 1)
    /// As if half of an n-gram had been common for the first such n, a quarter for the next, and so on (method 3): what
    /// the script mteval of NIST does, and sacrebleu if it is asked for nothing else.
    case halving
}

/// The agreement of translations with references, BLEU-4 of a whole corpus: 100 · BP · exp(Σₙ ln pₙ / 4), with the
/// modified n-gram precisions pₙ for n = 1 … 4 over all sentences, and the brevity penalty BP = min(1, exp(1 − r / c))
/// of the lengths of references and translations; 0 if there is no common n-gram of some length, unless that is
/// smoothed, and 0 with any smoothing but addition if no translation has four tokens.
///
/// Tokens are compared as they are, so figures are comparable only where texts were taken apart in the same way.
///
/// Reference: K. Papineni, S. Roukos, T. Ward and W.-J. Zhu, "BLEU: a method for automatic evaluation of machine
/// translation", 2002.
///
/// - Parameters:
///   - candidates: The tokens of each translation.
///   - references: For each of them the tokens of one or more references, of which the length counts that is closest,
///     the shorter of two.
///   - smoothing: What takes the place of a precision that is 0.
/// - Returns: from 0 to 100. Traps if there are more or fewer candidates than references, or a candidate without any,
///   or if the smoothing's number is not above 0 and finite.
public func bleu(
    _ candidates: [[String]], references: [[[String]]], smoothing: BLEUSmoothing = .none
) -> Double {
    smoothing.check()
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
    // Where nothing at all is common there is nothing to smooth.
    guard matches.contains(where: { $0 > 0 }) else { return 0 }
    let logarithms = smoothing.precisions(matches: matches, totals: totals).map { log($0) }
    let brevity = min(0, 1 - Double(referenceLength) / Double(candidateLength))
    return 100 * exp(brevity + logarithms.reduce(0, +) / Double(orders.count))
}

extension BLEUSmoothing {
    fileprivate func check() {
        switch self {
        case .floor(let number), .addition(of: let number):
            guard number > 0, number.isFinite else {
                trap("bleu", "a smoothing needs a number above 0, not \(number)")
            }
        case .none, .halving: break
        }
    }

    /// The precision of each order from the numbers of common n-grams and of all of them; 0 where there is none.
    fileprivate func precisions(matches: [Int], totals: [Int]) -> [Double] {
        var share = 1.0
        return zip(matches, totals).enumerated().map { place, counts in
            var (matches, total) = (Double(counts.0), Double(counts.1))
            if case .addition(of: let number) = self, place > 0 {
                matches += number
                total += number
            }
            if matches == 0 {
                switch self {
                case .floor(let number): matches = number
                case .halving:
                    share /= 2
                    matches = share
                case .none, .addition: break
                }
            }
            return total == 0 ? 0 : matches / total
        }
    }
}

/// How often each run of `order` tokens occurs.
private func grams(_ tokens: [String], _ order: Int) -> [ArraySlice<String>: Int] {
    var counts: [ArraySlice<String>: Int] = [:]
    for start in 0..<max(tokens.count - order + 1, 0) { counts[tokens[start..<start + order], default: 0] += 1 }
    return counts
}
