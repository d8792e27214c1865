import TapestryAutograd

/// Decoupled or coupled decay of weights toward zero, and the parameters that it spares.
public struct WeightDecay: Codable, Sendable {
    /// λ, finite and at least 0.
    public var rate: Double
    /// Parameters without decay, by path, for instance `*.bias`. A pattern that means no parameter of the model is
    /// trapped where an optimiser is made and at every step.
    public var exceptions: [String]

    /// Decay at a rate of all parameters except those whose paths match a pattern. Traps unless the rate is finite and
    /// at least 0.
    public init(rate: Double, except exceptions: [String] = []) {
        self.rate = rate
        self.exceptions = exceptions
        check()
    }

    func check() { checkRange("weight decay", rate) }

    func check(for model: some Module) { check(for: ModuleTree(of: model).leaves) }

    func check(for leaves: [ModuleTree.Leaf]) {
        check()
        leaves.checkMatches(of: exceptions.map { ParameterPattern($0) }, "exception from weight decay", in: "optimizer")
    }

    func rate(for path: String) -> Double {
        exceptions.contains { ParameterPattern($0).matches(path) } ? 0 : rate
    }
}
