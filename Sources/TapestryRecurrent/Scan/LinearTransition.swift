import TapestryAutograd

/// hₜ = aₜ ⊙ hₜ₋₁ + bₜ, of one tensor.
public struct LinearTransition<Scalar: DifferentiableScalar>: StateTransition {
    /// aₜ, broadcast to the shape of bₜ: `[units]` if it is the same at all steps.
    public var factor: Tensor<Scalar>
    /// bₜ, `[batch, units]`, or `[time, batch, units]` of all steps.
    public var term: Tensor<Scalar>

    /// A transition by a factor and a term.
    public init(factor: Tensor<Scalar>, term: Tensor<Scalar>) {
        self.factor = factor
        self.term = term
    }

    /// aₜ ⊙ hₜ₋₁ + bₜ
    public func applied(to state: Tensor<Scalar>) -> Tensor<Scalar> { factor * state + term }

    /// hₜ of every step.
    public func scanned(from state: Tensor<Scalar>, along axis: Int, reversed: Bool) -> Tensor<Scalar> {
        let first = state.unsqueezed(axis: axis)
        return Tensor(
            .linearRecurrence(
                factor.value.expanded(to: term.shape), term.value, from: first.value, axis: axis, reversed: reversed,
                complex: false))
    }

    /// The factor 1 and the term 0 where no step is.
    public func restricted(to isThere: Tensor<Bool>) -> LinearTransition {
        let rows = isThere.unsqueezed(toRank: term.rank)
        return LinearTransition(factor: select(rows, factor, Tensor(1)), term: select(rows, term, Tensor(0)))
    }
}

extension Tensor {
    /// With axes of extent 1 at its end.
    func unsqueezed(toRank rank: Int) -> Tensor {
        reshaped(to: shape + Array(repeating: 1, count: rank - self.rank))
    }
}
