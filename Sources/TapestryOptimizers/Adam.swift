import Foundation
import TapestryAutograd

/// Adaptive moments, with corrected bias:
///
///     m ← β₁ m + (1 − β₁) g,    v ← β₂ v + (1 − β₂) g²
///     p ← p − η · m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε)
///
/// where decay adds λ p to the gradient g first; `AdamW` decays the weights themselves.
///
/// Reference: D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", 2015.
public struct Adam<Model: Module>: Optimizer {
    public var learningRate: Double
    private var moments: AdamMoments<Model>
    public var weightDecay: WeightDecay

    public init(
        for model: Model, learningRate: Double = 1e-3, firstDecay: Double = 0.9, secondDecay: Double = 0.999,
        epsilon: Double = 1e-8, weightDecay: WeightDecay = WeightDecay(rate: 0)
    ) {
        self.learningRate = learningRate
        self.weightDecay = weightDecay
        moments = AdamMoments(of: model, firstDecay: firstDecay, secondDecay: secondDecay, epsilon: epsilon)
    }

    public mutating func update(_ model: inout Model, along gradient: Model, freezing frozen: [ParameterPattern]) {
        moments.update(&model, along: gradient, freezing: frozen, learningRate) { path, parameter, gradient in
            let decay = weightDecay.rate(for: path)
            return (parameter, decay == 0 ? gradient : gradient + parameter * decay)
        }
    }
}

/// Adam with decoupled weight decay: p ← p − η λ p before Adam's step, whose moments see the bare gradient.
///
/// Reference: I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", 2019.
public struct AdamW<Model: Module>: Optimizer {
    public var learningRate: Double
    private var moments: AdamMoments<Model>
    public var weightDecay: WeightDecay

    public init(
        for model: Model, learningRate: Double = 1e-3, firstDecay: Double = 0.9, secondDecay: Double = 0.999,
        epsilon: Double = 1e-8, weightDecay: WeightDecay = WeightDecay(rate: 1e-2)
    ) {
        self.learningRate = learningRate
        self.weightDecay = weightDecay
        moments = AdamMoments(of: model, firstDecay: firstDecay, secondDecay: secondDecay, epsilon: epsilon)
    }

    public mutating func update(_ model: inout Model, along gradient: Model, freezing frozen: [ParameterPattern]) {
        moments.update(&model, along: gradient, freezing: frozen, learningRate) { path, parameter, gradient in
            let decay = weightDecay.rate(for: path) * learningRate
            return (decay == 0 ? parameter : parameter * (1 - decay), gradient)
        }
    }
}

/// The running moments that Adam and AdamW share, and the step along them.
private struct AdamMoments<Model: Module>: Codable, Sendable {
    private let firstDecay: Double
    private let secondDecay: Double
    private let epsilon: Double
    private var stepCount = 0
    /// m and v.
    private var moments: [Model]

    init(of model: Model, firstDecay: Double, secondDecay: Double, epsilon: Double) {
        self.firstDecay = firstDecay
        self.secondDecay = secondDecay
        self.epsilon = epsilon
        moments = [model.zerosLike, model.zerosLike]
    }

    mutating func update(
        _ model: inout Model, along gradient: Model, freezing frozen: [ParameterPattern], _ learningRate: Double,
        decayed: (_ path: String, _ parameter: Value, _ gradient: Value) -> (parameter: Value, gradient: Value)
    ) {
        stepCount += 1
        let stepSize = learningRate / (1 - pow(firstDecay, Double(stepCount)))
        let secondScale = (1 - pow(secondDecay, Double(stepCount))).squareRoot()
        ParameterUpdate.apply(&model, gradient, &moments, freezing: frozen) { path, parameter, gradient, moments in
            let (parameter, gradient) = decayed(path, parameter, gradient)
            moments[0] = moments[0] * firstDecay + gradient * (1 - firstDecay)
            moments[1] = moments[1] * secondDecay + gradient.squared() * (1 - secondDecay)
            let denominator = moments[1].squareRoot() / secondScale + epsilon
            return parameter - moments[0] / denominator * stepSize
        }
    }
}
