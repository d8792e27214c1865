import TapestryAutograd
import TapestryLayers

/// The antisymmetric recurrent network, a step of Euler's method for a stable differential equation:
///
///     hₜ = hₜ₋₁ + ε tanh(V xₜ + (W − Wᵀ − γ I) hₜ₋₁ + b)
///
/// Reference: B. Chang, M. Chen, E. Haber and E. H. Chi, "AntisymmetricRNN: a dynamical system view on recurrent
/// neural networks", 2019.
public struct AntisymmetricRNNCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// V and b.
    public var input: GateProjection<RNNGate, Scalar>
    /// W, of which W − Wᵀ − γ I is what multiplies the state, `[hidden, hidden]`.
    public var recurrentWeights: Tensor<Scalar>
    /// γ, the diffusion, and ε, the size of a step.
    public let diffusion, stepSize: Double
    /// W − Wᵀ − γ I while a sequence lasts.
    private var effectiveWeights: Tensor<Scalar>?

    /// V and b start uniformly in ±1/√hidden, W normally with the standard deviation 1/√hidden.
    public init(inputSize: Int, hiddenSize: Int, diffusion: Double, stepSize: Double) {
        input = GateProjection(inputSize, hiddenSize)
        recurrentWeights = Initializer.normal(standardDeviation: 1 / Double(max(hiddenSize, 1)).squareRoot())
            .tensor([hiddenSize, hiddenSize])
        (self.diffusion, self.stepSize) = (diffusion, stepSize)
    }

    /// h₀ = 0, `[batch, hidden]`.
    public func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, recurrentWeights.shape[0]]) }

    /// A cell with γ = 0.01 and ε = 0.01.
    public init(inputSize: Int, hiddenSize: Int) {
        self.init(inputSize: inputSize, hiddenSize: hiddenSize, diffusion: 0.01, stepSize: 0.01)
    }

    /// The cell with W − Wᵀ − γ I computed once.
    public func prepared(for input: Tensor<Scalar>, _ state: Tensor<Scalar>) -> AntisymmetricRNNCell {
        var result = self
        result.effectiveWeights = antisymmetricWeights
        return result
    }

    /// Wᵀ − W − γ I, by which rows are multiplied from the right.
    private var antisymmetricWeights: Tensor<Scalar> {
        let size = recurrentWeights.shape[0]
        return recurrentWeights.transposed() - recurrentWeights - Scalar(diffusion) * Tensor<Scalar>.identity(size)
    }

    /// hₜ from xₜ, `[batch, input]`, and hₜ₋₁, `[batch, hidden]`; the output is the state. Traps if they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ h: Tensor<Scalar>
    ) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
        let fromState = matmul(h, effectiveWeights ?? antisymmetricWeights)
        let change = tanh(input(x)[.hidden] + fromState).named("change")
        let hidden = (h + Scalar(stepSize) * change).named("hidden")
        return (hidden, hidden)
    }
}
