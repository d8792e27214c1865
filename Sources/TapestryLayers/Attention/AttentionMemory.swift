import TapestryAutograd

/// Sources that stay the same while one query after the other attends to them, such as what an encoder has put out
/// while a decoder runs.
public struct AttentionMemory<Scalar: DifferentiableScalar>: Module {
    /// The sources, `[batch, sources, sourceSize]`; zero beyond their lengths.
    public var values: Tensor<Scalar>
    /// True for those that are there, `[batch, 1, sources]`; `nil` means all.
    private let mask: Tensor<Bool>?
    /// What scores need of them, if it has been computed.
    private var keys: Tensor<Scalar>?

    /// A memory of sources, to which every step attends.
    ///
    /// - Parameters:
    ///   - sources: `[batch, sources, sourceSize]`; one sequence is the same for all rows of the queries' batch. Traps
    ///     on another number of axes and without a source.
    ///   - lengths: the number of sources of each sequence, all by default. Those beyond may be anything. Traps unless
    ///     each is from 1 to the sources there are.
    public init(_ sources: Tensor<Scalar>, lengths: [Int]? = nil) {
        let sources = AttentionSources(sources, lengths: lengths, mask: nil, "attention")
        (values, mask) = (sources.values, sources.mask)
    }

    /// The same with what scores need of the sources, which is otherwise computed for every query.
    public func prepared(for attention: some AttentionScore<Scalar>) -> AttentionMemory {
        var result = self
        result.keys = attention.keys(of: values)
        return result
    }

    /// The context of one query for each row of the batch, `[batch, querySize]`: Σ softmax(score)ₛ sourceₛ,
    /// `[batch, sourceSize]`. The weights are named `attention`, `[batch, sources]`. Traps if the batches differ, and
    /// the memory has not one row for all.
    public func context(of query: Tensor<Scalar>, by attention: some AttentionScore<Scalar>) -> Tensor<Scalar> {
        if query.rank != 2 || values.shape[0] != 1 && values.shape[0] != query.shape[0] {
            trap("attention", "queries \(query.shape) do not fit a memory of \(values.shape)")
        }
        let scores = attention.scores(query.unsqueezed(axis: 1), keys: keys ?? attention.keys(of: values))
        let weights = mask.map { attentionWeights(scores, $0) } ?? scores.softmax()
        let named = weights.squeezed(axes: [1]).named("attention")
        return matmul(named.unsqueezed(axis: 1), values).squeezed(axes: [1])
    }
}
