import TapestryAutograd

/// How attention scores queries against sources: additive or multiplicative.
public protocol AttentionScore<Scalar>: Module {
    /// The type of the elements of queries, sources and parameters.
    associatedtype Scalar: DifferentiableScalar

    /// What the scores need of the sources, `[batch, sources, …]`, whatever the queries are: computed once for many of
    /// them.
    func keys(of sources: Tensor<Scalar>) -> Tensor<Scalar>

    /// The scores of queries, `[batch, time, querySize]`, against what was made of the sources:
    /// `[batch, time, sources]`.
    func scores(_ queries: Tensor<Scalar>, keys: Tensor<Scalar>) -> Tensor<Scalar>
}
