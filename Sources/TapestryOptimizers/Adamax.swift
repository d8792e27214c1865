import Foundation
import TapestryAutograd

/// Adam with the largest gradient, faded, in the place of the second moment:
///
///     m ← β₁ m + (1 − β₁) g,    u ← max(β₂ u, |g| + ε),    p ← p − η / (1 − β₁ᵗ) · m / u
///
/// Decay adds λ p to the gradient g first.
///
/// Reference: D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", 2015, section 7.1.
public struct Adamax<Model: Module>: ParameterwiseOptimizer {
    /// η, λ and groups.
    public var settings: StepSettings
    /// β₁, β₂ and ε.
    private let constants: MomentConstants
    private var memory: ParameterMemory<Model>

    /// An optimiser that has taken no step. Traps if a setting is out of its range.
    ///
    /// - Parameters:
    ///   - model: what will be trained; only its structure counts.
    ///   - learningRate: η, finite and at least 0.
    ///   - firstDecay: β₁, in `0 ..< 1`.
    ///   - secondDecay: β₂, in `0 ..< 1`.
    ///   - epsilon: ε, finite and above 0.
    ///   - weightDecay: λ, added to the gradient, and the parameters that it spares. Traps if an exception means no
    ///     parameter.
    ///   - groups: parameters with a step size or a decay of their own. Traps if one means no parameter.
    public init(
        for model: Model, learningRate: Double = 2e-3, firstDecay: Double = 0.9, secondDecay: Double = 0.999,
        epsilon: Double = 1e-8, weightDecay: WeightDecay = WeightDecay(rate: 0), groups: [ParameterGroup] = []
    ) {
        constants = MomentConstants(firstDecay: firstDecay, secondDecay: secondDecay, epsilon: epsilon)
        constants.requireEpsilon("Adamax needs an epsilon above 0, or 0 / 0 for a gradient of 0")
        settings = StepSettings(learningRate: learningRate, weightDecay: weightDecay, groups: groups)
        memory = ParameterMemory(of: model, count: 2)
        settings.check(for: model)
    }

    /// Takes one step of the formula above, with all parameters but the `frozen` ones. Traps as the protocol says.
    public mutating func update(_ model: inout Model, along gradient: Model, freezing frozen: [ParameterPattern]) {
        memory.update(&model, along: gradient, freezing: frozen, settings) { p, slot in
            slot.values[0].average(p.gradient, decay: constants.firstDecay)
            slot.values[1] = .maximum(slot.values[1] * constants.secondDecay, p.gradient.absolute() + constants.epsilon)
            let stepSize = p.learningRate / (1 - pow(constants.firstDecay, Double(p.stepCount)))
            return p.value - slot.values[0] / slot.values[1] * stepSize
        }
    }
}
