import Foundation
import TapestryAutograd

/// Adam that waits with its step sizes until enough is known of the second moment:
///
///     m ← β₁ m + (1 − β₁) g,    v ← β₂ v + (1 − β₂) g²,    m̂ = m / (1 − β₁ᵗ)
///     ρ∞ = 2 / (1 − β₂) − 1,    ρ = ρ∞ − 2 t β₂ᵗ / (1 − β₂ᵗ)
///     p ← p − η m̂                                                     (ρ ≤ 5)
///     p ← p − η m̂ r √(1 − β₂ᵗ) / (√v + ε)                             (ρ > 5)
///     r = √((ρ − 4) (ρ − 2) ρ∞ / ((ρ∞ − 4) (ρ∞ − 2) ρ))
///
/// With a β₂ of 2/3 or less, ρ never exceeds 5, and steps go along the first moment alone.
///
/// Reference: L. Liu et al., "On the variance of the adaptive learning rate and beyond", 2020.
public struct RAdam<Model: Module>: ParameterwiseOptimizer {
    /// η, λ and groups.
    public var settings: StepSettings
    /// β₁, β₂ and ε.
    private let constants: MomentConstants
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
    ///   - decouplesDecay: whether decay shrinks the weights themselves, p ← p − η λ p, rather than adding λ p to the
    ///     gradient.
    ///   - weightDecay: λ, and the parameters that it spares. Traps if an exception means no parameter.
    ///   - groups: parameters with a step size or a decay of their own. Traps if one means no parameter.
    public init(
        for model: Model, learningRate: Double = 1e-3, firstDecay: Double = 0.9, secondDecay: Double = 0.999,
        epsilon: Double = 1e-8, decouplesDecay: Bool = false, weightDecay: WeightDecay = WeightDecay(rate: 0),
        groups: [ParameterGroup] = []
    ) {
        constants = MomentConstants(firstDecay: firstDecay, secondDecay: secondDecay, epsilon: epsilon)
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
            slot.values[0].average(p.gradient, decay: constants.firstDecay)
            slot.values[1].average(p.gradient.squared(), decay: constants.secondDecay)
            let step = slot.values[0] * (p.learningRate / (1 - pow(constants.firstDecay, stepCount)))
            let power = pow(constants.secondDecay, stepCount)
            let limit = 2 / (1 - constants.secondDecay) - 1
            let length = limit - 2 * stepCount * power / (1 - power)
            if length <= 5 { return p.value - step }
            let numerator = (length - 4) * (length - 2) * limit
            let rectification = (numerator / ((limit - 4) * (limit - 2) * length)).squareRoot()
            return p.value - step / (slot.values[1].rootOfSquares + constants.epsilon)
                * (rectification * (1 - power).squareRoot())
        }
    }
}
