import TapestryAutograd

/// What a diagonal state space computes from its parameters once for a sequence: xₜ = Λ̄ xₜ₋₁ + B̄ uₜ.
struct DiagonalDynamics<Scalar: DifferentiableScalar>: Module {
    /// Λ̄, the parts side by side, `[2 states]`.
    var factor: Gated<ComplexPart, Scalar>
    /// B̄, the parts side by side, `[input, 2 states]`.
    var input: Tensor<Scalar>

    /// Λ̄, each part `[states]`, and B̄, each part `[input, states]`.
    init(factor: ComplexTensor<Scalar>, input: ComplexTensor<Scalar>) {
        self.factor = Gated(packed: factor.packed)
        self.input = input.packed
    }

    /// Of inputs `[…, input]`.
    func transition(_ u: Tensor<Scalar>) -> ComplexLinearTransition<Scalar> {
        ComplexLinearTransition(factor: factor, term: Gated(packed: matmul(u, input)))
    }
}

extension GateProjection where Gate == ComplexPart {
    /// Re(C x), `[…, units]`, of states `[…, states]`.
    func realPart(_ x: ComplexTensor<Scalar>) -> Tensor<Scalar> {
        matmul(x.real, weights[.real]) - matmul(x.imaginary, weights[.imaginary])
    }
}

extension ComplexTensor {
    /// The same numbers under the names that reports and traces have for the state of a diagonal state space.
    func namedParts() -> ComplexTensor {
        ComplexTensor(real: real.named("real"), imaginary: imaginary.named("imaginary"))
    }
}
