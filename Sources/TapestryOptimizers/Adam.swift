import TapestryAutograd

/// Adaptive moments, with corrected bias:
///
///     m ← β₁ m + (1 − β₁) g,    v ← β₂ v + (1 − β₂) g²
///     p ← p − η · m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε)
///
/// with the number t of steps that the parameter itself has taken, since moments of one that was frozen have seen less.
/// AMSGrad puts the greatest v so far in the place of v below the root, so that step sizes never grow. Decay adds λ p
/// to the gradient g first; `AdamW` decays the weights themselves.
///
/// Reference: D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", 2015; AMSGrad: S. Reddi, S. Kale
/// and S. Kumar, "On the convergence of Adam and beyond", 2018.
public struct Adam<Model: Module>: ParameterwiseOptimizer {
    /// η, λ and groups.
    public var settings: StepSettings
    private var moments: AdamMoments<Model>

    /// An optimiser that has taken no step. Traps if a setting is out of its range.
    ///
    /// - Parameters:
    ///   - model: what will be trained; only its structure counts.
    ///   - learningRate: η, finite and at least 0.
    ///   - firstDecay: β₁, in `0 ..< 1`.
    ///   - secondDecay: β₂, in `0 ..< 1`.
    ///   - epsilon: ε, finite and at least 0.
    ///   - amsgrad: whether the greatest second moment so far counts.
    ///   - weightDecay: λ, and the parameters that it spares. Traps if an exception means no parameter.
    ///   - groups: parameters with a step size or a decay of their own. Traps if one means no parameter.
    public init(
        for model: Model, learningRate: Double = 1e-3, firstDecay: Double = 0.9, secondDecay: Double = 0.999,
        epsilon: Double = 1e-8, amsgrad: Bool = false, weightDecay: WeightDecay = WeightDecay(rate: 0),
        groups: [ParameterGroup] = []
    ) {
        settings = StepSettings(learningRate: learningRate, weightDecay: weightDecay, groups: groups)
        moments = AdamMoments(
            of: model, firstDecay: firstDecay, secondDecay: secondDecay, epsilon: epsilon, amsgrad: amsgrad)
        settings.check(for: model)
    }

    /// Takes one step of the formula above, with all parameters but the `frozen` ones. Traps as the protocol says.
    public mutating func update(_ model: inout Model, along gradient: Model, freezing frozen: [ParameterPattern]) {
        moments.update(&model, along: gradient, freezing: frozen, settings, decay: .coupled)
    }
}

/// Adam with decoupled weight decay: p ← p − η λ p before Adam's step, whose moments see the bare gradient.
///
/// Reference: I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", 2019.
public struct AdamW<Model: Module>: ParameterwiseOptimizer {
    /// η, λ and groups.
    public var settings: StepSettings
    private var moments: AdamMoments<Model>

    /// An optimiser that has taken no step. Traps if a setting is out of its range.
    ///
    /// - Parameters:
    ///   - model: what will be trained; only its structure counts.
    ///   - learningRate: η, finite and at least 0.
    ///   - firstDecay: β₁, in `0 ..< 1`.
    ///   - secondDecay: β₂, in `0 ..< 1`.
    ///   - epsilon: ε, finite and at least 0.
    ///   - amsgrad: whether the greatest second moment so far counts, as in `Adam`.
    ///   - weightDecay: λ, and the parameters that it spares. Traps if an exception means no parameter.
    ///   - groups: parameters with a step size or a decay of their own. Traps if one means no parameter.
    public init(
        for model: Model, learningRate: Double = 1e-3, firstDecay: Double = 0.9, secondDecay: Double = 0.999,
        epsilon: Double = 1e-8, amsgrad: Bool = false, weightDecay: WeightDecay = WeightDecay(rate: 1e-2),
        groups: [ParameterGroup] = []
    ) {
        settings = StepSettings(learningRate: learningRate, weightDecay: weightDecay, groups: groups)
        moments = AdamMoments(
            of: model, firstDecay: firstDecay, secondDecay: secondDecay, epsilon: epsilon, amsgrad: amsgrad)
        settings.check(for: model)
    }

    /// Takes one step of the formula above, with all parameters but the `frozen` ones. Traps as the protocol says.
    public mutating func update(_ model: inout Model, along gradient: Model, freezing frozen: [ParameterPattern]) {
        moments.update(&model, along: gradient, freezing: frozen, settings, decay: .decoupled)
    }
}
