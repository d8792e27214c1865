import Foundation
import Tapestry
import Testing

@Suite struct BeamSearchTests {
    /// A language of the tokens 0 (the end), 1 and 2, whose probabilities depend on all tokens before.
    private func probabilities(after tokens: [Int32]) -> [Double] {
        switch tokens {
        case []: [0.1, 0.5, 0.4]
        case [1]: [0.3, 0.4, 0.3]
        case [2]: [0.9, 0.05, 0.05]
        default: [0.6, 0.2, 0.2]
        }
    }

    /// Searches, and checks what is asked for: hypotheses are rebuilt from tokens and parents alone.
    private func search(width: Int, maximumLength: Int = 4, lengthPower: Double = 0) -> [BeamSearch.Hypothesis] {
        var live: [[Int32]] = [[]]
        let search = BeamSearch(width: width, end: 0, maximumLength: maximumLength, lengthPower: lengthPower)
        return search.hypotheses(from: 7) { tokens, parents in
            live = zip(tokens, parents).map { $0 == 7 ? [] : live[$1] + [$0] }
            return live.map { probabilities(after: $0).map { log($0) } }
        }
    }

    @Test func widthOfOneTakesTheLikeliestToken() {
        let found = search(width: 1)
        #expect(found.count == 1 && found[0].tokens == [1, 1] && found[0].isComplete)
        #expect(abs(found[0].logProbability - log(0.5 * 0.4 * 0.6)) < 1e-12)
    }

    @Test func widerBeamsFindWhatBeginsWithAnUnlikelyToken() {
        let found = search(width: 2)
        #expect(found.map(\.tokens) == [[2], [1, 1]])
        #expect(abs(found[0].logProbability - log(0.4 * 0.9)) < 1e-12)
        #expect(search(width: 100)[0].tokens == [2])
    }

    /// With all kept, what is found first is the best of all sequences, which are written out here.
    @Test(arguments: [0, 0.7, 1, 2.5]) func wholeBeamFindsTheBest(_ power: Double) {
        var sequences: [[Int32]] = [[]]
        for _ in 0..<3 { sequences += sequences.flatMap { [$0 + [1], $0 + [2]] } }
        func score(_ tokens: [Int32], isComplete: Bool) -> Double {
            let all = isComplete ? tokens + [0] : tokens
            let logarithms = all.indices.map { log(probabilities(after: Array(all[..<$0]))[Int(all[$0])]) }
            return logarithms.reduce(0, +) / pow(Double(all.count), power)
        }
        let scores = Set(sequences).flatMap { tokens in
            tokens.count == 3 ? [score(tokens, isComplete: false)] : [score(tokens, isComplete: true)]
        }
        let best = search(width: 1000, maximumLength: 3, lengthPower: power)[0]
        #expect(abs(score(best.tokens, isComplete: best.isComplete) - scores.max()!) < 1e-12)
    }

    @Test func cutsWhatDoesNotEnd() {
        let found = search(width: 1, maximumLength: 1)
        #expect(found[0].tokens == [1] && !found[0].isComplete)
    }

    @Test func mistakesTrap() async {
        await #expect(processExitsWith: .failure) { _ = BeamSearch(width: 0, end: 0, maximumLength: 1) }
        await #expect(processExitsWith: .failure) { _ = BeamSearch(width: 1, end: 0, maximumLength: 0) }
        await #expect(processExitsWith: .failure) {
            _ = BeamSearch(width: 1, end: 0, maximumLength: 1).hypotheses(from: 0) { _, _ in [] }
        }
    }
}
