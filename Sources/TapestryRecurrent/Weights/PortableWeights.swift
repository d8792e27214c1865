import TapestryAutograd
import TapestryLayers

/// The parameters of a cell that other frameworks have as well, in the form that the cells here have, from which each
/// framework's own is made; see `WeightLayout`.
public struct PortableWeights<Scalar: DifferentiableScalar>: Sendable {
    /// The cells that frameworks agree on.
    public enum Kind: Equatable, Sendable {
        /// One gate.
        case rnn
        /// The gates `forget`, `input`, `candidate` and `output`.
        case lstm
        /// The gates `reset`, `update` and `candidate`, and where the reset acts.
        case gru(GRUCell<Scalar>.Reset)
    }

    /// What cell it is.
    public let kind: Kind
    /// The gates in the order of their blocks.
    public private(set) var gates: [String]
    /// W, `[input, gates × units]`.
    public var input: Tensor<Scalar>
    /// U, `[hidden, gates × units]`.
    public var recurrent: Tensor<Scalar>
    /// What is added to x · W, `[gates × units]`.
    public var bias: Tensor<Scalar>?
    /// What is added to h · U, `[gates × units]`, where a cell has two biases.
    public var recurrentBias: Tensor<Scalar>?
    /// p of the gates `input`, `output` and `forget`, `[3 × units]`.
    public var peepholes: Tensor<Scalar>?
    /// P, `[units, hidden]`.
    public var projection: Tensor<Scalar>?

    /// The parameters of a cell's two projections. Traps if the gates are not those of the kind.
    public init<Gate: GateName>(
        _ kind: Kind, _ input: GateProjection<Gate, Scalar>, _ recurrent: GateProjection<Gate, Scalar>
    ) where Gate.RawValue == String {
        self.kind = kind
        gates = Gated<Gate, Scalar>.blockNames
        if let names = kind.gateNames ?? (gates.count == 1 ? nil : ["one alone"]), Set(names) != Set(gates) {
            trap("weights", "the gates \(gates.joined(separator: ", ")) are not \(names.joined(separator: ", "))")
        }
        self.input = input.weights.packed
        self.recurrent = recurrent.weights.packed
        bias = input.bias?.packed
        recurrentBias = recurrent.bias?.packed
    }

    /// Puts the matrices and biases into a cell's two projections, whose gates are those of `init(_:_:_:)`.
    public func store<Gate: GateName>(
        in input: inout GateProjection<Gate, Scalar>, _ recurrent: inout GateProjection<Gate, Scalar>
    ) where Gate.RawValue == String {
        input.weights.packed = self.input
        recurrent.weights.packed = self.recurrent
        input.bias = bias.map { Gated(packed: $0) }
        recurrent.bias = recurrentBias.map { Gated(packed: $0) }
    }

    // MARK: Blocks

    /// The same with the blocks of the gates in another order.
    func reordered(_ order: [String]) -> PortableWeights {
        let positions = order.map { gates.firstIndex(of: $0)! }
        func reordered(_ packed: Tensor<Scalar>) -> Tensor<Scalar> {
            let blocks = packed.split(count: gates.count, axis: -1)
            return concatenate(positions.map { blocks[$0] }, axis: -1)
        }
        var result = self
        result.gates = order
        result.input = reordered(input)
        result.recurrent = reordered(recurrent)
        result.bias = bias.map(reordered)
        result.recurrentBias = recurrentBias.map(reordered)
        return result
    }

    var unitCount: Int { recurrent.shape[1] / gates.count }

    // MARK: Biases

    var hasBias: Bool { bias != nil || recurrentBias != nil }

    /// Whether the two biases of a gate are multiplied by different things.
    var hasSeparateBiases: Bool { kind == .gru(.afterProduct) }

    /// Both biases, zeros in the place of one that is not there.
    var bothBiases: (input: Tensor<Scalar>, recurrent: Tensor<Scalar>) {
        let zeros = Tensor<Scalar>.zeros([recurrent.shape[1]])
        return (bias ?? zeros, recurrentBias ?? zeros)
    }

    /// What is added up anyway, in one.
    var sumOfBiases: Tensor<Scalar> { bothBiases.input + bothBiases.recurrent }

    /// Puts biases into the place of those that were there, as one if there was one.
    mutating func setBiases(_ input: Tensor<Scalar>, _ recurrent: Tensor<Scalar>? = nil) {
        if hasSeparateBiases || recurrentBias != nil {
            bias = input
            recurrentBias = recurrent ?? .zeros(input.shape)
        } else {
            bias = recurrent.map { input + $0 } ?? input
        }
    }
}

extension PortableWeights.Kind {
    /// The names of its gates; `nil` if there is one with any name.
    fileprivate var gateNames: [String]? {
        switch self {
        case .rnn: nil
        case .lstm: LSTMGate.allCases.map(\.rawValue)
        case .gru: GRUGate.allCases.map(\.rawValue)
        }
    }
}
