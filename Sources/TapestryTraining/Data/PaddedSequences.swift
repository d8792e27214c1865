import TapestryArrays
import TapestryAutograd

/// Sequences of different lengths as one tensor, the shorter ones filled up at their ends.
public struct PaddedSequences: Sendable {
    /// The indices, `[time, batch]`.
    public let indices: Tensor<Int32>
    /// The length of each sequence, `[batch]`: what comes behind is padding.
    public let lengths: [Int]

    /// Which places have an index of a sequence, `[time, batch]`; what the others have is padding.
    public var mask: Tensor<Bool> { Padding.mask(lengths, steps: indices.shape[0]) }

    /// Fills sequences up to one length. Traps if that is not positive.
    ///
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

/// Sequences of features of different lengths as one tensor, the shorter ones filled up with zeros at their ends.
public struct PaddedFeatures<Scalar: DifferentiableScalar>: Sendable {
    /// The values, `[time, batch, features…]`.
    public let values: Tensor<Scalar>
    /// The length of each sequence, `[batch]`: what comes behind is padding.
    public let lengths: [Int]

    /// Which steps belong to a sequence, `[time, batch]`.
    public var mask: Tensor<Bool> { Padding.mask(lengths, steps: values.shape[0]) }

    /// Fills sequences up to one length with zeros. Traps if that is not positive, or a sequence has no axis of time.
    ///
    /// - Parameters:
    ///   - sequences: The sequences of a batch, each `[time, features…]`. Traps if there are none, or they have
    ///     different features.
    ///   - length: The length to fill them up to, and to cut longer ones at; `nil` for that of the longest, at least 1.
    public init(_ sequences: [Tensor<Scalar>], length: Int? = nil) {
        guard let first = sequences.first, !first.shape.isEmpty else {
            trap("PaddedFeatures", "a batch of no sequences, or of numbers without a time axis")
        }
        let features = Array(first.shape.dropFirst())
        if let other = sequences.first(where: { Array($0.shape.dropFirst()) != features }) {
            trap("PaddedFeatures", "features of shapes \(features) and \(Array(other.shape.dropFirst()))")
        }
        let steps = length ?? Swift.max(sequences.map { $0.shape[0] }.max()!, 1)
        guard steps > 0 else { trap("PaddedFeatures", "a length of \(steps), expected at least 1") }
        lengths = sequences.map { Swift.min($0.shape[0], steps) }
        let size = features.reduce(1, *)
        var scalars = [Scalar](repeating: 0, count: steps * sequences.count * size)
        for (row, sequence) in sequences.enumerated() {
            let own = sequence.scalars
            for step in 0..<lengths[row] {
                let start = (step * sequences.count + row) * size
                scalars.replaceSubrange(start..<start + size, with: own[step * size..<(step + 1) * size])
            }
        }
        values = Tensor(shape: [steps, sequences.count] + features, scalars: scalars)
    }
}

private enum Padding {
    static func mask(_ lengths: [Int], steps: Int) -> Tensor<Bool> {
        let scalars = (0..<steps).flatMap { step in lengths.map { step < $0 } }
        return Tensor(shape: [steps, lengths.count], scalars: scalars)
    }
}
