import TapestryAutograd

/// Cells of any kinds one upon the other within each step, each fed with the output of the one before: a cell itself,
/// which can be unrolled, stepped through by hand, and wrapped.
///
/// ```swift
/// let cell = Stacked {
///     LSTMCell<Float>(inputSize: 8, hiddenSize: 16)
///     GRUCell<Float>(inputSize: 16, hiddenSize: 16)
/// }
/// ```
public struct Stacked<Cells: StructuredRecurrentCell>: StructuredRecurrentCell {
    /// The type of the elements of parameters.
    public typealias Scalar = Cells.Scalar

    /// The cells: one, or pairs that nest in `first`.
    public var cells: Cells

    /// The cells in the order in which they are written, the lowest first.
    public init(@CellBuilder _ cells: () -> Cells) { self.cells = cells() }

    /// The states that the cells begin with.
    public func initialState(batchSize: Int) -> Cells.State { cells.initialState(batchSize: batchSize) }

    /// One step of all cells, the lowest first; the output is that of the last one.
    public func step(_ input: Cells.Input, _ state: Cells.State) -> (output: Cells.Output, state: Cells.State) {
        cells.step(input, state)
    }

    /// All cells prepared.
    public func prepared(for input: Cells.Input, _ state: Cells.State) -> Stacked {
        var result = self
        result.cells = cells.prepared(for: input, state)
        return result
    }
}

extension Stacked: RecurrentCell where Cells: RecurrentCell {}

/// Two cells, the second fed with the output of the first.
public struct CellPair<First: StructuredRecurrentCell, Second: StructuredRecurrentCell>: StructuredRecurrentCell
where First.Output == Second.Input, First.Scalar == Second.Scalar {
    /// The type of the elements of parameters.
    public typealias Scalar = First.Scalar

    /// The lower cell; itself a pair where there are more than two.
    public var first: First
    /// The upper cell.
    public var second: Second

    /// Two cells, the lower one first.
    public init(_ first: First, _ second: Second) {
        self.first = first
        self.second = second
    }

    /// The states that both begin with.
    public func initialState(batchSize: Int) -> StatePair<First.State, Second.State> {
        StatePair(first.initialState(batchSize: batchSize), second.initialState(batchSize: batchSize))
    }

    /// One step of both.
    public func step(
        _ input: First.Input, _ state: StatePair<First.State, Second.State>
    ) -> (output: Second.Output, state: StatePair<First.State, Second.State>) {
        let (between, below) = withScope("first") { first.step(input, state.first) }
        let (output, above) = withScope("second") { second.step(between, state.second) }
        return (output, StatePair(below, above))
    }

    /// Both prepared. What the second one is prepared for comes from a step of the first that nothing else knows of.
    public func prepared(for input: First.Input, _ state: StatePair<First.State, Second.State>) -> CellPair {
        let first = first.prepared(for: input, state.first)
        let between = withRandomSource(RandomSource.current.copy()) {
            withoutRecording { first.step(input, state.first).output }
        }
        return CellPair(first, second.prepared(for: between.withoutDerivative(), state.second))
    }
}

extension CellPair: RecurrentCell where First: RecurrentCell, Second: RecurrentCell {}

/// Builds a stack of cells.
@resultBuilder
public enum CellBuilder {
    /// One cell is a stack.
    public static func buildPartialBlock<Only: StructuredRecurrentCell>(first: Only) -> Only { first }

    /// The stack so far, with one more cell upon it.
    public static func buildPartialBlock<Below: StructuredRecurrentCell, Next: StructuredRecurrentCell>(
        accumulated: Below, next: Next
    ) -> CellPair<Below, Next> {
        CellPair(accumulated, next)
    }
}
