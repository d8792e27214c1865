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
///
/// All steps of a `ScannableRecurrentCell` are computed at once, unless derivatives are to be cut or segments computed
/// again, or `trace` or `gradientFlow` looks at single steps.
public struct Recurrent<Cell: StructuredRecurrentCell>: RecurrentLayer {
    /// The type of the elements of parameters.
    public typealias Scalar = Cell.Scalar

    /// What is applied at every step.
    public var cell: Cell
    /// Whether sequences are `[batch, time, …]`; else `[time, batch, …]`.
    public let batchFirst: Bool
    /// Whether it runs from the last step to the first. Outputs stand where their inputs do.
    public let isReversed: Bool
    /// After how many steps derivatives are cut, as by training on windows of so many steps; nowhere if it is `nil`.
    public let truncation: Int?
    /// The number of steps that are recorded together as one checkpoint; `nil` records every step.
    public let recomputation: Int?
    /// Whether all steps of a cell that can be scanned are computed at once.
    public let allowsScan: Bool

    /// A layer over a cell.
    ///
    /// - Parameters:
    ///   - cell: what is applied at every step.
    ///   - batchFirst: whether sequences are `[batch, time, features]`; else `[time, batch, features]`.
    ///   - isReversed: whether it runs from the last step to the first.
    ///   - truncation: k cuts the derivative through the state after every k steps (truncated back-propagation through
    ///     time; R. Williams and J. Peng, 1990). At least 1, else it traps.
    ///   - recomputation: k keeps the states after every k steps only, and computes what is between again on the way
    ///     back: with k = √T the memory of T steps is that of about 2 √T. At least 1, else it traps.
    ///   - allowsScan: whether all steps of a `ScannableRecurrentCell` are computed at once; the results differ by
    ///     rounding alone.
    public init(
        _ cell: Cell, batchFirst: Bool = false, isReversed: Bool = false, truncation: Int? = nil,
        recomputation: Int? = nil, allowsScan: Bool = true
    ) {
        for (name, count) in [("truncation", truncation), ("recomputation", recomputation)] {
            if let count, count < 1 { trap("recurrent", "\(name) after \(count) steps; it must be at least 1") }
        }
        self.cell = cell
        self.batchFirst = batchFirst
        self.isReversed = isReversed
        self.truncation = truncation
        self.recomputation = recomputation
        self.allowsScan = allowsScan
    }

    /// Runs the cell over a sequence; see `callAsFunction(_:initialState:mask:)`.
    public func run(
        _ inputs: Cell.Input, initialState: Cell.State?, mask: SequenceMask?
    ) -> RecurrentResult<Cell.Output, Cell.State> {
        let start = start(initialState, for: inputs)
        if OperationGraph.isRecording, let result = rolled(inputs, from: start, mask) { return result }
        if let result = scanned(inputs, from: start, mask) { return result }
        let (outputs, state) = unroll(inputs, start, rows(of: mask, for: inputs))
        return RecurrentResult(outputs: sequence(of: isReversed ? outputs.reversed() : outputs), finalState: state)
    }

    /// The output of the last step that is there of each sequence, `[batch, units]` (of the first one, where it runs
    /// backwards), and the state after it. The outputs of the other steps are not put together.
    public func last(
        _ inputs: Cell.Input, initialState: Cell.State? = nil, mask: SequenceMask? = nil
    ) -> (output: Cell.Output, finalState: Cell.State) {
        let start = start(initialState, for: inputs)
        let rolled = OperationGraph.isRecording ? rolled(inputs, from: start, mask) : nil
        if let result = rolled ?? scanned(inputs, from: start, mask) {
            return (lastOutput(of: result.outputs, inputs, mask), result.finalState)
        }
        let rows = rows(of: mask, for: inputs)
        let (outputs, state) = unroll(inputs, start, rows)
        var last = outputs[0]
        for (number, output) in outputs.enumerated().dropFirst() {
            let isThere = rows?[time(of: number, outputs.count)]
            last = isThere.map { output.rows(where: $0, else: last) } ?? output
        }
        return (last, state)
    }

    /// The state before the first step.
    private func start(_ initialState: Cell.State?, for inputs: Cell.Input) -> Cell.State {
        let state = cell.initialState(batchSize: batchSize(of: inputs))
        guard let initialState else { return state }
        initialState.checkShapes(like: state, "initial state")
        return initialState
    }

