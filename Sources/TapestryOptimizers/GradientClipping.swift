import TapestryArrays
import TapestryAutograd

extension Module {
    /// The gradient scaled down so that the Euclidean norm of all its parameters together is at most `limit`; unchanged
    /// if it is smaller already: g · min(1, limit / ‖g‖). A norm that is not finite is left for the caller to see.
    ///
    /// Differentiable, with the norm's own derivative; of a norm that equals the limit that of what is not scaled.
    /// Inside of `vmap` each example is clipped by itself.
    ///
    /// Traps unless the limit is above 0, which infinity is.
    ///
    /// Reference: R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent neural
    /// networks", 2013.
    public func clipped(toNorm limit: Double) -> Self {
        guard limit > 0 else { trap("clipped", "the limit \(limit) of the norm is not a positive number") }
        if isReadable {
            let norm = parameterNorm
            return norm > limit && norm.isFinite ? scaled(by: limit / norm) : self
        }
        let norm = stack(parameters.map { $0.tensor(as: Double.self).norm() }).norm()
        let isTooLarge = (norm .> limit) .& norm.isFinite
        let one = Tensor<Double>(1)
        let scale = select(isTooLarge, limit / select(isTooLarge, norm, one), one)
        return mapValues { $0 * scale.value.converted(to: $0.elementType) }
    }

    /// The gradient with each element cut off at a limit: max(−limit, min(limit, g)). A NaN is left for the caller to
    /// see.
    ///
    /// Differentiable: what is cut off is a constant. Traps unless the limit is above 0, which infinity is.
    public func clipped(toValue limit: Double) -> Self {
        guard limit > 0 else { trap("clipped", "the limit \(limit) of the elements is not a positive number") }
        return mapValues { slope in
            func bound(_ value: Double) -> Value { Value(NDArray(scalar: value, slope.elementType)) }
            return .maximum(.minimum(slope, bound(limit)), bound(-limit))
        }
    }

    /// Whether the parameters are numbers that can be read: no derivative depends on them, and no batch.
    private var isReadable: Bool {
        ModuleTree(of: self).leaves.filter(\.isParameter).allSatisfy { $0.value.resolved.tape == nil }
    }
}
