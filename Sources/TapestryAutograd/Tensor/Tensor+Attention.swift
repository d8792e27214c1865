import TapestryArrays

/// softmax(Q Kᵀ / √d) V, of queries `[…, time, d]`, keys `[…, sources, d]` and values `[…, sources, features]`:
/// `[…, time, features]`. Leading axes are broadcast.
///
/// - Parameters:
///   - mask: which sources each time may attend to, broadcast to `[…, time, sources]`; `nil` means all. A time that may
///     attend to none gets zeros, and sends none of its cotangent back.
///   - isCausal: whether a time may attend to no later source than the one of its own position.
///
/// Reference: A. Vaswani et al., "Attention is all you need", 2017.
public func scaledDotProductAttention<Scalar: DifferentiableScalar>(
    _ query: Tensor<Scalar>, _ key: Tensor<Scalar>, _ value: Tensor<Scalar>, mask: Tensor<Bool>? = nil,
    isCausal: Bool = false
) -> Tensor<Scalar> {
    if query.rank < 2 || key.rank < 2 || value.rank < 2 {
        trap("attention", "\(query.shape), \(key.shape) and \(value.shape) need at least two axes each")
    }
    let scale = 1 / Double(query.shape[query.rank - 1]).squareRoot()
    let scores = matmul(query * scale, key.transposed())
    var allowed = mask
    if isCausal {
        let times = Tensor<Int32>((0..<Int32(query.shape[query.rank - 2])).map { $0 }).unsqueezed(axis: 1)
        let isPast = Tensor<Int32>((0..<Int32(key.shape[key.rank - 2])).map { $0 }) .<= times
        allowed = allowed.map { $0 .& isPast } ?? isPast
    }
    guard let allowed else { return matmul(scores.softmax(), value) }
    // Where nothing is allowed, −inf alone would give NaN: the scores stay, and their weights become zero.
    let isNothing = .!(allowed.expanded(to: scores.shape).any(axes: [-1], keepingAxes: true))
    let weights = select(allowed .| isNothing, scores, Tensor(-.infinity)).softmax()
    return matmul(select(allowed, weights, Tensor(0)), value)
}
