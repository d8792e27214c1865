import TapestryAutograd
import TapestryLayers

/// The only block of a plain recurrent cell.
public enum RNNGate: String, CaseIterable, Sendable {
    /// hₜ.
    case hidden
}

/// The plain recurrent cell:
///
///     hₜ = φ(W xₜ + U hₜ₋₁ + b),    φ = tanh or relu
///
/// References: J. Elman, "Finding structure in time", 1990; with relu: Q. Le, N. Jaitly and G. Hinton, "A simple way to
/// initialize recurrent networks of rectified linear units", 2015.
public struct RNNCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// What the cell can apply to its pre-activation.
    public enum Nonlinearity: String, Codable, Sendable, CaseIterable {
        /// (eᶻ − e⁻ᶻ) / (eᶻ + e⁻ᶻ)
        case tanh
        /// max(z, 0)
        case relu
    }

    /// W and b.
    public var input: GateProjection<RNNGate, Scalar>
    /// U.
    public var recurrent: GateProjection<RNNGate, Scalar>
    /// φ.
    public let nonlinearity: Nonlinearity

    /// All parameters start uniformly in ±1/√hidden.
    public init(inputSize: Int, hiddenSize: Int, nonlinearity: Nonlinearity) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        self.nonlinearity = nonlinearity
    }

    /// A cell with tanh.
    public init(inputSize: Int, hiddenSize: Int) {
        self.init(inputSize: inputSize, hiddenSize: hiddenSize, nonlinearity: .tanh)
    }

    /// h₀ = 0, `[batch, hidden]`.
    public func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, recurrent.unitCount]) }

    /// hₜ from xₜ, `[batch, input]`, and hₜ₋₁, `[batch, hidden]`; the output is the state. Traps if they do not fit.
    public func step(_ x: Tensor<Scalar>, _ h: Tensor<Scalar>) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
        let hidden = hiddenState(input(x) + recurrent(h))
        return (hidden, hidden)
    }

    /// hₜ = φ(z), `[batch, hidden]`, from z = W xₜ + U hₜ₋₁ + b.
    public func hiddenState(_ z: Gated<RNNGate, Scalar>) -> Tensor<Scalar> {
        switch nonlinearity {
        case .tanh: tanh(z[.hidden]).named("hidden")
        case .relu: relu(z[.hidden]).named("hidden")
        }
    }
}

/// One or several layers of plain recurrent cells over a sequence.
public typealias RNN<Scalar: DifferentiableScalar> = RecurrentLayers<RNNCell<Scalar>>
