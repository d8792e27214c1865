import TapestryAutograd

/// Any cell, unrolled over the time axis of a sequence.
///
/// ```swift
/// let model = Recurrent(LSTMCell<Float>(inputSize: 64, hiddenSize: 128))
/// let result = model(inputs)                          // [time, batch, 64] to outputs [time, batch, 128]
/// let masked = model(inputs, lengths: [7, 3, 5])      // sequences of different lengths, padded at their ends
/// ```
///
/// Each step is a scope named `t = 0`, `t = 1`, … in tapes, traces and reports.
public struct Recurrent<Cell: StructuredRecurrentCell>: RecurrentLayer {
    /// The type of the elements of parameters.
    public typealias Scalar = Cell.Scalar

    /// What is applied at every step.
    public var cell: Cell
    /// Whether sequences are `[batch, time, features]`; else `[time, batch, features]`.
    public let batchFirst: Bool
    /// Whether it runs from the last step to the first. Outputs stand where their inputs do.
    public let isReversed: Bool
    /// After how many steps derivatives are cut, as by training on windows of so many steps; nowhere if it is `nil`.
    public let truncation: Int?
    /// The number of steps that are recorded together as one checkpoint; `nil` records every step.
    public let recomputation: Int?

    /// A layer over a cell.
    ///
    /// - Parameters:
    ///   - cell: what is applied at every step.
    ///   - batchFirst: whether sequences are `[batch, time, features]`; else `[time, batch, features]`.
    ///   - isReversed: whether it runs from the last step to the first.
    ///   - truncation: k cuts the derivative through the state after every k steps (truncated back-propagation through
    ///     time; R. Williams and J. Peng, 1990). At least 1, else it traps.
    ///   - recomputation: k keeps the states after every k steps only, and computes what is between again on the way back:
    ///     with k = √T the memory of T steps is that of about 2 √T. At least 1, else it traps.
    public init(
        _ cell: Cell, batchFirst: Bool = false, isReversed: Bool = false, truncation: Int? = nil,
        recomputation: Int? = nil
    ) {
        for (name, count) in [("truncation", truncation), ("recomputation", recomputation)] {
            if let count, count < 1 { trap("recurrent", "\(name) after \(count) steps; it must be at least 1") }
        }
        self.cell = cell
        self.batchFirst = batchFirst
        self.isReversed = isReversed
        self.truncation = truncation
        self.recomputation = recomputation
    }

    /// Runs the cell over a sequence; see `callAsFunction(_:initialState:mask:)`.
    public func run(
        _ inputs: Cell.Input, initialState: Cell.State?, mask: SequenceMask?
    ) -> RecurrentResult<Cell.Output, Cell.State> {
        var outputs: [Cell.Output] = []
        let state = unroll(inputs, initialState, mask) { outputs = $0 }
        return RecurrentResult(outputs: sequence(of: outputs), finalState: state)
    }

    /// The output of the last step that is there of each sequence, `[batch, units]` (of the first one, where it runs
    /// backwards), and the state after it. The outputs of the other steps are not put together.
    public func last(
        _ inputs: Cell.Input, initialState: Cell.State? = nil, mask: SequenceMask? = nil
    ) -> (output: Cell.Output, finalState: Cell.State) {
        var last: Cell.Output?
        let rows = mask.map { masks(for: inputs, $0) }
        let state = unroll(inputs, initialState, mask) { outputs in
            for t in order(of: outputs.count) {
                guard let rows = rows?[t], let before = last else {
                    last = outputs[t]
                    continue
                }
                last = outputs[t].rows(where: rows, else: before)
            }
        }
        return (last!, state)
    }

    // MARK: Unrolling

    /// Runs over all steps, hands the outputs over in the order of time, and returns the state after the last.
    private func unroll(
        _ inputs: Cell.Input, _ initialState: Cell.State?, _ mask: SequenceMask?, _ take: ([Cell.Output]) -> Void
    ) -> Cell.State {
        let steps = steps(of: inputs)
        let rows = mask.map { masks(for: inputs, $0) } ?? Array(repeating: nil, count: steps.count)
        var state = cell.initialState(batchSize: batchSize(of: inputs))
        if let initialState {
            initialState.checkShapes(like: state, "initial state")
            state = initialState
        }
        let cell = cell.prepared(for: steps[isReversed ? steps.count - 1 : 0], state)
        var outputs = [Cell.Output?](repeating: nil, count: steps.count)
        var remaining = order(of: steps.count)[...]
        while !remaining.isEmpty {
            let places = remaining.prefix(recomputation ?? remaining.count)
            remaining = remaining.dropFirst(places.count)
            let segment = Segment(cell: cell, state: state, inputs: places.map { steps[$0] })
            let result =
                recomputation == nil
                ? run(segment, at: places, rows) : checkpointed(segment) { run($0, at: places, rows) }
            state = result.state
            for (place, output) in zip(places, result.outputs) { outputs[place] = output }
        }
        take(outputs.map { $0! })
        return state
    }

