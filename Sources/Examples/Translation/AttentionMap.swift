import Tapestry
import TapestryCommand

/// Weights of attention as a table of block characters: the darker, the more.
struct AttentionMap: CustomStringConvertible {
    /// What attends, and what it attends to.
    let rows, columns: [String]
    /// `[rows, columns]`, each from 0 to 1.
    let weights: Tensor<Float>

    var description: String {
        let lines = zip(rows, weights.unstacked()).map { row, weights in
            // A block is as wide as its word.
            [row]
                + zip(weights.scalars, columns).map { weight, word in
                    String(repeating: AttentionMap.block(of: weight), count: max(word.count, 3))
                }
        }
        return table([[""] + columns] + lines, textColumns: columns.count + 1)
    }

    private static func block(of weight: Float) -> String {
        ["·", "░", "▒", "▓", "█"][min(Int(weight * 5), 4)]
    }
}
