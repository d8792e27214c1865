import Foundation
import TapestryAutograd

/// The running moments that Adam and AdamW share, and the step along them.
struct AdamMoments<Model: Module>: Codable, Sendable {
    private let constants: MomentConstants
    /// m, v, and with AMSGrad the greatest v so far.
    private var memory: ParameterMemory<Model>

    /// Traps unless both decays are in `0 ..< 1` and ε is finite and at least 0.
    init(of model: Model, firstDecay: Double, secondDecay: Double, epsilon: Double, amsgrad: Bool) {
        constants = MomentConstants(firstDecay: firstDecay, secondDecay: secondDecay, epsilon: epsilon)
        memory = ParameterMemory(of: model, count: amsgrad ? 3 : 2)
    }

    /// Takes one step.
    mutating func update(
        _ model: inout Model, along gradient: Model, freezing frozen: [ParameterPattern], _ settings: StepSettings,
        decay: DecayKind
    ) {
        memory.update(&model, along: gradient, freezing: frozen, settings, decay: decay) { p, slot in
            let stepSize = p.learningRate / (1 - pow(constants.firstDecay, Double(p.stepCount)))
            let secondScale = (1 - pow(constants.secondDecay, Double(p.stepCount))).squareRoot()
            slot.values[0].average(p.gradient, decay: constants.firstDecay)
            slot.values[1].average(p.gradient.squared(), decay: constants.secondDecay)
            if slot.values.count == 3 { slot.values[2] = .maximum(slot.values[2], slot.values[1]) }
            let denominator = slot.values.last!.rootOfSquares / secondScale + constants.epsilon
            return p.value - slot.values[0] / denominator * stepSize
        }
    }
}
