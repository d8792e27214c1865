import Synchronization
import TapestryAutograd
import TapestryLayers

/// While training, sets elements of one of a cell's named values to zero, anew at every step, and divides the others by
/// 1 − rate; the cell as it is while inferring. On the candidate this drops updates of the memory, never the memory
/// itself.
///
/// ```swift
/// RecurrentDropout(LSTMCell<Float>(inputSize: 8, hiddenSize: 16), rate: 0.25, of: "candidate")
/// ```
///
/// Reference: S. Semeniuta, A. Severyn and E. Barth, "Recurrent dropout without memory loss", 2016.
public struct RecurrentDropout<Cell: StructuredRecurrentCell>: StructuredRecurrentCell {
    /// The type of the elements of parameters.
    public typealias Scalar = Cell.Scalar

    /// The cell.
    public var cell: Cell
    /// The probability with which an element becomes zero.
    public let dropout: Dropout<Scalar>
    /// What the cell calls the value.
    public let name: String

    /// Dropout of the value that the cell names `name`. Traps unless 0 ≤ rate < 1, and at a step if the cell names
    /// nothing so.
    public init(_ cell: Cell, rate: Double, of name: String = "candidate") {
        self.cell = cell
        dropout = Dropout(rate: rate)
        self.name = name
    }

    /// The cell's own.
    public func initialState(batchSize: Int) -> Cell.State { cell.initialState(batchSize: batchSize) }

    /// A step of the cell. While training it traps if the cell names no value so.
    public func step(_ input: Cell.Input, _ state: Cell.State) -> (output: Cell.Output, state: Cell.State) {
        guard Mode.current == .training, dropout.rate > 0 else { return cell.step(input, state) }
        let (dropout, name) = (dropout, name)
        let names = NameCollector()
        let result = Naming.replacing { found, value in
            names.append(found)
            return found == name ? dropout(Tensor<Scalar>(value)).value : nil
        } in: {
            cell.step(input, state)
        }
        if !names.all.contains(name) {
            trap("recurrentDropout", "\(Cell.self) names no value \"\(name)\", but \(names.all)")
        }
        return result
    }

    /// The cell prepared.
    public func prepared(for input: Cell.Input, _ state: Cell.State) -> RecurrentDropout {
        var result = self
        result.cell = cell.prepared(for: input, state)
        return result
    }
}

extension RecurrentDropout: RecurrentCell where Cell: RecurrentCell {}

/// The names that a step gives.
private final class NameCollector: Sendable {
    private let names = Mutex<[String]>([])
    var all: [String] { names.withLock { $0 } }
    func append(_ name: String) { names.withLock { $0.append(name) } }
}
