import TapestryAutograd

/// Attention whose scores are products of queries q and sources k, and the context is Σ softmax(score)ₛ kₛ.
///
/// The weights are named `attention`, `[batch, time, sources]`, so that traces show them.
///
/// Reference: M.-T. Luong, H. Pham and C. D. Manning, "Effective approaches to attention-based neural machine
/// translation", 2015.
public struct MultiplicativeAttention<Scalar: DifferentiableScalar>: AttentionScore {
    /// The forms of the score in the paper.
    public enum Score: String, Sendable, Codable, CaseIterable {
        /// qᵀ k
        case dot
        /// qᵀ W k
        case general
        /// vᵀ tanh(W [q; k])
        case concat
    }

    /// Which form the score has.
    public let score: Score
    /// W of `general`: `[…, sourceSize]` to `[…, querySize]`, without a bias.
    public var key: Linear<Scalar>?
    /// W and v of `concat`, which is additive attention without a bias.
    public var concatenated: AdditiveAttention<Scalar>?

    /// Attention by one form of the score, whose projection, if it has one, starts as a `Linear` does.
    ///
    /// - Parameters:
    ///   - score: the form of the score.
    ///   - querySize: the features of a query. Traps if they are not those of a source, and the score is a dot product.
    ///   - sourceSize: the features of a source; by default as many.
    ///   - hiddenSize: the extent of v in `concat`; by default as many as the query has features.
    public init(score: Score, querySize: Int, sourceSize: Int? = nil, hiddenSize: Int? = nil) {
        let sourceSize = sourceSize ?? querySize
        if score == .dot, querySize != sourceSize {
            trap("multiplicativeAttention", "dot products of \(querySize) and \(sourceSize) features")
        }
        self.score = score
        key = score == .general ? Linear(inputSize: sourceSize, outputSize: querySize, bias: false) : nil
        concatenated =
            score == .concat
            ? AdditiveAttention(
                querySize: querySize, sourceSize: sourceSize, hiddenSize: hiddenSize ?? querySize, bias: false) : nil
    }

    /// The context of each query, `[batch, time, sourceSize]`; of one query for each sequence `[batch, sourceSize]`.
    /// The arguments are those of `AdditiveAttention`.
    public func callAsFunction(
        _ queries: Tensor<Scalar>, sources: Tensor<Scalar>, sourceLengths: [Int]? = nil, mask: Tensor<Bool>? = nil
    ) -> Tensor<Scalar> {
        AttentionSources(sources, lengths: sourceLengths, mask: mask, "multiplicativeAttention")
            .context(of: queries, by: self, "multiplicativeAttention")
    }

    /// What queries are multiplied with, `[batch, sources, querySize]`; of `concat` the keys of additive attention.
    public func keys(of sources: Tensor<Scalar>) -> Tensor<Scalar> {
        if let concatenated { return concatenated.keys(of: sources) }
        return key.map { $0(sources) } ?? sources
    }

    /// The scores of queries, `[batch, time, querySize]`, against the keys: `[batch, time, sources]`. Traps if they
    /// differ in the features.
    public func scores(_ queries: Tensor<Scalar>, keys: Tensor<Scalar>) -> Tensor<Scalar> {
        if let concatenated { return concatenated.scores(queries, keys: keys) }
        if queries.shape[2] != keys.shape[2] {
            trap("multiplicativeAttention", "queries \(queries.shape) and keys \(keys.shape) differ in the features")
        }
        return matmul(queries, keys.transposed())
    }
}
