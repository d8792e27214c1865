import TapestryAutograd

extension Module {
    /// The gradient scaled down so that the Euclidean norm of all its parameters together is at most `limit`; unchanged
    /// if it is smaller already. A norm that is not finite is left for the caller to see.
    ///
    /// Reference: R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent neural networks", 2013.
    public func clipped(toNorm limit: Double) -> Self {
        let norm = norm
        return norm > limit && norm.isFinite ? scaled(by: limit / norm) : self
    }
}
