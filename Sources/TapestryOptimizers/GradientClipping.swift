import TapestryAutograd

extension Module {
    /// The gradient scaled down so that the Euclidean norm of all its parameters together is at most `limit`; unchanged
    /// if it is smaller already: g · min(1, limit / ‖g‖). A norm that is not finite is left for the caller to see.
    ///
    /// Traps unless the limit is above 0, which infinity is.
    ///
    /// Reference: R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent neural networks", 2013.
    public func clipped(toNorm limit: Double) -> Self {
        guard limit > 0 else { trap("clipped", "the limit \(limit) of the norm is not a positive number") }
        let norm = parameterNorm
        return norm > limit && norm.isFinite ? scaled(by: limit / norm) : self
    }
}
