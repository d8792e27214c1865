import TapestryAutograd

/// The parts of complex numbers, in the order of their blocks.
public enum ComplexPart: String, CaseIterable, Sendable {
    /// Re z.
    case real
    /// Im z.
    case imaginary
}

/// Complex numbers as two tensors of one shape.
public struct ComplexTensor<Scalar: DifferentiableScalar>: Module {
    /// Re z.
    public var real: Tensor<Scalar>
    /// Im z.
    public var imaginary: Tensor<Scalar>

    /// Numbers of two parts of one shape.
    public init(real: Tensor<Scalar>, imaginary: Tensor<Scalar>) {
        self.real = real
        self.imaginary = imaginary
    }

    init(_ blocks: Gated<ComplexPart, Scalar>) { self.init(real: blocks[.real], imaginary: blocks[.imaginary]) }

    static func + (a: ComplexTensor, b: ComplexTensor) -> ComplexTensor {
        ComplexTensor(real: a.real + b.real, imaginary: a.imaginary + b.imaginary)
    }

    static func * (a: ComplexTensor, b: ComplexTensor) -> ComplexTensor {
        ComplexTensor(
            real: a.real * b.real - a.imaginary * b.imaginary, imaginary: a.real * b.imaginary + a.imaginary * b.real)
    }

    static func / (a: ComplexTensor, b: ComplexTensor) -> ComplexTensor {
        let magnitude = square(b.real) + square(b.imaginary)
        return a * ComplexTensor(real: b.real / magnitude, imaginary: -b.imaginary / magnitude)
    }

    /// The parts side by side along the last axis.
    var packed: Tensor<Scalar> { concatenate([real, imaginary], axis: -1) }
}

/// hₜ = aₜ hₜ₋₁ + bₜ of complex numbers, element by element.
public struct ComplexLinearTransition<Scalar: DifferentiableScalar>: StateTransition {
    /// aₜ, the parts side by side, broadcast to the shape of bₜ: `[2 units]` if it is the same at all steps.
    public var factor: Gated<ComplexPart, Scalar>
    /// bₜ, the parts side by side: `[batch, 2 units]`, or `[time, batch, 2 units]` of all steps.
    public var term: Gated<ComplexPart, Scalar>

    /// A transition by a factor and a term.
    public init(factor: Gated<ComplexPart, Scalar>, term: Gated<ComplexPart, Scalar>) {
        self.factor = factor
        self.term = term
    }

    /// aₜ hₜ₋₁ + bₜ
    public func applied(to state: ComplexTensor<Scalar>) -> ComplexTensor<Scalar> {
        ComplexTensor(factor) * state + ComplexTensor(term)
    }

    /// hₜ of every step.
    public func scanned(
        from state: ComplexTensor<Scalar>, along axis: Int, reversed: Bool
    ) -> ComplexTensor<Scalar> {
        let terms = term.packed
        let states = Tensor<Scalar>(
            .linearRecurrence(
                factor.packed.value.expanded(to: terms.shape), terms.value,
                from: state.packed.unsqueezed(axis: axis).value, axis: axis, reversed: reversed, complex: true))
        return ComplexTensor(Gated(packed: states))
    }

    /// The factor 1 and the term 0 where no step is.
    public func restricted(to isThere: Tensor<Bool>) -> ComplexLinearTransition {
        let terms = term.packed
        let rows = isThere.unsqueezed(toRank: terms.rank)
        let one = ComplexTensor<Scalar>(real: .ones([factor.unitCount]), imaginary: .zeros([factor.unitCount])).packed
        return ComplexLinearTransition(
            factor: Gated(packed: select(rows, factor.packed, one)), term: Gated(packed: select(rows, terms, Tensor(0)))
        )
    }
}
