import TapestryAutograd
import TapestryLayers

/// While training, sets weights of a cell to zero, the same ones at every step of a sequence and for every row of the
/// batch, and divides the others by 1 − rate; the cell as it is while inferring.
///
/// By default the weights are those whose paths begin with `recurrent`: hidden-to-hidden weights.
///
/// References: L. Wan et al., "Regularization of neural networks using DropConnect", 2013; on recurrent weights: S.
/// Merity, N. S. Keskar and R. Socher, "Regularizing and optimizing LSTM language models", 2018.
public struct DropConnect<Cell: StructuredRecurrentCell>: StructuredRecurrentCell {
    /// The type of the elements of parameters.
    public typealias Scalar = Cell.Scalar

    /// The cell.
    public var cell: Cell
    /// The probability with which a weight becomes zero, by the path of the parameters in the cell.
    public let weights: StateRate

    /// DropConnect on the parameters whose paths match a pattern. Traps unless 0 ≤ rate < 1, and if no parameter
    /// matches.
    public init(_ cell: Cell, rate: Double, of pattern: ParameterPattern = "recurrent*") {
        if !(rate >= 0 && rate < 1) { trap("dropConnect", "the rate \(rate) is not in 0 ..< 1") }
        if !cell.parameters.contains(where: { pattern.matches($0.path) }) {
            trap("dropConnect", "none of \(cell.parameters.map(\.path)) matches \"\(pattern.text)\"")
        }
        self.cell = cell
        weights = StateRate(rate, of: pattern)
    }

    /// The cell's own.
    public func initialState(batchSize: Int) -> Cell.State { cell.initialState(batchSize: batchSize) }

    /// A step of the cell.
    public func step(_ input: Cell.Input, _ state: Cell.State) -> (output: Cell.Output, state: Cell.State) {
        cell.step(input, state)
    }

    /// The cell with some weights missing, if this is training.
    public func prepared(for input: Cell.Input, _ state: Cell.State) -> DropConnect {
        var result = self
        if Mode.current == .training, weights.rate > 0 {
            let pattern = weights.pattern
            result.cell = cell.multiplied(by: cell.dropoutMask { pattern.matches($0) ? weights.rate : 0 })
        }
        result.cell = result.cell.prepared(for: input, state)
        return result
    }
}

extension DropConnect: RecurrentCell where Cell: RecurrentCell {}

extension DropConnect: ScannableRecurrentCell where Cell: ScannableRecurrentCell {
    /// The cell's own.
    public func transition(_ input: Cell.Input) -> Cell.Transition { cell.transition(input) }

    /// The cell's own.
    public func readout(_ input: Cell.Input, _ state: Cell.State) -> (output: Cell.Output, state: Cell.State) {
        cell.readout(input, state)
    }
}