    /// Some steps in a row, as one module: what a checkpoint takes.
    private struct Segment: Module {
        var cell: Cell
        var state: Cell.State
        var inputs: [Cell.Input]
    }

    /// What they give.
    private struct SegmentResult: Module {
        var outputs: [Cell.Output]
        var state: Cell.State
    }

    private func run(_ segment: Segment, at places: ArraySlice<Int>, _ rows: [Tensor<Bool>?]) -> SegmentResult {
        var result = SegmentResult(outputs: [], state: segment.state)
        result.outputs.reserveCapacity(places.count)
        for (input, t) in zip(segment.inputs, places) {
            let output: Cell.Output
            let before = isReversed ? rows.count - 1 - t : t
            if let truncation, before > 0, before.isMultiple(of: truncation) {
                result.state = result.state.withoutDerivative()
            }
            (output, result.state) = withScope("t = \(t)") {
                observed(step(segment.cell, input, result.state, where: rows[t]), at: t)
            }
            result.outputs.append(output)
        }
        return result
    }

    /// A step of those rows of the batch that are there. What is padding is zero before the cell sees it: the derivative of a product has
    /// 0 · x, which a NaN would get through.
    private func step(
        _ cell: Cell, _ input: Cell.Input, _ state: Cell.State, where rows: Tensor<Bool>?
    ) -> (output: Cell.Output, state: Cell.State) {
        guard let rows else { return cell.step(input, state) }
        let (output, next) = cell.step(input.rows(where: rows), state)
        return (output.rows(where: rows), next.rows(where: rows, else: state))
    }

    @inline(__always)
    private func observed(
        _ result: (output: Cell.Output, state: Cell.State), at t: Int
    ) -> (output: Cell.Output, state: Cell.State) {
        guard Naming.isObserved, let observer = GradientFlowObserver.current else { return result }
        return observer.observing(result.output, result.state, at: t)
    }

    // MARK: Time

    /// The numbers of the steps in the order in which they are run.
    private func order(of count: Int) -> [Int] { isReversed ? (0..<count).reversed() : Array(0..<count) }

    private var timeAxis: Int { batchFirst ? 1 : 0 }

    private func masks(for inputs: Cell.Input, _ mask: SequenceMask) -> [Tensor<Bool>?] {
        let shape = shape(of: inputs)
        return mask.rows(stepCount: shape[timeAxis], batchSize: shape[1 - timeAxis], batchFirst: batchFirst)
    }

    private func batchSize(of inputs: Cell.Input) -> Int { shape(of: inputs)[1 - timeAxis] }

    /// The shape of the inputs, or of the first tensor of them. Traps unless there is a time axis with a step, and the same
    /// one in all tensors.
    private func shape(of inputs: Cell.Input) -> [Int] {
        let shapes =
            (inputs as? Tensor<Cell.Scalar>).map { [$0.shape] } ?? ModuleTree(of: inputs).leaves.map(\.value.shape)
        let order = batchFirst ? "[batch, time, features]" : "[time, batch, features]"
        for shape in shapes {
            if shape.count < 2 || Cell.Input.self == Tensor<Cell.Scalar>.self && shape.count < 3 {
                trap("recurrent", "inputs of shape \(shape) are not \(order)")
            }
            if shape[timeAxis] == 0 { trap("recurrent", "inputs of shape \(shape) (\(order)) have no step") }
            if shape.prefix(2) != shapes[0].prefix(2) {
                trap("recurrent", "inputs of shapes \(shapes[0]) and \(shape) (\(order)) differ in time or batch")
            }
        }
        guard let shape = shapes.first else { trap("recurrent", "inputs of \(Cell.Input.self) have no tensor") }
        return shape
    }

    // A sequence that is one tensor, as most are, is not taken apart as a tree at every step.

    private func steps(of inputs: Cell.Input) -> [Cell.Input] {
        _ = shape(of: inputs)
        guard let tensor = inputs as? Tensor<Cell.Scalar> else { return inputs.unstacked(axis: timeAxis) }
        return tensor.unstacked(axis: timeAxis).map { $0 as! Cell.Input }
    }

    private func sequence(of outputs: [Cell.Output]) -> Cell.Output {
        guard let tensors = outputs as? [Tensor<Cell.Scalar>] else { return .stacked(outputs, axis: timeAxis) }
        return stack(tensors, axis: timeAxis) as! Cell.Output
    }
}
