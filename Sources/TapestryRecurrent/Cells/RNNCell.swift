import TapestryAutograd
import TapestryLayers

/// The only block of a plain recurrent cell.
public enum RNNGate: String, CaseIterable, Sendable {
    /// hₜ.
    case hidden
}

/// The plain recurrent cell:
///
///     hₜ = φ(W xₜ + U hₜ₋₁ + b),    φ = tanh, relu or another function
///
/// References: J. Elman, "Finding structure in time", 1990; with relu: Q. Le, N. Jaitly and G. Hinton, "A simple way to
/// initialize recurrent networks of rectified linear units", 2015.
public struct RNNCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W and b.
    public var input: GateProjection<RNNGate, Scalar>
    /// U.
    public var recurrent: GateProjection<RNNGate, Scalar>
    /// φ.
    public let activation: ActivationFunction

    /// All parameters start uniformly in ±1/√hidden.
    public init(inputSize: Int, hiddenSize: Int, activation: ActivationFunction) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        self.activation = activation
    }

    /// A cell with tanh.
    public init(inputSize: Int, hiddenSize: Int) {
        self.init(inputSize: inputSize, hiddenSize: hiddenSize, activation: .tanh)
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
        activation(z[.hidden]).named("hidden")
    }
}

/// One or several layers of plain recurrent cells over a sequence.
public typealias RNN<Scalar: DifferentiableScalar> = RecurrentLayers<RNNCell<Scalar>>
