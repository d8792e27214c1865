import TapestryAutograd
import TapestryLayers

/// The undamped independent controlled oscillatory network: oscillators that see each other only through further
/// layers, each with a step of its own that is learnt:
///
///     Δ  = Δt σ(c)                                                  each unit's step
///     zₜ = zₜ₋₁ − Δ ⊙ (tanh(V xₜ + w ⊙ yₜ₋₁ + b) + α yₜ₋₁)          velocity
///     yₜ = yₜ₋₁ + Δ ⊙ zₜ                                            position
///
/// Reference: T. K. Rusch and S. Mishra, "UnICORNN: a recurrent model for learning very long time dependencies",
/// 2021.
public struct UnICORNNCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// V and b.
    public var input: GateProjection<RNNGate, Scalar>
    /// w and c, each `[hidden]`.
    public var recurrentWeights, control: Tensor<Scalar>
    /// Δt, the largest step.
    public let stepSize: Double
    /// α, the frequency.
    public let frequency: Double

    /// V and b start uniformly in ±1/√hidden, w in [0, 1) and c in ±0.1.
    public init(inputSize: Int, hiddenSize: Int, stepSize: Double, frequency: Double) {
        input = GateProjection(inputSize, hiddenSize)
        recurrentWeights = Initializer.uniform(limit: 0.5).tensor([hiddenSize]) + 0.5
        control = Initializer.uniform(limit: 0.1).tensor([hiddenSize])
        (self.stepSize, self.frequency) = (stepSize, frequency)
    }

    /// A cell with Δt = 0.19 and α = 30.65, the paper's for images read pixel by pixel in random order.
    public init(inputSize: Int, hiddenSize: Int) {
        self.init(inputSize: inputSize, hiddenSize: hiddenSize, stepSize: 0.19, frequency: 30.65)
    }

    /// y₀ = 0 and z₀ = 0, each `[batch, hidden]`.
    public func initialState(batchSize: Int) -> OscillatorState<Scalar> {
        let zeros = Tensor<Scalar>.zeros([batchSize, control.count])
        return OscillatorState(position: zeros, velocity: zeros)
    }

    /// yₜ and zₜ from xₜ, `[batch, input]`, and the state before, each `[batch, hidden]`; the output is yₜ. Traps if
    /// they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ state: OscillatorState<Scalar>
    ) -> (output: Tensor<Scalar>, state: OscillatorState<Scalar>) {
        let (y, z) = (state.position, state.velocity)
        let step = Scalar(stepSize) * sigmoid(control)
        let force = tanh(input(x)[.hidden] + recurrentWeights * y).named("force")
        let velocity = (z - step * (force + Scalar(frequency) * y)).named("velocity")
        let position = (y + step * velocity).named("position")
        return (position, OscillatorState(position: position, velocity: velocity))
    }
}
