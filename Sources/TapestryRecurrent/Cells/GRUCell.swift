import TapestryAutograd
import TapestryLayers

/// The gates of a GRU, in the order of their blocks in packed weights.
public enum GRUGate: String, CaseIterable, Sendable {
    /// rₜ, which lets the state before into the candidate.
    case reset
    /// zₜ, which keeps the state before.
    case update
    /// nₜ, what takes the place of what is not kept.
    case candidate
}

/// The gated recurrent unit:
///
///     rₜ = σ(W_r xₜ + U_r hₜ₋₁ + b_r)                  reset gate
///     zₜ = σ(W_z xₜ + U_z hₜ₋₁ + b_z)                  update gate
///     nₜ = tanh(W_n xₜ + b_n + rₜ ⊙ (U_n hₜ₋₁ + b_u))   candidate, reset after the product, or
///     nₜ = tanh(W_n xₜ + b_n + U_n (rₜ ⊙ hₜ₋₁))         candidate, reset before it
///     hₜ = (1 − zₜ) ⊙ nₜ + zₜ ⊙ hₜ₋₁                    hidden state
///
/// σ and tanh are what frameworks let one choose: `gateActivation` and `candidateActivation` in their places.
///
/// Reset before the product is the original; reset after it, with a bias of its own, is what cuDNN and PyTorch compute,
/// and the default. The paper's z and 1 − z are exchanged in some of its versions.
///
/// References: K. Cho et al., "Learning phrase representations using RNN encoder–decoder", 2014; J. Chung et al.,
/// "Empirical evaluation of gated recurrent neural networks on sequence modeling", 2014.
public struct GRUCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// Where the reset gate acts on the recurrent part of the candidate.
    public enum Reset: String, Codable, Sendable, CaseIterable {
        /// U_n (rₜ ⊙ hₜ₋₁), as in the paper.
        case beforeProduct
        /// rₜ ⊙ (U_n hₜ₋₁ + b_u), as in cuDNN and PyTorch.
        case afterProduct
    }

    /// Every W, `[input, gates × hidden]`, and b_r, b_z, b_n.
    public var input: GateProjection<GRUGate, Scalar>
    /// Every U, `[hidden, gates × hidden]`.
    public var recurrent: GateProjection<GRUGate, Scalar>
    /// b_u, `[hidden]`, when the reset acts after the product.
    public var candidateBias: Tensor<Scalar>?
    /// Where the reset gate acts.
    public let reset: Reset
    /// What is in the place of σ.
    public var gateActivation: ActivationFunction { activations?.gate ?? .sigmoid }
    /// What is in the place of tanh.
    public var candidateActivation: ActivationFunction { activations?.candidate ?? .tanh }
    /// Both, unless they are the usual ones: walks over the cell meet none then.
    private let activations: Activations?

    private struct Activations: Codable, Equatable, Sendable {
        var gate, candidate: ActivationFunction
    }

    /// All parameters start uniformly in ±1/√hidden.
    ///
    /// - Parameters:
    ///   - inputSize: the features of xₜ.
    ///   - hiddenSize: the units of hₜ.
    ///   - reset: where the reset gate acts.
    ///   - gateActivation: in the place of σ; `recurrent_activation` in Keras, f in ONNX.
    ///   - candidateActivation: in the place of tanh; `activation` in Keras, g in ONNX.
    public init(
        inputSize: Int, hiddenSize: Int, reset: Reset, gateActivation: ActivationFunction = .sigmoid,
        candidateActivation: ActivationFunction = .tanh
    ) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        candidateBias = reset == .afterProduct ? Initializer.inverseRoot(of: hiddenSize).tensor([hiddenSize]) : nil
        self.reset = reset
        let usual = Activations(gate: .sigmoid, candidate: .tanh)
        let chosen = Activations(gate: gateActivation, candidate: candidateActivation)
        activations = chosen == usual ? nil : chosen
    }

    /// A GRU whose reset acts after the product.
    public init(inputSize: Int, hiddenSize: Int) {
        self.init(inputSize: inputSize, hiddenSize: hiddenSize, reset: .afterProduct)
    }

    /// h₀ = 0, `[batch, hidden]`.
    public func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, recurrent.unitCount]) }

    /// hₜ from xₜ, `[batch, input]`, and hₜ₋₁, `[batch, hidden]`; the output is the state. Traps if they do not fit.
    public func step(_ x: Tensor<Scalar>, _ h: Tensor<Scalar>) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
        let fromInput = input(x)
        let hidden: Tensor<Scalar>
        switch reset {
        case .afterProduct:
            let fromState = recurrent(h)
            let r = resetGate(fromInput[.reset] + fromState[.reset])
            let z = updateGate(fromInput[.update] + fromState[.update])
            let product = candidateBias.map { fromState[.candidate] + $0 } ?? fromState[.candidate]
            hidden = hiddenState(z, candidate(fromInput[.candidate] + r * product), h)
        case .beforeProduct:
            let r = resetGate(fromInput[.reset] + recurrent(h, .reset))
            let z = updateGate(fromInput[.update] + recurrent(h, .update))
            hidden = hiddenState(z, candidate(fromInput[.candidate] + recurrent(r * h, .candidate)), h)
        }
        return (hidden, hidden)
    }

    // MARK: The equations, from each gate's pre-activation a

    /// rₜ = σ(a_r), `[batch, hidden]`.
    public func resetGate(_ a: Tensor<Scalar>) -> Tensor<Scalar> { gateActivation(a).named("reset") }

    /// zₜ = σ(a_z), `[batch, hidden]`.
    public func updateGate(_ a: Tensor<Scalar>) -> Tensor<Scalar> { gateActivation(a).named("update") }

    /// nₜ = tanh(a_n), `[batch, hidden]`.
    public func candidate(_ a: Tensor<Scalar>) -> Tensor<Scalar> { candidateActivation(a).named("candidate") }

    /// hₜ = (1 − zₜ) ⊙ nₜ + zₜ ⊙ hₜ₋₁, each `[batch, hidden]`.
    public func hiddenState(_ z: Tensor<Scalar>, _ n: Tensor<Scalar>, _ h: Tensor<Scalar>) -> Tensor<Scalar> {
        ((1 - z) * n + z * h).named("hidden")
    }
}

/// One or several layers of GRU over a sequence.
public typealias GRU<Scalar: DifferentiableScalar> = RecurrentLayers<GRUCell<Scalar>>
