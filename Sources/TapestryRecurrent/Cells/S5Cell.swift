import Foundation
import TapestryAutograd
import TapestryLayers

/// How a differential equation becomes a recurrence with steps of length Δ.
public enum Discretization: String, Codable, Sendable, CaseIterable {
    /// Λ̄ = exp(Λ Δ), B̄ = Λ⁻¹ (Λ̄ − 1) B: exact for an input that stays as it is during a step.
    case zeroOrderHold
    /// Λ̄ = (1 + Λ Δ / 2) / (1 − Λ Δ / 2), B̄ = Δ / (1 − Λ Δ / 2) B: the trapezoidal rule.
    case bilinear
}

/// A diagonal state space of complex numbers between real inputs and outputs, discretised with a step of its own for
/// every state. With steps held (`zeroOrderHold`):
///
///     Λ̄  = exp(Λ Δ),  Δ = exp(log Δ)            of every state
///     B̄  = Λ⁻¹ (Λ̄ − 1) B
///     xₜ = Λ̄ ⊙ xₜ₋₁ + B̄ uₜ                      state, complex
///     yₜ = 2 Re(C xₜ) + D uₜ                    output
///
/// with `bilinear` Λ̄ = (1 + Λ Δ / 2) / (1 − Λ Δ / 2) and B̄ = Δ / (1 − Λ Δ / 2) B. The states stand for half of twice
/// as many, of which the others are the conjugates: hence the 2.
///
/// Without a nonlinearity between steps: layers of it stand between others that have one.
///
/// Reference: J. T. H. Smith, A. Warrington and S. W. Linderman, "Simplified state space layers for sequence modeling"
/// (S5), 2023. D is a matrix as in its equation 1, which any number of outputs fits.
public struct S5Cell<Scalar: DifferentiableScalar>: SizedRecurrentCell, ScannableRecurrentCell {
    /// Λ, the parts side by side: `[2 states]`. Real parts above 0 are states that grow; where steps are held, none may
    /// be 0.
    public var eigenvalues: Gated<ComplexPart, Scalar>
    /// log Δ, `[states]`.
    public var logStep: Tensor<Scalar>
    /// B, the parts side by side: `[input, 2 states]`.
    public var input: GateProjection<ComplexPart, Scalar>
    /// C, the parts side by side: `[states, 2 units]`.
    public var output: GateProjection<ComplexPart, Scalar>
    /// D, `[input, units]`.
    public var skip: Tensor<Scalar>
    /// How the equation becomes a recurrence.
    public let discretization: Discretization
    /// What one sequence shares.
    private var dynamics: DiagonalDynamics<Scalar>?

    /// Starts as the normal part of the HiPPO-LegS matrix of twice as many states (`HiPPO`), diagonalised, with the
    /// eigenvalues whose imaginary parts are positive; real B and C, normal with variances 1 / input and 1 / (2
    /// states), in its eigenvectors' coordinates; log Δ uniformly between those of `steps`; D normally with variance 1
    /// / input.
    ///
    /// - Parameters:
    ///   - inputSize: the features of the input. Traps unless all sizes are positive.
    ///   - stateSize: the complex states, half of those that they stand for.
    ///   - outputSize: the units of the output.
    ///   - discretization: how the equation becomes a recurrence.
    ///   - steps: the range of Δ; positive, else it traps. The reciprocals are about the lengths that can be
    ///     remembered.
    public init(
        inputSize: Int, stateSize: Int, outputSize: Int, discretization: Discretization = .zeroOrderHold,
        steps: ClosedRange<Double> = 0.001...0.1
    ) {
        requireSizes("S5Cell", ["input": inputSize, "state": stateSize, "output": outputSize])
        if !(steps.lowerBound > 0) { trap("S5Cell", "steps of \(steps); they must be positive") }
        let system = HiPPO.normalEigensystem(count: 2 * stateSize)
        let decay = Tensor<Double>(repeating: -0.5, shape: [stateSize])
        eigenvalues = Gated(packed: concatenate([decay, system.frequencies]).converted(to: Scalar.self))
        logStep = .uniform(
            [stateSize], from: Scalar(log(steps.lowerBound)), to: Scalar(log(steps.upperBound)))
        input = GateProjection(inputSize, stateSize, bias: false)
        output = GateProjection(stateSize, outputSize, bias: false)
        let ofInput = (1 / Double(inputSize)).squareRoot()
        skip = Initializer.normal(standardDeviation: ofInput).tensor([inputSize, outputSize])
        self.discretization = discretization
        if ModuleTree.isRebuilding { return }
        // Row vectors multiply from the left: B* = B V̄ and C V, transposed.
        let real = Tensor<Double>.normal([inputSize, 2 * stateSize], standardDeviation: ofInput)
        let (v, w) = (system.vectors.real, system.vectors.imaginary)
        input.weights.packed = concatenate([matmul(real, v), -matmul(real, w)], axis: 1).converted(to: Scalar.self)
        let read = Tensor<Double>.normal(
            [2 * stateSize, outputSize], standardDeviation: (0.5 / Double(stateSize)).squareRoot())
        output.weights.packed =
            concatenate([matmul(v.transposed(), read), matmul(w.transposed(), read)], axis: 1)
            .converted(to: Scalar.self)
    }

