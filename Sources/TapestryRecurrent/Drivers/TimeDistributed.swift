import TapestryAutograd
import TapestryLayers

/// A layer that is applied to every step of a sequence by itself, as one batch of all steps.
public struct TimeDistributed<Step: Layer, Scalar: DifferentiableScalar>: RecurrentLayer
where Step.Input == Tensor<Scalar>, Step.Output == Tensor<Scalar> {
    /// What is applied to every step, `[batch, features]` to `[batch, units]`.
    public var layer: Step
    /// Whether sequences are `[batch, time, …]`; only a mask tells the difference.
    public let batchFirst: Bool

    /// A layer over every step.
    public init(_ layer: Step, batchFirst: Bool = false) {
        self.layer = layer
        self.batchFirst = batchFirst
    }

    /// `[time, batch, features]` to `[time, batch, units]`; there is no state. See
    /// `callAsFunction(_:initialState:mask:)`.
    public func run(
        _ inputs: Tensor<Scalar>, initialState: EmptyModule?, mask: SequenceMask?
    ) -> RecurrentResult<Tensor<Scalar>, EmptyModule> {
        if inputs.rank < 2 { trap("timeDistributed", "inputs of shape \(inputs.shape) have no axes of time and batch") }
        let (first, second) = (inputs.shape[0], inputs.shape[1])
        let (steps, rows) = batchFirst ? (second, first) : (first, second)
        let isThere = mask?.tensor(stepCount: steps, batchSize: rows, batchFirst: batchFirst).reshaped(to: [
            first * second
        ])
        var flat = inputs.reshaped(to: [first * second] + inputs.shape.dropFirst(2))
        if let isThere { flat = flat.rows(where: isThere) }
        var outputs = layer(flat)
        if let isThere { outputs = outputs.rows(where: isThere) }
        return RecurrentResult(
            outputs: outputs.reshaped(to: [first, second] + outputs.shape.dropFirst()), finalState: EmptyModule())
    }
}
