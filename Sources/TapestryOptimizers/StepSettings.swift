import TapestryAutograd

/// What optimisers that step parameter by parameter have in common: the step size, the decay of weights, and the
/// parameters that have their own.
public struct StepSettings: Codable, Sendable {
    /// η, finite and at least 0.
    public var learningRate: Double
    /// λ, and the parameters that it spares.
    public var weightDecay: WeightDecay
    /// Parameters with a step size or a decay of their own. Of two groups that mean a parameter, the first one counts.
    public var groups: [ParameterGroup]
    /// Whether steps go uphill: g ← −g, before decay, so that weights still shrink.
    public var isMaximizing = false

    /// Settings of their values, which optimisers check when they are made and at every step.
    public init(
        learningRate: Double, weightDecay: WeightDecay = WeightDecay(rate: 0), groups: [ParameterGroup] = []
    ) {
        self.learningRate = learningRate
        self.weightDecay = weightDecay
        self.groups = groups
    }

    /// Traps unless the settings are in their ranges, and each pattern means a parameter.
    func check(for model: some Module) { check(for: ModuleTree(of: model).leaves) }

    func check(for leaves: [ModuleTree.Leaf]) {
        checkRange("learning rate", learningRate)
        weightDecay.check(for: leaves)
        for group in groups {
            checkRange("learning-rate factor of \"\(group.pattern)\"", group.learningRateFactor)
            if let rate = group.weightDecay { checkRange("weight decay of \"\(group.pattern)\"", rate) }
        }
        leaves.checkMatches(of: groups.map { ParameterPattern($0.pattern) }, "group", in: "optimizer")
    }

    /// η and λ of a parameter.
    func rates(for path: @autoclosure () -> String) -> (learning: Double, decay: Double) {
        // The path is put together only where something is asked of it.
        if groups.isEmpty && (weightDecay.rate == 0 || weightDecay.exceptions.isEmpty) {
            return (learningRate, weightDecay.rate)
        }
        let path = path()
        let group = groups.first { ParameterPattern($0.pattern).matches(path) }
        return (
            learningRate * (group?.learningRateFactor ?? 1), group?.weightDecay ?? weightDecay.rate(for: path)
        )
    }
}

/// Parameters that are trained otherwise than the rest.
///
/// ```swift
/// Adam(for: model, learningRate: 1e-3, groups: [ParameterGroup("encoder.*", learningRateFactor: 0.1, weightDecay: 0)])
/// ```
///
/// The step size is a factor of the optimiser's, so that a schedule moves all groups together.
public struct ParameterGroup: Codable, Sendable, Equatable {
    /// Which parameters, by path; a pattern that means none is trapped where an optimiser is made and at every step.
    public var pattern: String
    /// By what η is multiplied for them, finite and at least 0.
    public var learningRateFactor: Double
    /// Their λ; `nil` for the optimiser's.
    public var weightDecay: Double?

    /// A group of the parameters that a pattern means.
    public init(_ pattern: String, learningRateFactor: Double = 1, weightDecay: Double? = nil) {
        self.pattern = pattern
        self.learningRateFactor = learningRateFactor
        self.weightDecay = weightDecay
    }
}

/// Where λ p goes.
enum DecayKind {
    /// Into the gradient: g + λ p, of which memories see both.
    case coupled
    /// Past it: p (1 − η λ), before the step.
    case decoupled
}
