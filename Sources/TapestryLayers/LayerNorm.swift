import TapestryAutograd

/// y = γ ⊙ (x − μ) / √(σ² + ε) + β with the mean μ and variance σ² of the last axis: `[…, features]` to the same.
///
/// Reference: J. L. Ba, J. R. Kiros and G. E. Hinton, "Layer normalization", 2016.
public struct LayerNorm<Scalar: DifferentiableScalar>: Layer {
    /// γ, `[features]`.
    public var gain: Tensor<Scalar>
    /// β, `[features]`.
    public var bias: Tensor<Scalar>
    /// ε.
    public let epsilon: Double

    public init(featureCount: Int, epsilon: Double = 1e-5) {
        gain = .ones([featureCount])
        bias = .zeros([featureCount])
        self.epsilon = epsilon
    }

    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        let centred = x - x.mean(axes: [-1], keepingAxes: true)
        let variance = square(centred).mean(axes: [-1], keepingAxes: true)
        return centred / sqrt(variance + Scalar(epsilon)) * gain + bias
    }
}
