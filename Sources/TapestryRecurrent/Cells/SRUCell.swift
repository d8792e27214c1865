import TapestryAutograd
import TapestryLayers

/// The blocks of a simple recurrent unit, in their order.
public enum SRUGate: String, CaseIterable, Sendable {
    /// W xₜ, what may join the cell state.
    case candidate
    /// fₜ, which keeps the cell state before.
    case forget
    /// rₜ, which lets the cell state out.
    case reset
}

/// The simple recurrent unit, whose products depend on the input alone, so that all steps can have them at once:
///
///     fₜ = σ(W_f xₜ + v_f ⊙ Cₜ₋₁ + b_f)        forget gate
///     Cₜ = fₜ ⊙ Cₜ₋₁ + (1 − fₜ) ⊙ (W xₜ)       cell state
///     rₜ = σ(W_r xₜ + v_r ⊙ Cₜ₋₁ + b_r)        reset gate
///     hₜ = rₜ ⊙ Cₜ + (1 − rₜ) ⊙ xₜ             output; W_x xₜ in the place of xₜ if it has not as many features as units
///
/// Reference: T. Lei, Y. Zhang, S. I. Wang, H. Dai and Y. Artzi, "Simple recurrent units for highly parallelizable
/// recurrence", 2018.
public struct SRUCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W, W_f and W_r.
    public var input: GateProjection<SRUGate, Scalar>
    /// v_f, v_r, b_f and b_r, each `[hidden]`.
    public var forgetPeephole, resetPeephole, forgetBias, resetBias: Tensor<Scalar>
    /// W_x, `[input, hidden]`, if there are not as many features as units.
    public var skip: Tensor<Scalar>?

    /// All parameters start uniformly in ±1/√hidden.
    public init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize, bias: false)
        let uniform = Initializer.inverseRoot(of: hiddenSize)
        forgetPeephole = uniform.tensor([hiddenSize])
        resetPeephole = uniform.tensor([hiddenSize])
        forgetBias = uniform.tensor([hiddenSize])
        resetBias = uniform.tensor([hiddenSize])
        skip = inputSize == hiddenSize ? nil : uniform.tensor([inputSize, hiddenSize])
    }

    /// C₀ = 0, `[batch, hidden]`.
    public func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, forgetBias.count]) }

    /// hₜ from xₜ, `[batch, input]`, and Cₜ₋₁, `[batch, hidden]`; the state is Cₜ. Traps if they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ previous: Tensor<Scalar>
    ) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
        let z = input(x)
        let f = sigmoid(z[.forget] + forgetPeephole * previous + forgetBias).named("forget")
        let r = sigmoid(z[.reset] + resetPeephole * previous + resetBias).named("reset")
        let cell = (f * previous + (1 - f) * z[.candidate]).named("cell")
        let through = skip.map { matmul(x, $0) } ?? x
        let hidden = (r * cell + (1 - r) * through).named("hidden")
        return (hidden, cell)
    }
}
