import Foundation
import TapestryAutograd
import TapestryLayers

/// The linear recurrent unit, a diagonal recurrence of complex numbers between real inputs and outputs. Its eigenvalues
/// λ are stable whatever the parameters are:
///
///     λ  = exp(−exp(ν) + i exp(θ))              of every state
///     xₜ = λ ⊙ xₜ₋₁ + exp(γ) ⊙ (B uₜ)           state, complex
///     yₜ = Re(C xₜ) + D uₜ                      output
///
/// Without a nonlinearity between steps: layers of it stand between others that have one.
///
/// Reference: A. Orvieto, S. L. Smith, A. Gu, A. Fernando, C. Gulcehre, R. Pascanu and S. De, "Resurrecting recurrent
/// neural networks for long sequences", 2023, sections 3.3 and 3.4 and appendix A. Where its code has an element of D
/// for each feature, this is the matrix of its equation 1, which any number of outputs fits.
public struct LRUCell<Scalar: DifferentiableScalar>: SizedRecurrentCell, ScannableRecurrentCell {
    /// ν, θ and γ, each `[states]`: the logarithms of the decay, of the phase, and of what normalises the input.
    public var logDecay, logPhase, logNormalization: Tensor<Scalar>
    /// B, the parts side by side: `[input, 2 states]`.
    public var input: GateProjection<ComplexPart, Scalar>
    /// C, the parts side by side: `[states, 2 units]`.
    public var output: GateProjection<ComplexPart, Scalar>
    /// D, `[input, units]`.
    public var skip: Tensor<Scalar>
    /// What one sequence shares.
    private var dynamics: DiagonalDynamics<Scalar>?

    /// |λ| starts uniformly over the area of the ring between two radii, its phase uniformly in (0, `largestPhase`),
    /// and γ such that states keep the variance of their inputs, √(1 − |λ|²); B, C and D start normally, with variances
    /// 1 / (2 input), 1 / states and 1 / input.
    ///
    /// - Parameters:
    ///   - inputSize: the features of the input. Traps unless all sizes are positive.
    ///   - stateSize: the complex states.
    ///   - outputSize: the units of the output.
    ///   - radii: within 0 … 1, the greater one positive, else it traps. Close to 1 for long memories.
    ///   - largestPhase: positive; small for long memories.
    public init(
        inputSize: Int, stateSize: Int, outputSize: Int, radii: ClosedRange<Double> = 0...1,
        largestPhase: Double = 2 * .pi
    ) {
        requireSizes("LRUCell", ["input": inputSize, "state": stateSize, "output": outputSize])
        if radii.lowerBound < 0 || radii.upperBound > 1 || radii.upperBound == 0 || !(largestPhase > 0) {
            trap(
                "LRUCell",
                "radii \(radii) and a largest phase of \(largestPhase); they must be in 0 … 1, and positive")
        }
        func within() -> Tensor<Double> { .uniform([stateSize], from: 1e-6, to: 1 - 1e-6) }
        let (low, high) = (radii.lowerBound * radii.lowerBound, radii.upperBound * radii.upperBound)
        let squaredRadius = within() * (high - low) + low
        logDecay = log(-0.5 * log(squaredRadius)).converted(to: Scalar.self)
        logPhase = log(largestPhase * within()).converted(to: Scalar.self)
        logNormalization = (0.5 * log(1 - squaredRadius)).converted(to: Scalar.self)
        let (ofInput, ofState) = (1 / Double(inputSize), 1 / Double(stateSize))
        input = GateProjection(
            inputSize, stateSize, bias: false, initializer: .normal(standardDeviation: (ofInput / 2).squareRoot()))
        output = GateProjection(
            stateSize, outputSize, bias: false, initializer: .normal(standardDeviation: ofState.squareRoot()))
        skip = Initializer.normal(standardDeviation: ofInput.squareRoot()).tensor([inputSize, outputSize])
    }

    /// A cell with as many states as units.
    public init(inputSize: Int, hiddenSize: Int) {
        self.init(inputSize: inputSize, stateSize: hiddenSize, outputSize: hiddenSize)
    }

    /// x₀ = 0, each part `[batch, states]`.
    public func initialState(batchSize: Int) -> ComplexTensor<Scalar> {
        let zeros = Tensor<Scalar>.zeros([batchSize, logDecay.count])
        return ComplexTensor(real: zeros, imaginary: zeros)
    }

    /// λ, each part `[states]`.
    public var eigenvalues: ComplexTensor<Scalar> {
        let (radius, phase) = (exp(-exp(logDecay)), exp(logPhase))
        return ComplexTensor(real: radius * cos(phase), imaginary: radius * sin(phase))
    }

    /// The factor λ and the term exp(γ) ⊙ (B uₜ) from uₜ, `[…, input]`. Traps if it does not fit.
    public func transition(_ u: Tensor<Scalar>) -> ComplexLinearTransition<Scalar> {
        (dynamics ?? currentDynamics).transition(u)
    }

    private var currentDynamics: DiagonalDynamics<Scalar> {
        let scale = exp(logNormalization)
        return DiagonalDynamics(
            factor: eigenvalues,
            input: ComplexTensor(real: scale * input.weights[.real], imaginary: scale * input.weights[.imaginary]))
    }

    /// yₜ, `[…, units]`, from uₜ and xₜ.
    public func readout(
        _ u: Tensor<Scalar>, _ state: ComplexTensor<Scalar>
    ) -> (output: Tensor<Scalar>, state: ComplexTensor<Scalar>) {
        let x = state.namedParts()
        return ((output.realPart(x) + matmul(u, skip)).named("output"), x)
    }

    /// The cell with λ and exp(γ) ⊙ B computed.
    public func prepared(for input: Tensor<Scalar>, _ state: ComplexTensor<Scalar>) -> LRUCell {
        var result = self
        result.dynamics = currentDynamics
        return result
    }
}