    // MARK: Unrolling

    /// Runs over all steps, one after the other; the outputs are in the order in which the steps are run.
    func unroll(
        _ inputs: Cell.Input, _ start: Cell.State, _ rows: [Tensor<Bool>?]?
    ) -> (outputs: [Cell.Output], state: Cell.State) {
        var state = start
        var steps = steps(of: inputs)
        if isReversed { steps.reverse() }
        let cell = cell.prepared(for: steps[0], state)
        guard let recomputation else {
            let outputs = run(cell, steps, from: 0, of: steps.count, &state, rows)
            return (outputs, state)
        }
        var outputs: [Cell.Output] = []
        for begin in stride(from: 0, to: steps.count, by: recomputation) {
            let segment = Segment(
                cell: cell, state: state, inputs: Array(steps[begin..<min(begin + recomputation, steps.count)]))
            let count = steps.count
            let result = checkpointed(segment) { segment in
                var state = segment.state
                let outputs = run(segment.cell, segment.inputs, from: begin, of: count, &state, rows)
                return SegmentResult(outputs: outputs, state: state)
            }
            outputs += result.outputs
            state = result.state
        }
        return (outputs, state)
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

    /// Runs over some steps in a row, of which `begin` were run before, of a sequence of `count`.
    @inline(__always)
    private func run(
        _ cell: Cell, _ inputs: [Cell.Input], from begin: Int, of count: Int, _ state: inout Cell.State,
        _ rows: [Tensor<Bool>?]?
    ) -> [Cell.Output] {
        var outputs: [Cell.Output] = []
        outputs.reserveCapacity(inputs.count)
        var number = begin
        for input in inputs {
            if let truncation, number > 0, number.isMultiple(of: truncation) { state = state.withoutDerivative() }
            let t = time(of: number, count)
            let output: Cell.Output
            (output, state) = withScope("t = ", t) {
                guard let rows = rows?[t] else { return observed(cell.step(input, state), at: t) }
                return observed(step(cell, input, state, where: rows), at: t)
            }
            outputs.append(output)
            number += 1
        }
        return outputs
    }

    /// A step of those rows of the batch that are there. What is padding is zero before the cell sees it: the
    /// derivative of a product has 0 · x, which a NaN would get through.
    func step(
        _ cell: Cell, _ input: Cell.Input, _ state: Cell.State, where rows: Tensor<Bool>
    ) -> (output: Cell.Output, state: Cell.State) {
        let (output, next) = PresentRows.$scoped.withValue(rows) { cell.step(input.rows(where: rows), state) }
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

    /// Which step is run after `number` others.
    @inline(__always)
    private func time(of number: Int, _ count: Int) -> Int { isReversed ? count - 1 - number : number }

    var timeAxis: Int { batchFirst ? 1 : 0 }
    func stepCount(of inputs: Cell.Input) -> Int { shape(of: inputs)[timeAxis] }
    func batchSize(of inputs: Cell.Input) -> Int { shape(of: inputs)[1 - timeAxis] }

    private func rows(of mask: SequenceMask?, for inputs: Cell.Input) -> [Tensor<Bool>?]? {
        guard let mask else { return nil }
        let shape = shape(of: inputs)
        return mask.rows(stepCount: shape[timeAxis], batchSize: shape[1 - timeAxis], batchFirst: batchFirst)
    }

    /// The shape of the inputs, or of the first tensor of them. Traps unless there is a time axis with a step, and the
    /// same one in all tensors.
    private func shape(of inputs: Cell.Input) -> [Int] {
        let shapes =
            sameType(inputs, as: Tensor<Cell.Scalar>.self).map { [$0.shape] }
            ?? ModuleTree(of: inputs).leaves.map(\.value.shape)
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
        guard let tensor = sameType(inputs, as: Tensor<Cell.Scalar>.self) else {
            return inputs.unstacked(axis: timeAxis)
        }
        return sameType(tensor.unstacked(axis: timeAxis), as: [Cell.Input].self)!
    }

    func sequence(of outputs: [Cell.Output]) -> Cell.Output {
        guard let tensors = sameType(outputs, as: [Tensor<Cell.Scalar>].self) else {
            return .stacked(outputs, axis: timeAxis)
        }
        return sameType(stack(tensors, axis: timeAxis), as: Cell.Output.self)!
    }
}
