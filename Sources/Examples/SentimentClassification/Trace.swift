import Foundation
import Tapestry
import TapestryCommand

extension SentimentClassifier {
    /// What the first units of the forward LSTM do with each word, as a table, and the equations with the numbers of
    /// unit 0.
    func printTrace(of words: [String], unitCount: Int = 4) {
        let inputs = model.embedding(plan.padded([words]).indices)
        let trace = model.recurrent.forward.trace(inputs).trace
        // Of all steps, for one unit after the other.
        func series(_ name: String) -> [[Float]] {
            trace[name].slice(axis: 1, at: 0).transposed().unstacked(axis: 0).map(\.scalars)
        }
        let (f, i, candidate) = (series("forget"), series("input"), series("candidate"))
        let (cell, o, hidden) = (series("cell"), series("output"), series("hidden"))
        print("\nThe LSTM that reads forward, word by word: f forget gate, i input gate, C̃ candidate, C cell state,")
        print("o output gate, h hidden state")
        for (t, word) in words.enumerated() {
            let known = plan.vocabulary.contains(word) ? "" : "  (not in the vocabulary)"
            func text(_ value: Float) -> String { Double(value).text(decimals: 3) }
            let units = (0..<min(unitCount, plan.settings.hidden)).map { unit in
                ["unit \(unit)"] + [f, i, candidate, cell, o, hidden].map { text($0[unit][t]) }
            }
            print("\n\(word)\(known)\n\(table([["", "f", "i", "C̃", "C", "o", "h"]] + units))")
            let before = t == 0 ? 0 : cell[0][t - 1]
            print(
                """
                  unit 0: C = f · C before + i · C̃ = \(text(f[0][t])) · \(text(before)) + \
                \(text(i[0][t])) · \(text(candidate[0][t])) = \(text(cell[0][t]))
                          h = o · tanh C = \(text(o[0][t])) · \(text(tanh(cell[0][t]))) = \(text(hidden[0][t]))
                """)
        }
    }
}
