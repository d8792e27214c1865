import TapestryAutograd
import TapestryRecurrent

/// A cell of the library in double, its parameters addressed by the names that the goldens use.
package protocol GoldenCell: SizedRecurrentCell where Scalar == Double, State: GoldenState {
    associatedtype Gate: GateName where Gate.RawValue == String
    var input: GateProjection<Gate, Double> { get set }
    var recurrent: GateProjection<Gate, Double> { get set }
    /// A second bias of the candidate, which only a GRU with the reset after the product has.
    var candidateBias: Tensor<Double>? { get set }
}

extension LSTMCell<Double>: GoldenCell {}
extension GRUCell<Double>: GoldenCell {}
extension RNNCell<Double>: GoldenCell {}
extension UGRNNCell<Double>: GoldenCell {}

/// A state whose parts are addressed by the names that the goldens use, `Hidden` and, where there is one, `Cell`.
package protocol GoldenState: Module {
    static var parts: [(name: String, path: WritableKeyPath<Self, Tensor<Double>> & Sendable)] { get }
    /// A state whose parts are to be set.
    static var empty: Self { get }
}

extension LSTMState<Double>: GoldenState {
    package static var parts: [(name: String, path: WritableKeyPath<Self, Tensor<Double>> & Sendable)] {
        [("Hidden", \.hidden), ("Cell", \.cell)]
    }
    package static var empty: Self { LSTMState(hidden: Tensor(0), cell: Tensor(0)) }
}

extension Tensor<Double>: GoldenState {
    package static var parts: [(name: String, path: WritableKeyPath<Self, Tensor<Double>> & Sendable)] {
        [("Hidden", \.self)]
    }
    package static var empty: Self { Tensor(0) }
}

extension GoldenCell {
    package var candidateBias: Tensor<Double>? {
        get { nil }
        set { precondition(newValue == nil, "\(Self.self) has no second bias") }
    }

    /// `forget.inputWeights`, `forget.recurrentWeights`, `forget.bias`, and so on.
    package var blockNames: [String] {
        Gate.allCases.flatMap { gate in ["inputWeights", "recurrentWeights", "bias"].map { "\(gate.rawValue).\($0)" } }
            + (candidateBias == nil ? [] : ["candidate.recurrentBias"])
    }

    /// The block of one gate.
    package subscript(block name: String) -> Tensor<Double> {
        get {
            let (gate, part) = Self.gate(in: name)
            return switch part {
            case "inputWeights": input.weights[gate]
            case "recurrentWeights": recurrent.weights[gate]
            case "bias": input.bias![gate]
            default: candidateBias!
            }
        }
        set {
            let (gate, part) = Self.gate(in: name)
            switch part {
            case "inputWeights": input.weights[gate] = newValue
            case "recurrentWeights": recurrent.weights[gate] = newValue
            case "bias": input.bias![gate] = newValue
            default: candidateBias = newValue
            }
        }
    }

    private static func gate(in name: String) -> (gate: Gate, part: Substring) {
        let parts = name.split(separator: ".")
        guard parts.count == 2, let gate = Gate(rawValue: String(parts[0])),
            ["inputWeights", "recurrentWeights", "bias", "recurrentBias"].contains(parts[1])
        else { preconditionFailure("no block is called \(name)") }
        return (gate, parts[1])
    }
}

/// All that a run of a cell starts from, as one module: one gradient has everything.
package struct SequenceOperands<Cell: GoldenCell>: Module {
    /// `[time, batch, input]`
    package var x: Tensor<Double>
    package var initialState: Cell.State
    package var cell: Cell

    package init(x: Tensor<Double>, initialState: Cell.State, cell: Cell) {
        self.x = x
        self.initialState = initialState
        self.cell = cell
    }

    package var blockNames: [String] { ["x"] + Cell.State.parts.map { "initial\($0.name)" } + cell.blockNames }

    /// A block by the name that the goldens give it.
    package subscript(block name: String) -> Tensor<Double> {
        get {
            if name == "x" { return x }
            if let part = Cell.State.parts.first(where: { "initial\($0.name)" == name }) {
                return initialState[keyPath: part.path]
            }
            return cell[block: name]
        }
        set {
            if name == "x" {
                x = newValue
            } else if let part = Cell.State.parts.first(where: { "initial\($0.name)" == name }) {
                initialState[keyPath: part.path] = newValue
            } else {
                cell[block: name] = newValue
            }
        }
    }

    package func run() -> RecurrentResult<Tensor<Double>, Cell.State> { Recurrent(cell)(x, initialState: initialState) }
}
