import TapestryAutograd
import TapestryLayers

/// The blocks of long expressive memory, in their order.
public enum LEMGate: String, CaseIterable, Sendable {
    /// a, the step of the memory.
    case memoryStep
    /// c, the step of the output.
    case outputStep
    /// What the memory goes to.
    case memory
    /// What the output goes to; of this block U multiplies zₜ.
    case output
}

/// The state of long expressive memory, each part `[batch, hidden]`.
public struct LEMState<Scalar: DifferentiableScalar>: Module {
    /// yₜ, which is also the output.
    public var output: Tensor<Scalar>
    /// zₜ.
    public var memory: Tensor<Scalar>

    /// A state of two parts of one shape.
    public init(output: Tensor<Scalar>, memory: Tensor<Scalar>) {
        self.output = output
        self.memory = memory
    }
}

/// Long expressive memory, a discretised system with two time scales, both of which are learnt:
///
///     a  = Δt σ(W_a xₜ + U_a yₜ₋₁ + b_a)                       step of the memory
///     c  = Δt σ(W_c xₜ + U_c yₜ₋₁ + b_c)                       step of the output
///     zₜ = (1 − a) ⊙ zₜ₋₁ + a ⊙ tanh(W_z xₜ + U_z yₜ₋₁ + b_z)  memory
///     yₜ = (1 − c) ⊙ yₜ₋₁ + c ⊙ tanh(W_y xₜ + U_y zₜ + b_y)    output
///
/// Reference: T. K. Rusch, S. Mishra, N. B. Erichson and M. W. Mahoney, "Long expressive memory for sequence
/// modeling", 2022.
public struct LEMCell<Scalar: DifferentiableScalar>: SizedRecurrentCell {
    /// W and b of every gate.
    public var input: GateProjection<LEMGate, Scalar>
    /// U of every gate.
    public var recurrent: GateProjection<LEMGate, Scalar>
    /// Δt.
    public let stepSize: Double

    /// All parameters start uniformly in ±1/√hidden.
    public init(inputSize: Int, hiddenSize: Int, stepSize: Double) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        self.stepSize = stepSize
    }

    /// A cell with Δt = 1.
    public init(inputSize: Int, hiddenSize: Int) {
        self.init(inputSize: inputSize, hiddenSize: hiddenSize, stepSize: 1)
    }

    /// y₀ = 0 and z₀ = 0, each `[batch, hidden]`.
    public func initialState(batchSize: Int) -> LEMState<Scalar> {
        let zeros = Tensor<Scalar>.zeros([batchSize, recurrent.unitCount])
        return LEMState(output: zeros, memory: zeros)
    }

    /// yₜ and zₜ from xₜ, `[batch, input]`, and the state before, each `[batch, hidden]`; the output is yₜ. Traps if
    /// they do not fit.
    public func step(
        _ x: Tensor<Scalar>, _ state: LEMState<Scalar>
    ) -> (output: Tensor<Scalar>, state: LEMState<Scalar>) {
        let (y, z) = (state.output, state.memory)
        let fromInput = input(x)
        let a = (Scalar(stepSize) * sigmoid(fromInput[.memoryStep] + recurrent(y, .memoryStep))).named("memory step")
        let c = (Scalar(stepSize) * sigmoid(fromInput[.outputStep] + recurrent(y, .outputStep))).named("output step")
        let memory = ((1 - a) * z + a * tanh(fromInput[.memory] + recurrent(y, .memory))).named("memory")
        let output = ((1 - c) * y + c * tanh(fromInput[.output] + recurrent(memory, .output))).named("output")
        return (output, LEMState(output: output, memory: memory))
    }
}
