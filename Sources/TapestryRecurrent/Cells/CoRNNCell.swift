import TapestryAutograd
import TapestryLayers

/// The state of a network of oscillators, each part `[batch, hidden]`.
public struct OscillatorState<Scalar: DifferentiableScalar>: Module {
    /// yₜ, which is also the output.
    public var position: Tensor<Scalar>
    /// zₜ, its velocity.
    public var velocity: Tensor<Scalar>

    /// A state of two parts of one shape.
    public init(position: Tensor<Scalar>, velocity: Tensor<Scalar>) {
        self.position = position
        self.velocity = velocity
    }
}

/// The coupled oscillatory recurrent network, a discretised system of damped, driven oscillators:
///
///     zₜ = zₜ₋₁ + Δt (tanh(V xₜ + W yₜ₋₁ + 𝒲 zₜ₋₁ + b) − γ yₜ₋₁ − ε zₜ₋₁)      velocity
///     yₜ = yₜ₋₁ + Δt zₜ                                                           position
///
/// Reference: T. K. Rusch and S. Mishra, "Coupled oscillatory recurrent neural network (coRNN): an accurate and
/// (gradient) stable architecture for learning long time dependencies", 2021.
public struct CoRNNCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// V and b.
    public var input: GateProjection<RNNGate, Scalar>
    /// W and 𝒲, each `[hidden, hidden]`.
    public var positionWeights, velocityWeights: Tensor<Scalar>
    /// Δt, the size of a step.
    public let stepSize: Double
    /// γ, the frequency, and ε, the damping.
    public let frequency, damping: Double

    /// All parameters start uniformly in ±1/√hidden.
    public init(inputSize: Int, hiddenSize: Int, stepSize: Double, frequency: Double, damping: Double) {
        let uniform = Initializer.inverseRoot(of: hiddenSize)
        input = GateProjection(inputSize, hiddenSize)
        positionWeights = uniform.tensor([hiddenSize, hiddenSize])
        velocityWeights = uniform.tensor([hiddenSize, hiddenSize])
        (self.stepSize, self.frequency, self.damping) = (stepSize, frequency, damping)
    }

    /// A cell with Δt = 0.042, γ = 2.7 and ε = 4.7, the paper's for images read pixel by pixel.
    public init(inputSize: Int, hiddenSize: Int) {
        self.init(inputSize: inputSize, hiddenSize: hiddenSize, stepSize: 0.042, frequency: 2.7, damping: 4.7)
    }

    /// y₀ = 0 and z₀ = 0, each `[batch, hidden]`.
    public func initialState(batchSize: Int) -> OscillatorState<Scalar> {
        let zeros = Tensor<Scalar>.zeros([batchSize, positionWeights.shape[0]])
        return OscillatorState(position: zeros, velocity: zeros)
    }

    /// yₜ and zₜ from xₜ, `[batch, input]`, and the state before, each `[batch, hidden]`; the output is yₜ. Traps if
    /// they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ state: OscillatorState<Scalar>
    ) -> (output: Tensor<Scalar>, state: OscillatorState<Scalar>) {
        let (y, z) = (state.position, state.velocity)
        let sum = input(x)[.hidden] + matmul(y, positionWeights) + matmul(z, velocityWeights)
        let force = tanh(sum).named("force")
        let acceleration = force - Scalar(frequency) * y - Scalar(damping) * z
        let velocity = (z + Scalar(stepSize) * acceleration).named("velocity")
        let position = (y + Scalar(stepSize) * velocity).named("position")
        return (position, OscillatorState(position: position, velocity: velocity))
    }
}
