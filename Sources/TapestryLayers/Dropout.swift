import TapestryAutograd

/// While training, sets each element to zero with probability `rate` and divides the others by 1 − rate; the identity
/// while inferring.
///
/// Reference: N. Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014.
public struct Dropout<Scalar: DifferentiableScalar>: Layer {
    /// The probability with which an element becomes zero.
    public let rate: Double

    /// A layer that drops elements with the probability `rate`. Traps unless 0 ≤ rate < 1.
    public init(rate: Double) {
        guard rate >= 0, rate < 1 else { trap("dropout", "the rate \(rate) is not in 0 ..< 1") }
        self.rate = rate
    }

    /// x with some elements dropped, in its shape; x itself while inferring. Which ones is up to the current source of
    /// random numbers.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        guard Mode.current == .training, rate > 0 else { return x }
        let keeps = Tensor<Scalar>.uniform(x.shape) .>= Scalar(rate)
        return x * (keeps.converted(to: Scalar.self) * Scalar(1 / (1 - rate)))
    }
}
