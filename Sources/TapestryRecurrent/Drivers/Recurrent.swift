import TapestryAutograd

/// What a recurrent layer returns.
public struct RecurrentResult<Scalar: DifferentiableScalar, State: Module>: Module {
    /// The output of every step, laid out like the inputs: `[time, batch, units]` or `[batch, time, units]`.
    public var outputs: Tensor<Scalar>
    /// The state after the last step.
    public var finalState: State

    /// A result of outputs and a final state.
    public init(outputs: Tensor<Scalar>, finalState: State) {
        self.outputs = outputs
        self.finalState = finalState
    }
}

/// Any cell, unrolled over the time axis of a sequence.
///
/// ```swift
/// let model = Recurrent(LSTMCell<Float>(inputSize: 64, hiddenSize: 128))
/// let result = model(inputs)          // [time, batch, 64] to outputs [time, batch, 128]
/// ```
///
/// Each step is a scope named `t = 0`, `t = 1`, … in tapes, traces and reports.
public struct Recurrent<Cell: RecurrentCell>: Module {
    /// What is applied at every step.
    public var cell: Cell
    /// Whether sequences are `[batch, time, features]`; else `[time, batch, features]`.
    public let batchFirst: Bool

    /// A layer over a cell, for sequences in one of the two layouts.
    public init(_ cell: Cell, batchFirst: Bool = false) {
        self.cell = cell
        self.batchFirst = batchFirst
    }

    /// Runs the cell over a sequence.
    ///
    /// - Parameters:
    ///   - inputs: `[time, batch, features]`, or `[batch, time, features]` if batch comes first. At least one step.
    ///   - initialState: the state before the first step; the cell's own (zeros) by default. Traps unless it has the
    ///     same tensors as that one, in the same shapes.
    /// - Returns: the output of every step, laid out like the inputs, and the state after the last step.
    public func callAsFunction(
        _ inputs: Tensor<Cell.Scalar>, initialState: Cell.State? = nil
    ) -> RecurrentResult<Cell.Scalar, Cell.State> {
        let timeAxis = checkedTimeAxis(of: inputs)
        var state = cell.initialState(batchSize: inputs.shape[1 - timeAxis])
        if let initialState {
            initialState.checkShapes(like: state, "initial state")
            state = initialState
        }
        var outputs: [Tensor<Cell.Scalar>] = []
        outputs.reserveCapacity(inputs.shape[timeAxis])
        for (t, input) in inputs.unstacked(axis: timeAxis).enumerated() {
            let output: Tensor<Cell.Scalar>
            (output, state) = withScope("t = \(t)") { cell.step(input, state) }
            outputs.append(output)
        }
        return RecurrentResult(outputs: stack(outputs, axis: timeAxis), finalState: state)
    }

    private func checkedTimeAxis(of inputs: Tensor<Cell.Scalar>) -> Int {
        let order = batchFirst ? "[batch, time, features]" : "[time, batch, features]"
        if inputs.rank != 3 { trap("recurrent", "inputs of shape \(inputs.shape) are not \(order)") }
        let timeAxis = batchFirst ? 1 : 0
        if inputs.shape[timeAxis] == 0 { trap("recurrent", "inputs of shape \(inputs.shape) (\(order)) have no step") }
        return timeAxis
    }
}
