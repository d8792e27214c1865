import TapestryAutograd

/// Whatever takes a sequence to a sequence and carries a state from its first step to its last: a cell that a driver
/// unrolls, two directions, several layers.
///
/// Sequences are trees of tensors, each `[time, batch, …]`, or `[batch, time, …]` where a layer says that batch comes
/// first.
public protocol RecurrentLayer<Scalar>: Module {
    /// The type of the elements of parameters.
    associatedtype Scalar: DifferentiableScalar
    /// A sequence of inputs.
    associatedtype Input: Module
    /// A sequence of outputs.
    associatedtype Output: Module
    /// What carries over.
    associatedtype State: Module

    /// Runs over a sequence; see `callAsFunction(_:initialState:mask:)`, which is how it is called.
    func run(
        _ inputs: Input, initialState: State?, mask: SequenceMask?
    ) -> RecurrentResult<Output, State>
}

extension RecurrentLayer {
    /// Runs over a sequence.
    ///
    /// - Parameters:
    ///   - inputs: `[time, batch, features]`, or `[batch, time, features]` if batch comes first. At least one step.
    ///   - initialState: the state before the first step; by default what the cell begins with, zeros for most. Traps
    ///     unless it has the same tensors as that one, in the same shapes.
    ///   - mask: which steps of which sequences are there. At the others the state stays as it is and outputs are zero;
    ///     nothing of their inputs reaches a result or a gradient, not even a NaN.
    /// - Returns: the output of every step, laid out like the inputs, and the state after the last step.
    public func callAsFunction(
        _ inputs: Input, initialState: State? = nil, mask: SequenceMask? = nil
    ) -> RecurrentResult<Output, State> {
        run(inputs, initialState: initialState, mask: mask)
    }

    /// The same for sequences of different lengths, padded at their ends: one length for each, from 1 to the number of
    /// steps, else it traps.
    public func callAsFunction(
        _ inputs: Input, initialState: State? = nil, lengths: [Int]
    ) -> RecurrentResult<Output, State> {
        run(inputs, initialState: initialState, mask: .lengths(lengths))
    }
}

/// What a recurrent layer returns.
public struct RecurrentResult<Output: Module, State: Module>: Module {
    /// The output of every step, laid out like the inputs: `[time, batch, units]` or `[batch, time, units]`.
    public var outputs: Output
    /// The state after the last step.
    public var finalState: State

    /// A result of outputs and a final state.
    public init(outputs: Output, finalState: State) {
        self.outputs = outputs
        self.finalState = finalState
    }
}
