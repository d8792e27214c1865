import Tapestry
import TapestryAutograd

/// Ways to break a cell. Those of the first kind change what it computes, and their gradients are right for what they
/// compute: only the equation check can see them. Those of the second kind change gradients alone.
enum CellMutation: String, CaseIterable, Codable {
    case nothing
    case gatesSwapped = "gates-swapped"
    case weightsTransposed = "weights-transposed"
    case biasMissing = "bias-missing"
    case staleState = "stale-state"
    case detachedGate = "detached-gate"
    case wrongSign = "wrong-sign"
    case wrongSecondOrder = "wrong-second-order"
    case truncatedTime = "truncated-time"

    var summary: String {
        switch self {
        case .nothing: "the cell as it is"
        case .gatesSwapped: "the first two gates have each other's parameters (equation)"
        case .weightsTransposed: "every gate's recurrent weights are transposed (equation)"
        case .biasMissing: "no bias is added (equation)"
        case .staleState: "a step returns the state that it was given (equation)"
        case .detachedGate: "the first gate's parameters are constants (gradient)"
        case .wrongSign: "the first gate's parameters have a custom gradient of the wrong sign (gradient)"
        case .wrongSecondOrder: "the first gate's gradients are differentiated wrongly (gradient, --orders 2)"
        case .truncatedTime: "no derivative goes from a step to the one before (gradient)"
        }
    }

    /// Whether it breaks nothing in a cell without gates.
    var needsGates: Bool { self == .gatesSwapped }
}

/// A cell, broken on purpose. Its parameters have the names that they have in the cell.
struct BrokenCell<Cell: RecurrentCell>: RecurrentCell {
    private let cell: Cell
    private let mutation: CellMutation

    init(_ cell: Cell, _ mutation: CellMutation) {
        self.cell = cell
        self.mutation = mutation
    }

    func initialState(batchSize: Int) -> Cell.State { cell.initialState(batchSize: batchSize) }

    func step(_ input: Tensor<Cell.Scalar>, _ state: Cell.State) -> (output: Tensor<Cell.Scalar>, state: Cell.State) {
        let before = mutation == .truncatedTime ? state.withoutDerivative() : state
        let (output, after) = brokenCell.step(input, before)
        return (output, mutation == .staleState ? state : after)
    }

    private var brokenCell: Cell {
        cell.mapLeaves { leaf in
            let parameter = Tensor<Cell.Scalar>(leaf.value)
            guard let gateCount = leaf.blocks?.blockNames.count else { return leaf.value }
            return broken(parameter.chunked(gateCount, axis: -1), isRecurrent: leaf.path.hasPrefix("recurrent")).value
        }
    }

    /// A parameter, put together again from the blocks of its gates.
    private func broken(_ gates: [Tensor<Cell.Scalar>], isRecurrent: Bool) -> Tensor<Cell.Scalar> {
        var gates = gates
        switch mutation {
        case .nothing, .staleState, .truncatedTime: break
        case .gatesSwapped: gates.swapAt(0, 1)
        case .weightsTransposed: if isRecurrent { gates = gates.map { $0.transposed() } }
        case .biasMissing: if gates[0].rank == 1 { gates = gates.map { $0 * 0 } }
        case .detachedGate: gates[0] = gates[0].withoutDerivative()
        case .wrongSign:
            gates[0] = withCustomGradient(named: "wrong sign", at: gates[0], of: { $0 }) { g, _, _ in -g }
        case .wrongSecondOrder:
            gates[0] = withCustomGradient(named: "wrong second order", at: gates[0], of: { $0 }) { g, x, _ in
                g * (1 + x - x.withoutDerivative())
            }
        }
        return concatenate(gates, axis: -1)
    }

    private enum CodingKeys: String, CodingKey { case mutation }

    func encode(to encoder: any Encoder) throws {
        try cell.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(mutation, forKey: .mutation)
    }

    init(from decoder: any Decoder) throws {
        cell = try Cell(from: decoder)
        mutation = try decoder.container(keyedBy: CodingKeys.self).decode(CellMutation.self, forKey: .mutation)
    }
}
