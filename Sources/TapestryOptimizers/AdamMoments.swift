import Foundation
import TapestryAutograd

/// The running moments that Adam and AdamW share, and the step along them.
struct AdamMoments<Model: Module>: Codable, Sendable {
    private let firstDecay: Double
    private let secondDecay: Double
    private let epsilon: Double
    /// t of each parameter, by its path. They differ once one has been frozen for some steps: how much its moments lack
    /// is a matter of what they themselves have seen.
    private var stepCounts: [String: Int] = [:]
    /// m and v.
    private var moments: [Model]

    /// Traps unless both decays are in `0 ..< 1` and ε is finite and at least 0.
    init(of model: Model, firstDecay: Double, secondDecay: Double, epsilon: Double) {
        checkRange("first decay", firstDecay, below: 1)
        checkRange("second decay", secondDecay, below: 1)
        checkRange("epsilon", epsilon)
        self.firstDecay = firstDecay
        self.secondDecay = secondDecay
        self.epsilon = epsilon
        moments = [model.zerosLike, model.zerosLike]
    }

    /// Takes one step. `decayed` gives a parameter and its gradient with a decay at a rate.
    mutating func update(
        _ model: inout Model, along gradient: Model, freezing frozen: [ParameterPattern], _ learningRate: Double,
        _ weightDecay: WeightDecay,
        decayed: (ParameterUpdate<Model>.Parameter, _ rate: Double) -> (value: Value, gradient: Value)
    ) {
        checkRange("learning rate", learningRate)
        var stepCounts = stepCounts
        ParameterUpdate.apply(&model, gradient, &moments, freezing: frozen, weightDecay) { parameter, moments in
            stepCounts[parameter.path, default: 0] += 1
            let stepCount = Double(stepCounts[parameter.path]!)
            let stepSize = learningRate / (1 - pow(firstDecay, stepCount))
            let secondScale = (1 - pow(secondDecay, stepCount)).squareRoot()
            let (value, gradient) = decayed(parameter, weightDecay.rate(for: parameter.path))
            moments[0] = moments[0] * firstDecay + gradient * (1 - firstDecay)
            moments[1] = moments[1] * secondDecay + gradient.squared() * (1 - secondDecay)
            // A parameter that has had no gradient yet: of |g| / (|g| + ε) only the root would have no slope there.
            let root = moments[1].isTracked ? moments[1].squareRootFlatAtZero : moments[1].squareRoot()
            let denominator = root / secondScale + epsilon
            return value - moments[0] / denominator * stepSize
        }
        self.stepCounts = stepCounts
    }
}
