import Foundation
import TapestryAutograd

/// The output layer of many classes, W x + b, whose training looks at the right class and some that are drawn.
///
/// With samples c₁ … cₙ from a distribution q, the loss −s(t) + ln(exp s(t) + Σ exp(s(cᵢ) − ln(n q(cᵢ)))), where
/// samples that are the target t are left out, nears the cross-entropy over all classes as n grows.
///
/// ```swift
/// let output = SampledSoftmax<Float>(inputSize: 256, classCount: 50_000)
/// let loss = output.loss(hidden, words, sampleCount: 500)             // for training
/// let exact = crossEntropy(output.logits(hidden), words)              // for evaluation
/// ```
///
/// Reference: S. Jean et al., "On using very large target vocabulary for neural machine translation", 2015; Y. Bengio
/// and J.-S. Senécal, "Adaptive importance sampling to accelerate training of a neural probabilistic language
/// model", 2008.
public struct SampledSoftmax<Scalar: DifferentiableScalar>: Module {
    /// How classes are drawn, with replacement.
    public enum Distribution: String, Sendable, Codable, CaseIterable {
        /// All with the same probability.
        case uniform
        /// q(c) = ln((c + 2) / (c + 1)) / ln(classes + 1): of classes in the order of their frequency, near to how
        /// words are distributed (Zipf's law).
        case logUniform
    }

    /// W, one row for each class, `[classes, input]`.
    public var weights: Tensor<Scalar>
    /// b, `[classes]`.
    public var bias: Tensor<Scalar>
    /// q.
    public let distribution: Distribution

    /// A layer whose weights start uniformly in ±1/√input, and biases at 0. Traps if there is no class.
    ///
    /// - Parameters:
    ///   - inputSize: the number of features.
    ///   - classCount: the number of classes; at least 1.
    ///   - distribution: how classes are drawn. For `logUniform` they should be in the order of their frequency, the
    ///     most frequent one first.
    public init(inputSize: Int, classCount: Int, distribution: Distribution = .logUniform) {
        if inputSize < 0 || classCount < 1 {
            trap("sampledSoftmax", "\(classCount) classes of \(inputSize) features: there must be one class at least")
        }
        weights = Initializer.inverseRoot(of: inputSize).tensor([classCount, inputSize])
        bias = .zeros([classCount])
        self.distribution = distribution
    }

    /// The number of classes.
    public var classCount: Int { bias.count }

    /// W x + b of every class, `[…, input]` to `[…, classes]`.
    public func logits(_ x: Tensor<Scalar>) -> Tensor<Scalar> { matmul(x, weights.transposed()) + bias }

    /// The loss with samples that are drawn from the current source of random numbers, the same for all examples.
    ///
    /// - Parameters:
    ///   - x: `[…, input]`.
    ///   - targets: the right class of each, `[…]`. Traps on a class that there is not.
    ///   - sampleCount: n, at least 1.
    ///   - reduction: whether the result, a scalar, is the mean or the sum over all examples.
    public func loss(
        _ x: Tensor<Scalar>, _ targets: Tensor<Int32>, sampleCount: Int, reduction: LossReduction = .mean
    ) -> Tensor<Scalar> {
        if sampleCount < 1 { trap("sampledSoftmax", "\(sampleCount) samples: there must be at least one") }
        let numbers = Tensor<Double>.uniform([sampleCount]).scalars
        return loss(x, targets, samples: numbers.map(drawnClass), reduction: reduction)
    }

    /// The loss with given samples, at least one, which should come from the distribution. Traps on a class that there
    /// is not.
    public func loss(
        _ x: Tensor<Scalar>, _ targets: Tensor<Int32>, samples: [Int], reduction: LossReduction = .mean
    ) -> Tensor<Scalar> {
        if x.shape.last != weights.shape[1] || Array(x.shape.dropLast()) != targets.shape {
            trap(
                "sampledSoftmax",
                "features \(x.shape) and targets \(targets.shape) do not fit weights \(weights.shape): [classes, input]"
            )
        }
        if samples.isEmpty { trap("sampledSoftmax", "0 samples: there must be at least one") }
        let drawn = Tensor(samples.map { Int32($0) })
        checkClasses("sampledSoftmax", targets, count: classCount)
        checkClasses("sampledSoftmax", drawn, count: classCount)
        let right = (x * weights.rows(at: targets)).sum(axes: [-1]) + bias.slices(axis: 0, at: targets)
        let counts = samples.map { Scalar(log(Double(samples.count) * probability(of: $0))) }
        let corrections = bias.slices(axis: 0, at: drawn) - Tensor(counts)
        let others = matmul(x, weights.rows(at: drawn).transposed()) + corrections
        let wrong = others.replacing(where: targets.unsqueezed(axis: -1) .== drawn, with: -.infinity)
        return reduced(softplus(wrong.logSumExp(axes: [-1]) - right), reduction)
    }

    /// q(c).
    public func probability(of sample: Int) -> Double {
        switch distribution {
        case .uniform: 1 / Double(classCount)
        case .logUniform: log1p(1 / Double(sample + 1)) / log1p(Double(classCount))
        }
    }

    /// The class of a number that is uniform in 0 ..< 1.
    private func drawnClass(_ number: Double) -> Int {
        let place =
            switch distribution {
            case .uniform: number * Double(classCount)
            case .logUniform: expm1(number * log1p(Double(classCount)))
            }
        return min(Int(place), classCount - 1)
    }
}
