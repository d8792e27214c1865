import TapestryArrays
import TapestryAutograd

/// Resilient propagation: each element has a step size of its own, which grows while its gradient g keeps its sign, and
/// shrinks when it changes it; then the element rests for a step:
///
///     Δ ← min(η⁺ Δ, Δmax)               g · g′ > 0, with the gradient g′ of the step before
///     Δ ← max(η⁻ Δ, Δmin),  g ← 0       g · g′ < 0
///     p ← p − sign(g) Δ,    g′ ← g
///
/// For gradients of whole data sets: signs of small batches change by chance. Only signs count, so the derivative of a
/// step by its gradient is zero.
///
/// Reference: M. Riedmiller and H. Braun, "A direct adaptive method for faster backpropagation learning: the RPROP
/// algorithm", 1993, in the form iRprop⁻ of C. Igel and M. Hüsken, "Improving the Rprop learning algorithm", 2000.
public struct Rprop<Model: Module>: ParameterwiseOptimizer {
    /// The step size Δ of the first step is η; later ones don't depend on it.
    public var settings: StepSettings
    private let shrinkage: Double
    private let growth: Double
    private let stepSizes: ClosedRange<Double>
    /// g′ and Δ.
    private var memory: ParameterMemory<Model>

    /// An optimiser that has taken no step. Traps if a setting is out of its range.
    ///
    /// - Parameters:
    ///   - model: what will be trained; only its structure counts.
    ///   - learningRate: Δ of the first step, finite and at least 0.
    ///   - shrinkage: η⁻, in `0 ..< 1`.
    ///   - growth: η⁺, finite and at least 1.
    ///   - stepSizes: Δmin and Δmax, finite and at least 0.
    ///   - groups: parameters with a first step size of their own. Traps if one means no parameter.
    public init(
        for model: Model, learningRate: Double = 1e-2, shrinkage: Double = 0.5, growth: Double = 1.2,
        stepSizes: ClosedRange<Double> = 1e-6...50, groups: [ParameterGroup] = []
    ) {
        checkRange("shrinkage", shrinkage, below: 1)
        guard growth >= 1, growth < .infinity else { trap("optimizer", "the growth \(growth) is not in 1 ..< ∞") }
        checkRange("least step size", stepSizes.lowerBound)
        checkRange("greatest step size", stepSizes.upperBound)
        self.shrinkage = shrinkage
        self.growth = growth
        self.stepSizes = stepSizes
        settings = StepSettings(learningRate: learningRate, groups: groups)
        memory = ParameterMemory(of: model, count: 2)
        settings.check(for: model)
    }

    /// Takes one step of the formula above, with all parameters but the `frozen` ones. Traps as the protocol says.
    public mutating func update(_ model: inout Model, along gradient: Model, freezing frozen: [ParameterPattern]) {
        memory.update(&model, along: gradient, freezing: frozen, settings) { p, slot in
            if p.stepCount == 1 { slot.values[1] = slot.values[1] + p.learningRate }
            // 1, 0 or −1 as the sign stays, is of a zero, or turns.
            let agreement = p.gradient.sign() * slot.values[0].sign()
            let agrees = agreement.relu()
            let turns = (-agreement).relu()
            let factor = agrees * (growth - 1) + turns * (shrinkage - 1) + 1
            func bound(_ size: Double) -> Value { Value(NDArray(scalar: size, p.value.elementType)) }
            let sizes = (least: bound(stepSizes.lowerBound), greatest: bound(stepSizes.upperBound))
            slot.values[1] = .minimum(.maximum(slot.values[1] * factor, sizes.least), sizes.greatest)
            slot.values[0] = p.gradient - p.gradient * turns
            return p.value - slot.values[0].sign() * slot.values[1]
        }
    }
}
