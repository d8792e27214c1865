import TapestryAutograd

/// A cell that begins anew in those rows of a batch that a signal names: before such a step the state is the initial
/// one. So sequences may follow one another in one row, as episodes do.
public struct Reset<Cell: StructuredRecurrentCell>: StructuredRecurrentCell {
    /// The type of the elements of parameters.
    public typealias Scalar = Cell.Scalar

    /// What a step takes: the cell's input, and where to begin anew.
    public struct Input: Module {
        /// What the cell takes, each tensor `[batch, …]`; a sequence has `[time, batch, …]`.
        public var input: Cell.Input
        /// True for each row in which a new sequence begins with this step, `[batch]`; a sequence has `[time, batch]`.
        public var begins: Tensor<Bool>

        /// An input and a signal.
        public init(_ input: Cell.Input, begins: Tensor<Bool>) {
            self.input = input
            self.begins = begins
        }
    }

    /// The cell.
    public var cell: Cell

    /// A cell that a signal resets.
    public init(_ cell: Cell) { self.cell = cell }

    /// The cell's own.
    public func initialState(batchSize: Int) -> Cell.State { cell.initialState(batchSize: batchSize) }

    /// A step of the cell, from the initial state where the signal says so.
    public func step(_ input: Input, _ state: Cell.State) -> (output: Cell.Output, state: Cell.State) {
        let fresh = cell.initialState(batchSize: input.begins.shape[0])
        return cell.step(input.input, fresh.rows(where: input.begins, else: state))
    }

    /// The cell prepared.
    public func prepared(for input: Input, _ state: Cell.State) -> Reset {
        Reset(cell.prepared(for: input.input, state))
    }
}
