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

    /// What it needs a cell to have, for messages.
    var need: String {
        switch self {
        case .gatesSwapped: "parameters with two blocks"
        case .weightsTransposed: "square weights"
        case .biasMissing: "biases"
        default: "parameters"
        }
    }

    /// Whether a parameter is one that it changes, from its path and its blocks.
    func changes(_ path: String, _ blocks: [[Int]]) -> Bool {
        switch self {
        case .nothing, .staleState, .truncatedTime: false
        case .gatesSwapped: blocks.count > 1
        case .weightsTransposed: blocks[0].count == 2 && blocks[0][0] == blocks[0][1]
        case .biasMissing: path.lowercased().hasSuffix("bias")
        case .detachedGate, .wrongSign, .wrongSecondOrder: true
        }
    }
}

/// A cell, broken on purpose. Its parameters have the names that they have in the cell.
struct BrokenCell<Cell: StructuredRecurrentCell>: StructuredRecurrentCell {
    typealias Scalar = Cell.Scalar

    private let cell: Cell
    private let mutation: CellMutation

    init(_ cell: Cell, _ mutation: CellMutation) {
        self.cell = cell
        self.mutation = mutation
    }

    func initialState(batchSize: Int) -> Cell.State { cell.initialState(batchSize: batchSize) }

    func step(_ input: Cell.Input, _ state: Cell.State) -> (output: Cell.Output, state: Cell.State) {
        let before = mutation == .truncatedTime ? state.withoutDerivative() : state
        let (output, after) = brokenCell.step(input, before)
        return (output, mutation == .staleState ? state : after)
    }

    /// Whether the mutation changes anything.
    var isBroken: Bool {
        [.staleState, .truncatedTime].contains(mutation)
            || ModuleTree(of: cell).leaves.contains { mutation.changes($0.path, blocks(of: $0).map(\.shape)) }
    }

    private var brokenCell: Cell {
        cell.mapLeaves { leaf in
            let blocks = blocks(of: leaf)
            return mutation.changes(leaf.path, blocks.map(\.shape))
                ? concatenate(broken(blocks), axis: -1).reshaped(to: leaf.value.shape).value : leaf.value
        }
    }

    /// The blocks of a parameter's gates; what has no gates is one block. A scalar is one with an axis.
    private func blocks(of leaf: ModuleTree.Leaf) -> [Tensor<Cell.Scalar>] {
        let parameter = Tensor<Cell.Scalar>(leaf.value)
        if parameter.rank == 0 { return [parameter.reshaped(to: [1])] }
        return parameter.chunked(leaf.blocks?.blockNames.count ?? 1, axis: -1)
    }

    private func broken(_ gates: [Tensor<Cell.Scalar>]) -> [Tensor<Cell.Scalar>] {
        var gates = gates
        switch mutation {
        case .nothing, .staleState, .truncatedTime: break
        case .gatesSwapped: gates.swapAt(0, 1)
        case .weightsTransposed: gates = gates.map { $0.transposed() }
        case .biasMissing: gates = gates.map { $0 * 0 }
        case .detachedGate: gates[0] = gates[0].withoutDerivative()
        case .wrongSign:
            gates[0] = withCustomGradient(named: "wrong sign", at: gates[0], of: { $0 }) { g, _, _ in -g }
        case .wrongSecondOrder:
            gates[0] = withCustomGradient(named: "wrong second order", at: gates[0], of: { $0 }) { g, x, _ in
                g * (1 + x - x.withoutDerivative())
            }
        }
        return gates
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
