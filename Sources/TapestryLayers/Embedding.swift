import TapestryAutograd

/// A vector for each entry of a vocabulary: `[…]` indices to `[…, size]`.
public struct Embedding<Scalar: DifferentiableScalar>: Layer {
    /// One row for each entry, `[vocabulary, size]`.
    public var weights: Tensor<Scalar>

    /// A table with a vector for each entry. Traps if a size is negative.
    ///
    /// - Parameters:
    ///   - vocabularySize: the number of entries.
    ///   - size: the number of features of each.
    ///   - initializer: by default normal with standard deviation 1.
    public init(vocabularySize: Int, size: Int, initializer: Initializer = .normal(standardDeviation: 1)) {
        if vocabularySize < 0 || size < 0 {
            trap("embedding", "sizes must not be negative: vocabulary \(vocabularySize), vectors \(size)")
        }
        weights = initializer.tensor([vocabularySize, size])
    }

    /// The row of each index, `[…]` to `[…, size]`. Traps on an index outside the vocabulary.
    public func callAsFunction(_ indices: Tensor<Int32>) -> Tensor<Scalar> {
        indices.value.checkIndices(intoAxis: 0, of: weights.shape, fromEnd: false, "embedding")
        return weights.rows(at: indices)
    }
}
