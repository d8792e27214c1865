import Foundation
import TapestryAutograd

/// Adam with Nesterov's momentum, whose share μ grows over the first steps:
///
///     μₜ = β₁ (1 − ½ · 0.96^(t ψ)),    m ← β₁ m + (1 − β₁) g,    v ← β₂ v + (1 − β₂) g²
///     p ← p − η ((1 − μₜ) / (1 − Πₛ₌₁ᵗ μₛ) · g + μₜ₊₁ / (1 − Πₛ₌₁ᵗ⁺¹ μₛ) · m) / (√(v / (1 − β₂ᵗ)) + ε)
///
/// Reference: T. Dozat, "Incorporating Nesterov momentum into Adam", 2016.
public struct NAdam<Model: Module>: ParameterwiseOptimizer {
    /// η, λ and groups.
    public var settings: StepSettings
    /// β₁, β₂ and ε.
    private let constants: MomentConstants
    /// ψ.
    private let momentumDecay: Double
    /// Whether λ p goes past the gradient, as in `AdamW`.
    private let decouplesDecay: Bool
    private var memory: ParameterMemory<Model>

    /// An optimiser that has taken no step. Traps if a setting is out of its range.
    ///
    /// - Parameters:
    ///   - model: what will be trained; only its structure counts.
    ///   - learningRate: η, finite and at least 0.
    ///   - firstDecay: β₁, in `0 ..< 1`.
    ///   - secondDecay: β₂, in `0 ..< 1`.
    ///   - epsilon: ε, finite and at least 0.
    ///   - momentumDecay: ψ, how fast the momentum grows, finite and at least 0.
    ///   - decouplesDecay: whether decay shrinks the weights themselves, p ← p − η λ p, rather than adding λ p to the
    ///     gradient.
    ///   - weightDecay: λ, and the parameters that it spares. Traps if an exception means no parameter.
    ///   - groups: parameters with a step size or a decay of their own. Traps if one means no parameter.
    public init(
        for model: Model, learningRate: Double = 2e-3, firstDecay: Double = 0.9, secondDecay: Double = 0.999,
        epsilon: Double = 1e-8, momentumDecay: Double = 4e-3, decouplesDecay: Bool = false,
        weightDecay: WeightDecay = WeightDecay(rate: 0), groups: [ParameterGroup] = []
    ) {
        constants = MomentConstants(firstDecay: firstDecay, secondDecay: secondDecay, epsilon: epsilon)
        checkRange("momentum decay", momentumDecay)
        self.momentumDecay = momentumDecay
        self.decouplesDecay = decouplesDecay
        settings = StepSettings(learningRate: learningRate, weightDecay: weightDecay, groups: groups)
        memory = ParameterMemory(of: model, count: 2)
        settings.check(for: model)
    }

    /// Takes one step of the formula above, with all parameters but the `frozen` ones. Traps as the protocol says.
    public mutating func update(_ model: inout Model, along gradient: Model, freezing frozen: [ParameterPattern]) {
        memory.update(
            &model, along: gradient, freezing: frozen, settings, decay: decouplesDecay ? .decoupled : .coupled
        ) { p, slot in
            let stepCount = Double(p.stepCount)
            let share = constants.firstDecay * (1 - 0.5 * pow(0.96, stepCount * momentumDecay))
            let nextShare = constants.firstDecay * (1 - 0.5 * pow(0.96, (stepCount + 1) * momentumDecay))
            // Π μ up to this step.
            slot.number *= share
            slot.values[0].average(p.gradient, decay: constants.firstDecay)
            slot.values[1].average(p.gradient.squared(), decay: constants.secondDecay)
            let denominator =
                (slot.values[1] / (1 - pow(constants.secondDecay, stepCount))).rootOfSquares + constants.epsilon
            let ahead = p.gradient * ((1 - share) / (1 - slot.number))
            let momentum = slot.values[0] * (nextShare / (1 - slot.number * nextShare))
            return p.value - (ahead + momentum) / denominator * p.learningRate
        }
    }
}
