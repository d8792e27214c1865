import TapestryArrays

/// softmax(Q Kᵀ / √d) V, of queries `[…, time, d]`, keys `[…, sources, d]` and values `[…, sources, features]`:
/// `[…, time, features]`. Leading axes are broadcast. Traps on shapes that do not fit.
///
/// A time that may attend to no source gets zeros, and sends none of its cotangent back. What a time may not attend to
/// does not reach it, on the way back neither, even where it is infinite or NaN: padding may hold anything.
///
/// - Parameters:
///   - query: Q, `[…, time, d]`.
///   - key: K, `[…, sources, d]`.
///   - value: V, `[…, sources, features]`.
///   - mask: which sources each time may attend to, broadcast to `[…, time, sources]`; `nil` means all.
///   - isCausal: whether a time may attend to no later source than the one of its own position.
///
/// Reference: A. Vaswani et al., "Attention is all you need", 2017.
public func scaledDotProductAttention<Scalar: DifferentiableScalar>(
    _ query: Tensor<Scalar>, _ key: Tensor<Scalar>, _ value: Tensor<Scalar>, mask: Tensor<Bool>? = nil,
    isCausal: Bool = false
) -> Tensor<Scalar> {
    scaledDotProductAttention(query, key, value, mask: mask, isCausal: isCausal) { $0 }
}

/// The same with weights, `[…, time, sources]`, that are changed before they are used: named, or with some dropped.
package func scaledDotProductAttention<Scalar: DifferentiableScalar>(
    _ query: Tensor<Scalar>, _ key: Tensor<Scalar>, _ value: Tensor<Scalar>, mask: Tensor<Bool>?, isCausal: Bool,
    changingWeights change: (Tensor<Scalar>) -> Tensor<Scalar>
) -> Tensor<Scalar> {
    let shape = scoresShape(query.shape, key.shape, value.shape, mask: mask?.shape)
    let scaled = query * (1 / Double(query.shape[query.rank - 1]).squareRoot())
    var allowed = mask
    if isCausal {
        let times = Tensor<Int32>.arange(from: 0, to: Int32(shape[shape.count - 2]), by: 1).unsqueezed(axis: 1)
        let isPast = Tensor<Int32>.arange(from: 0, to: Int32(shape[shape.count - 1]), by: 1) .<= times
        allowed = allowed.map { $0 .& isPast } ?? isPast
    }
    guard var allowed else { return matmul(change(matmul(scaled, key.transposed()).softmax()), value) }
    if allowed.rank == 0 { allowed = allowed.reshaped(to: 1) }
    if [query, key, value].allSatisfy(\.isFiniteInAllExamples) {
        let weights = attentionWeights(matmul(scaled, key.transposed()), allowed)
        return matmul(change(weights), value)
    }
    // A product of matrices would multiply what is not allowed by zero, which makes NaN of it. So each time gets a copy
    // of its own of keys and values, in which that is zero.
    let pairs = allowed.unsqueezed(axis: -1)
    let hasSource = allowed.any(axes: [-1], keepingAxes: true)
    let times = select(hasSource, scaled, Tensor(0)).unsqueezed(axis: -2)
    let keys = select(pairs, key.unsqueezed(axis: -3), Tensor(0))
    let weights = attentionWeights((times * keys).sum(axes: [-1]), allowed)
    return (change(weights).unsqueezed(axis: -1) * select(pairs, value.unsqueezed(axis: -3), Tensor(0))).sum(axes: [-2])
}

/// The softmax over the scores that are allowed, and zeros for the others.
package func attentionWeights<Scalar: DifferentiableScalar>(
    _ scores: Tensor<Scalar>, _ allowed: Tensor<Bool>
) -> Tensor<Scalar> {
    select(allowed, select(allowed, scores, Tensor(-.infinity)).softmax(), Tensor(0))
}

/// `[…, time, sources]`; traps on shapes that do not fit.
private func scoresShape(_ query: [Int], _ key: [Int], _ value: [Int], mask: [Int]?) -> [Int] {
    func fail(_ rule: String) -> Never {
        trap("scaledDotProductAttention", "queries \(query), keys \(key) and values \(value): \(rule)")
    }
    if query.count < 2 || key.count < 2 || value.count < 2 { fail("each needs at least two axes") }
    if query.last != key.last { fail("queries and keys differ in the last axis") }
    if key[key.count - 2] != value[value.count - 2] { fail("keys and values differ in the number of sources") }
    guard let leading = Layout.broadcastShape(Array(query.dropLast(2)), Array(key.dropLast(2))),
        Layout.broadcastShape(leading, Array(value.dropLast(2))) != nil
    else { fail("leading axes cannot be broadcast") }
    let shape = leading + [query[query.count - 2], key[key.count - 2]]
    if let mask, !Layout(mask).fits(shape) { fail("a mask of shape \(mask) cannot be broadcast to \(shape)") }
    return shape
}

extension Tensor where Scalar: DifferentiableScalar {
    /// Whether no element is infinite or NaN, inside of `vmap` of any example. (Squares that overflow count as
    /// infinite.)
    fileprivate var isFiniteInAllExamples: Bool { value.arrayOfAllExamples.sumOfSquares.isFinite }
}
