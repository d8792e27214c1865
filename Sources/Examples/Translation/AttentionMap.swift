import Tapestry
import TapestryCommand

/// Weights of attention as a table of block characters: the darker, the more.
struct AttentionMap: CustomStringConvertible {
    /// What attends, and what it attends to.
    let rows, columns: [String]
    /// `[rows, columns]`, each from 0 to 1.
    let weights: Tensor<Float>

    var description: String {
        let width = max(rows.map(\.count).max()!, 1)
        // A column is as wide as its word.
        let widths = columns.map { max($0.count, 3) }
        let title = zip([""] + columns, [width] + widths).map { $0.padded(to: $1) }.joined(separator: "  ")
        let lines = zip(rows, weights.unstacked()).map { row, weights in
            row.padded(to: width)
                + zip(weights.scalars, widths).map { weight, width in
                    "  " + String(repeating: AttentionMap.block(of: weight), count: width)
                }.joined()
        }
        return ([title] + lines).joined(separator: "\n")
    }

    private static func block(of weight: Float) -> String {
        ["·", "░", "▒", "▓", "█"][min(Int(weight * 5), 4)]
    }
}
