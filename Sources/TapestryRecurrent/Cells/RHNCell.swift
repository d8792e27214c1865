import TapestryAutograd
import TapestryLayers

/// The gates of a recurrent highway layer, in the order of their blocks.
public enum RHNGate: String, CaseIterable, Sendable {
    /// nˡ, what joins the state.
    case candidate
    /// tˡ, which lets the candidate in and the state before out.
    case transform
}

/// The recurrent highway network: several highway layers within one step, of which the first sees the input. With s⁰
/// = hₜ₋₁, for every layer l:
///
///     nˡ = tanh([l = 1] W_n xₜ + U_n sˡ⁻¹ + b_n)       candidate
///     tˡ = σ([l = 1] W_t xₜ + U_t sˡ⁻¹ + b_t)          transform gate; what it leaves, 1 − tˡ, is carried
///     sˡ = nˡ ⊙ tˡ + sˡ⁻¹ ⊙ (1 − tˡ)
///     hₜ = the last sˡ                                  hidden state
///
/// Reference: J. G. Zilly, R. K. Srivastava, J. Koutník and J. Schmidhuber, "Recurrent highway networks", 2017.
public struct RHNCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W of both gates, which the first layer has.
    public var input: GateProjection<RHNGate, Scalar>
    /// U and b of both gates of every layer.
    public var layers: [GateProjection<RHNGate, Scalar>]

    /// All parameters start uniformly in ±1/√hidden. Traps unless the depth, the number of layers, is at least 1.
    public init(inputSize: Int, hiddenSize: Int, depth: Int) {
        if depth < 1 { trap("RHNCell", "a depth of \(depth); it must be at least 1") }
        input = GateProjection(inputSize, hiddenSize, bias: false)
        layers = (0..<depth).map { _ in GateProjection(hiddenSize, hiddenSize) }
    }

    /// h₀ = 0, `[batch, hidden]`.
    public func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, layers[0].unitCount]) }

    /// A cell with a depth of 3.
    public init(inputSize: Int, hiddenSize: Int) { self.init(inputSize: inputSize, hiddenSize: hiddenSize, depth: 3) }

    /// hₜ from xₜ, `[batch, input]`, and hₜ₋₁, `[batch, hidden]`; the output is the state. Traps if they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ h: Tensor<Scalar>
    ) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
        var s = h
        for (index, layer) in layers.enumerated() {
            let z = index == 0 ? input(x) + layer(s) : layer(s)
            let candidate = tanh(z[.candidate]).named("candidate \(index + 1)")
            let transform = sigmoid(z[.transform]).named("transform \(index + 1)")
            s = (candidate * transform + s * (1 - transform)).named("state \(index + 1)")
        }
        return (s, s)
    }
}
