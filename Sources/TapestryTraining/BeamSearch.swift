import Foundation
import TapestryArrays

/// Searches for a likely sequence of tokens: of all ways to go on, the best few are kept at each step.
///
/// A hypothesis that ends leaves the beam, which is narrower from then on. In the end the one counts with the greatest
/// ln p / nᵅ, where n is the number of its tokens, the end included. A width of 1 takes the likeliest token at each
/// step.
///
/// ```swift
/// let search = BeamSearch(width: 4, end: vocabulary.index(of: "<end>")!, maximumLength: 50)
/// let best = search.hypotheses(from: start) { tokens, parents in
///     state = state.rows(parents)                 // go on with the states of the hypotheses that were kept
///     …                                           // ln p of every token after each of `tokens`
/// }[0]
/// ```
///
/// References: A. Graves, "Sequence transduction with recurrent neural networks", 2012; the shrinking beam: I.
/// Sutskever, O. Vinyals and Q. V. Le, "Sequence to sequence learning with neural networks", 2014; the power of the
/// length: Y. Wu et al., "Google's neural machine translation system", 2016.
public struct BeamSearch: Sendable {
    /// How many hypotheses are kept.
    public let width: Int
    /// The token that ends a sequence.
    public let end: Int32
    /// How many tokens a sequence has at most, the end not included.
    public let maximumLength: Int
    /// α: 0 prefers short sequences, 1 compares the mean of ln p.
    public let lengthPower: Double

    /// A sequence that was found.
    public struct Hypothesis: Sendable, Equatable {
        /// The tokens, without the one at the start and the end.
        public let tokens: [Int32]
        /// ln p of all tokens together, the end included.
        public let logProbability: Double
        /// Whether it ended, rather than being cut at the greatest length.
        public let isComplete: Bool
    }

    /// Traps unless the width and the length are positive, and the power is finite and at least 0.
    public init(width: Int, end: Int32, maximumLength: Int, lengthPower: Double = 1) {
        guard width > 0, maximumLength > 0, lengthPower >= 0, lengthPower.isFinite else {
            trap(
                "BeamSearch",
                "width \(width), maximum length \(maximumLength) and length power \(lengthPower); expected at least 1, 1 "
                    + "and 0")
        }
        self.width = width
        self.end = end
        self.maximumLength = maximumLength
        self.lengthPower = lengthPower
    }

    /// The sequences that were found, the best one first.
    ///
    /// - Parameters:
    ///   - start: The token before the first one.
    ///   - next: ln p of every token after each of the last tokens of the hypotheses, which go on from those of the
    ///     call before at the positions `parents`. Traps unless it returns a row for each.
    public func hypotheses(
        from start: Int32, next: (_ tokens: [Int32], _ parents: [Int]) -> [[Double]]
    ) -> [Hypothesis] {
        var live = [Hypothesis(tokens: [], logProbability: 0, isComplete: false)]
        var parents = [0]
        var found: [Hypothesis] = []
        for _ in 0..<maximumLength {
            let rows = next(live.map { $0.tokens.last ?? start }, parents)
            guard rows.count == live.count else {
                trap("BeamSearch", "\(rows.count) rows of probabilities for \(live.count) hypotheses")
            }
            let (extended, origins) = best(width - found.count, of: rows, after: live)
            found += extended.filter(\.isComplete)
            let goOn = extended.indices.filter { !extended[$0].isComplete }
            (live, parents) = (goOn.map { extended[$0] }, goOn.map { origins[$0] })
            if live.isEmpty { break }
        }
        return (found + live).sorted { score($0) > score($1) }
    }

    private func score(_ hypothesis: Hypothesis) -> Double {
        let count = hypothesis.tokens.count + (hypothesis.isComplete ? 1 : 0)
        return hypothesis.logProbability / pow(Double(count), lengthPower)
    }

    /// The likeliest ways to go on by one token, the likeliest one first, and what each of them goes on from. Of
    /// equally likely ones the first counts.
    private func best(
        _ count: Int, of rows: [[Double]], after live: [Hypothesis]
    ) -> (hypotheses: [Hypothesis], parents: [Int]) {
        var kept: [(logProbability: Double, parent: Int, token: Int32)] = []
        for (parent, row) in rows.enumerated() {
            for (token, logarithm) in row.enumerated() {
                let logProbability = live[parent].logProbability + logarithm
                if kept.count == count, logProbability <= kept[count - 1].logProbability { continue }
                let place = kept.firstIndex { $0.logProbability < logProbability } ?? kept.count
                kept.insert((logProbability, parent, Int32(token)), at: place)
                if kept.count > count { kept.removeLast() }
            }
        }
        let hypotheses = kept.map { logProbability, parent, token in
            let isComplete = token == end
            return Hypothesis(
                tokens: live[parent].tokens + (isComplete ? [] : [token]), logProbability: logProbability,
                isComplete: isComplete)
        }
        return (hypotheses, kept.map(\.parent))
    }
}
