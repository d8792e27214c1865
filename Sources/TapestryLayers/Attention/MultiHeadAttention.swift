import TapestryAutograd

/// Attention by several heads, each over a projection of its own: headₕ = softmax(QₕKₕᵀ / √d) Vₕ with Q = x W_Q + b_Q
/// and so on, cut into heads of d = size / heads features; the result is (head₁, head₂, …) W_O + b_O.
///
/// The weights of all heads are named `attention`, `[batch, heads, time, sources]`, so that traces show them.
///
/// ```swift
/// let attention = MultiHeadAttention<Float>(size: 64, heads: 4)
/// let y = attention(x, isCausal: true)                                // within a sequence
/// let z = attention(y, sources: encoded, sourceLengths: lengths)      // to another one
/// ```
///
/// Reference: A. Vaswani et al., "Attention is all you need", 2017.
public struct MultiHeadAttention<Scalar: DifferentiableScalar>: Module {
    /// x W_Q + b_Q, `[…, size]` to the same.
    public var query: Linear<Scalar>
    /// x W_K + b_K of the sources, `[…, sourceSize]` to `[…, size]`.
    public var key: Linear<Scalar>
    /// x W_V + b_V of the sources, `[…, sourceSize]` to `[…, size]`.
    public var value: Linear<Scalar>
    /// W_O and b_O, `[…, size]` to the same.
    public var output: Linear<Scalar>
    /// Drops weights of single sources while training.
    public let dropout: Dropout<Scalar>
    /// The number of heads.
    public let headCount: Int

    /// Attention whose matrices start by Glorot's uniform initialiser, and biases uniformly in ±1/√inputs.
    ///
    /// - Parameters:
    ///   - size: the features of queries and of the result. Traps unless it is a multiple of the number of heads.
    ///   - headCount: the number of heads; at least 1.
    ///   - sourceSize: the features of the sources; by default as many.
    ///   - dropoutRate: the probability with which a weight is dropped while training.
    ///   - bias: whether the projections have one.
    public init(size: Int, heads headCount: Int, sourceSize: Int? = nil, dropoutRate: Double = 0, bias: Bool = true) {
        if headCount < 1 || size < 0 || size % headCount != 0 {
            trap("multiHeadAttention", "\(size) features cannot be cut into \(headCount) heads of equal size")
        }
        func projection(from inputSize: Int) -> Linear<Scalar> {
            Linear(inputSize: inputSize, outputSize: size, bias: bias, initializer: .xavierUniform)
        }
        query = projection(from: size)
        key = projection(from: sourceSize ?? size)
        value = projection(from: sourceSize ?? size)
        output = projection(from: size)
        dropout = Dropout(rate: dropoutRate)
        self.headCount = headCount
    }

    /// Attention of a sequence to itself, or to other sources, `[batch, time, size]` to the same.
    ///
    /// - Parameters:
    ///   - x: the queries, `[batch, time, size]`.
    ///   - sources: what keys and values are made of, `[batch, sources, sourceSize]`; by default x.
    ///   - sourceLengths: the number of sources of each sequence, all by default. Those beyond may be anything. Traps
    ///     unless each is from 1 to the sources there are.
    ///   - mask: which sources each time may attend to, `[batch, time, sources]` or `[time, sources]`, or for each head
    ///     `[batch, heads, time, sources]`; extents of 1 are broadcast. A time that may attend to none gets the
    ///     output's bias.
    ///   - isCausal: whether a time may attend to no later source than the one of its own position.
    public func callAsFunction(
        _ x: Tensor<Scalar>, sources: Tensor<Scalar>? = nil, sourceLengths: [Int]? = nil, mask: Tensor<Bool>? = nil,
        isCausal: Bool = false
    ) -> Tensor<Scalar> {
        checkSequences("multiHeadAttention", x.shape, nil, "features")
        let attended = AttentionSources(sources ?? x, lengths: sourceLengths, mask: mask, "multiHeadAttention")
        attended.checkBatch(x.shape, "multiHeadAttention")
        // Heads stand between batch and time.
        let allowed = attended.mask.map { $0.rank == 3 ? $0.unsqueezed(axis: 1) : $0 }
        let queries = query(sources == nil ? attended.values : x)
        let heads = scaledDotProductAttention(
            split(queries), split(key(attended.values)), split(value(attended.values)), mask: allowed,
            isCausal: isCausal
        ) { dropout($0.named("attention")) }
        return output(heads.transposed(1, 2).reshaped(to: [x.shape[0], x.shape[1], query.weights.shape[1]]))
    }

    /// `[batch, time, size]` to `[batch, heads, time, d]`.
    private func split(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        x.reshaped(to: [x.shape[0], x.shape[1], headCount, x.shape[2] / headCount]).transposed(1, 2)
    }
}
