import TapestryAutograd

/// A cell whose state before the first step is a parameter, the same for every row of a batch.
public struct LearnedInitialState<Cell: StructuredRecurrentCell>: StructuredRecurrentCell {
    /// The type of the elements of parameters.
    public typealias Scalar = Cell.Scalar

    /// The cell.
    public var cell: Cell
    /// The state before the first step, each tensor `[1, …]`.
    public var initial: Cell.State

    /// Starts with the cell's own initial state, zeros for most.
    public init(_ cell: Cell) {
        self.cell = cell
        initial = cell.initialState(batchSize: 1)
    }

    /// The parameter, for every row of the batch.
    public func initialState(batchSize: Int) -> Cell.State {
        initial.mapTensors { $0.expanded(to: [batchSize] + $0.shape.dropFirst()) }
    }

    /// A step of the cell.
    public func step(_ input: Cell.Input, _ state: Cell.State) -> (output: Cell.Output, state: Cell.State) {
        cell.step(input, state)
    }

    /// The cell prepared.
    public func prepared(for input: Cell.Input, _ state: Cell.State) -> LearnedInitialState {
        var result = self
        result.cell = cell.prepared(for: input, state)
        return result
    }
}

extension LearnedInitialState: RecurrentCell where Cell: RecurrentCell {}

extension LearnedInitialState: ScannableRecurrentCell where Cell: ScannableRecurrentCell {
    /// The cell's own.
    public func transition(_ input: Cell.Input) -> Cell.Transition { cell.transition(input) }

    /// The cell's own.
    public func readout(_ input: Cell.Input, _ state: Cell.State) -> (output: Cell.Output, state: Cell.State) {
        cell.readout(input, state)
    }
}
