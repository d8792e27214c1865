import TapestryAutograd

/// Two layers over the same sequence, one forward and one backward, and what becomes of their outputs.
///
/// ```swift
/// let layer = Bidirectional(
///     LSTMCell<Float>(inputSize: 8, hiddenSize: 16), LSTMCell<Float>(inputSize: 8, hiddenSize: 16))
/// layer(inputs, lengths: lengths).outputs              // [time, batch, 32]
/// ```
///
/// Reference: M. Schuster and K. Paliwal, "Bidirectional recurrent neural networks", 1997.
public struct Bidirectional<Forward: RecurrentLayer, Backward: RecurrentLayer>: RecurrentLayer
where
    Forward.Input == Backward.Input, Forward.Scalar == Backward.Scalar, Forward.Output == Tensor<Forward.Scalar>,
    Backward.Output == Tensor<Forward.Scalar>
{
    /// The type of the elements of parameters.
    public typealias Scalar = Forward.Scalar

    /// What runs from the first step to the last.
    public var forward: Forward
    /// What runs from the last step to the first.
    public var backward: Backward
    /// What becomes of the outputs of both directions.
    public let merge: BidirectionalMerge

    /// Two layers, of which the second runs backwards by itself (`isReversed`).
    public init(forward: Forward, backward: Backward, merge: BidirectionalMerge = .concatenate) {
        self.forward = forward
        self.backward = backward
        self.merge = merge
    }

    /// Two cells, unrolled.
    public init<F: StructuredRecurrentCell, B: StructuredRecurrentCell>(
        _ forward: F, _ backward: B, merge: BidirectionalMerge = .concatenate, batchFirst: Bool = false
    ) where Forward == Recurrent<F>, Backward == Recurrent<B> {
        self.init(
            forward: Recurrent(forward, batchFirst: batchFirst),
            backward: Recurrent(backward, batchFirst: batchFirst, isReversed: true), merge: merge)
    }

    /// Runs both over a sequence; see `callAsFunction(_:initialState:mask:)`. With `concatenate` the outputs have the
    /// units of both, else they must have the same number.
    public func run(
        _ inputs: Forward.Input, initialState: BidirectionalState<Forward.State, Backward.State>?, mask: SequenceMask?
    ) -> RecurrentResult<Tensor<Scalar>, BidirectionalState<Forward.State, Backward.State>> {
        let (left, right) = both(inputs, initialState: initialState, mask: mask)
        let outputs: Tensor<Scalar> =
            switch merge {
            // Of outputs [time, batch, features…] or [batch, time, features…].
            case .concatenate: concatenate([left.outputs, right.outputs], axis: 2)
            case .sum: left.outputs + right.outputs
            case .mean: (left.outputs + right.outputs) / 2
            case .product: left.outputs * right.outputs
            }
        return RecurrentResult(
            outputs: outputs,
            finalState: BidirectionalState(forward: left.finalState, backward: right.finalState))
    }

    /// What both directions give, apart.
    public func both(
        _ inputs: Forward.Input, initialState: BidirectionalState<Forward.State, Backward.State>? = nil,
        mask: SequenceMask? = nil
    ) -> (
        forward: RecurrentResult<Tensor<Scalar>, Forward.State>,
        backward: RecurrentResult<Tensor<Scalar>, Backward.State>
    ) {
        let left = withScope("forward") { forward(inputs, initialState: initialState?.forward, mask: mask) }
        let right = withScope("backward") { backward(inputs, initialState: initialState?.backward, mask: mask) }
        return (left, right)
    }
}

/// What becomes of the outputs of two directions.
public enum BidirectionalMerge: String, Codable, Sendable, CaseIterable {
    /// Side by side along the axis of features, or of channels, the forward ones first.
    case concatenate
    /// y⃗ + y⃖; both directions must have outputs of one size.
    case sum
    /// (y⃗ + y⃖) / 2; both directions must have outputs of one size.
    case mean
    /// y⃗ ⊙ y⃖; both directions must have outputs of one size.
    case product
}

/// The states of two directions.
public struct BidirectionalState<Forward: Module, Backward: Module>: Module {
    /// Of the layer that runs forward: after the last step, when it is a final state.
    public var forward: Forward
    /// Of the layer that runs backward: after the first step, when it is a final state.
    public var backward: Backward

    /// The states of two directions.
    public init(forward: Forward, backward: Backward) {
        self.forward = forward
        self.backward = backward
    }
}