    /// A cell with as many states as units, and held steps.
    public init(inputSize: Int, hiddenSize: Int) {
        self.init(inputSize: inputSize, stateSize: hiddenSize, outputSize: hiddenSize)
    }

    /// x₀ = 0, each part `[batch, states]`.
    public func initialState(batchSize: Int) -> ComplexTensor<Scalar> {
        let zeros = Tensor<Scalar>.zeros([batchSize, logStep.count])
        return ComplexTensor(real: zeros, imaginary: zeros)
    }

    /// The factor Λ̄ and the term B̄ uₜ from uₜ, `[…, input]`. Traps if it does not fit.
    public func transition(_ u: Tensor<Scalar>) -> ComplexLinearTransition<Scalar> {
        (dynamics ?? currentDynamics).transition(u)
    }

    private var currentDynamics: DiagonalDynamics<Scalar> {
        let (lambda, step) = (ComplexTensor(eigenvalues), exp(logStep))
        switch discretization {
        case .zeroOrderHold:
            let (decay, angle) = (lambda.real * step, lambda.imaginary * step)
            // exp(z) − 1 without the difference of nearly equal numbers where z is small.
            let half = sin(angle / 2)
            let change = ComplexTensor(
                real: expm1(decay) * cos(angle) - 2 * half * half, imaginary: exp(decay) * sin(angle))
            return DiagonalDynamics(
                factor: ComplexTensor(real: change.real + 1, imaginary: change.imaginary),
                input: ComplexTensor(input.weights) * (change / lambda))
        case .bilinear:
            let (real, imaginary) = (lambda.real * step / 2, lambda.imaginary * step / 2)
            let below = ComplexTensor(real: 1 - real, imaginary: -imaginary)
            let b = ComplexTensor(input.weights)
            return DiagonalDynamics(
                factor: ComplexTensor(real: 1 + real, imaginary: imaginary) / below,
                input: ComplexTensor(real: step * b.real, imaginary: step * b.imaginary) / below)
        }
    }

    /// yₜ, `[…, units]`, from uₜ and xₜ.
    public func readout(
        _ u: Tensor<Scalar>, _ state: ComplexTensor<Scalar>
    ) -> (output: Tensor<Scalar>, state: ComplexTensor<Scalar>) {
        let x = state.namedParts()
        return ((2 * output.realPart(x) + matmul(u, skip)).named("output"), x)
    }

    /// The cell with Λ̄ and B̄ computed.
    public func prepared(for input: Tensor<Scalar>, _ state: ComplexTensor<Scalar>) -> S5Cell {
        var result = self
        result.dynamics = currentDynamics
        return result
    }
}
