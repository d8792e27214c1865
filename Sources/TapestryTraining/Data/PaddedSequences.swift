import TapestryArrays
import TapestryAutograd

/// Sequences of different lengths as one tensor, the shorter ones filled up at their ends.
public struct PaddedSequences: Sendable {
    /// The indices, `[time, batch]`.
    public let indices: Tensor<Int32>
    /// The length of each sequence, `[batch]`: what comes behind is padding.
    public let lengths: [Int]

    /// - Parameters:
    ///   - sequences: The sequences of a batch. Traps if there are none.
    ///   - padding: What shorter ones are filled up with.
    ///   - length: The length to fill them up to, and to cut longer ones at; `nil` for that of the longest, at least 1.
    public init(_ sequences: [[Int32]], padding: Int32 = 0, length: Int? = nil) {
        guard !sequences.isEmpty else { trap("PaddedSequences", "a batch of no sequences") }
        let steps = length ?? Swift.max(sequences.map(\.count).max()!, 1)
        guard steps > 0 else { trap("PaddedSequences", "a length of \(steps), expected at least 1") }
        lengths = sequences.map { Swift.min($0.count, steps) }
        var scalars = [Int32](repeating: padding, count: steps * sequences.count)
        for (row, sequence) in sequences.enumerated() {
            for (step, index) in sequence.prefix(steps).enumerated() { scalars[step * sequences.count + row] = index }
        }
        indices = Tensor(shape: [steps, sequences.count], scalars: scalars)
    }
}
