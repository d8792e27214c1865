import TapestryAutograd

/// Attention whose scores are a small network's: score(q, k) = vᵀ tanh(W q + U k + b), and the context is
/// Σ softmax(score)ₛ kₛ.
///
/// The weights are named `attention`, `[batch, time, sources]`, so that traces show them.
///
/// Reference: D. Bahdanau, K. Cho and Y. Bengio, "Neural machine translation by jointly learning to align and
/// translate", 2015.
public struct AdditiveAttention<Scalar: DifferentiableScalar>: AttentionScore {
    /// W, without a bias.
    public var query: Linear<Scalar>
    /// U, and b if there is one.
    public var key: Linear<Scalar>
    /// v, `[hidden, 1]`.
    public var score: Linear<Scalar>

    /// Attention whose projections start as a `Linear` does.
    ///
    /// - Parameters:
    ///   - querySize: the features of a query, such as a decoder's state.
    ///   - sourceSize: the features of a source, such as an encoder's output.
    ///   - hiddenSize: the units of the network.
    ///   - bias: whether there is a b.
    public init(querySize: Int, sourceSize: Int, hiddenSize: Int, bias: Bool = true) {
        query = Linear(inputSize: querySize, outputSize: hiddenSize, bias: false)
        key = Linear(inputSize: sourceSize, outputSize: hiddenSize, bias: bias)
        score = Linear(inputSize: hiddenSize, outputSize: 1, bias: false)
    }

    /// The context of each query, `[batch, time, sourceSize]`; of one query for each sequence `[batch, sourceSize]`.
    ///
    /// - Parameters:
    ///   - queries: `[batch, time, querySize]`, or one for each sequence, `[batch, querySize]`.
    ///   - sources: `[batch, sources, sourceSize]`.
    ///   - sourceLengths: the number of sources of each sequence, all by default. Those beyond may be anything. Traps
    ///     unless each is from 1 to the sources there are.
    ///   - mask: which sources each query may attend to, `[batch, time, sources]` or `[time, sources]`. A query that
    ///     may attend to none gets zeros.
    public func callAsFunction(
        _ queries: Tensor<Scalar>, sources: Tensor<Scalar>, sourceLengths: [Int]? = nil, mask: Tensor<Bool>? = nil
    ) -> Tensor<Scalar> {
        let sources = AttentionSources(sources, lengths: sourceLengths, mask: mask, "additiveAttention")
        return sources.context(of: queries, by: self, "additiveAttention")
    }

    /// U k + b of every source, `[batch, sources, hidden]`.
    public func keys(of sources: Tensor<Scalar>) -> Tensor<Scalar> { key(sources) }

    /// The scores of queries, `[batch, time, querySize]`, against the keys: `[batch, time, sources]`.
    public func scores(_ queries: Tensor<Scalar>, keys: Tensor<Scalar>) -> Tensor<Scalar> {
        score(tanh(query(queries).unsqueezed(axis: 2) + keys.unsqueezed(axis: 1))).squeezed(axes: [3])
    }
}

extension AttentionSources {
    /// Σ softmax(score)ₛ sourceₛ for each query, or for the one that each sequence has.
    func context(
        of queries: Tensor<Scalar>, by attention: some AttentionScore<Scalar>, _ operation: String
    ) -> Tensor<Scalar> {
        if queries.rank == 2 {
            return context(of: queries.unsqueezed(axis: 1), by: attention, operation).squeezed(axes: [1])
        }
        if queries.rank != 3 { trap(operation, "queries \(queries.shape) are not [batch, time, features]") }
        checkBatch(queries.shape, operation)
        let scores = attention.scores(queries, keys: attention.keys(of: values))
        if let mask, mask.rank == 4 { trap(operation, "the mask \(mask.shape) has an axis of heads") }
        let weights = mask.map { attentionWeights(scores, $0) } ?? scores.softmax()
        return matmul(weights.named("attention"), values)
    }
}
