import TapestryAutograd

/// y = γ ⊙ (x − μ) / √(σ² + ε) + β with the mean μ and variance σ² of the last axis: `[…, features]` to the same.
///
/// Reference: J. L. Ba, J. R. Kiros and G. E. Hinton, "Layer normalization", 2016.
public struct LayerNorm<Scalar: DifferentiableScalar>: Layer {
    /// γ, `[features]`.
    public var gain: Tensor<Scalar>
    /// β, `[features]`.
    public var bias: Tensor<Scalar>
    /// ε, which keeps rows of equal features from a division by zero.
    public let epsilon: Double
    /// The number of features.
    public var featureCount: Int { gain.count }

    /// A layer that starts with γ = 1 and β = 0. Traps if a number is negative.
    ///
    /// - Parameters:
    ///   - featureCount: the extent of the input's last axis.
    ///   - epsilon: ε, added to the variance.
    public init(featureCount: Int, epsilon: Double = 1e-5) {
        if featureCount < 0 || !(epsilon >= 0) {
            trap("layerNorm", "\(featureCount) features and an ε of \(epsilon): neither may be negative")
        }
        gain = .ones([featureCount])
        bias = .zeros([featureCount])
        self.epsilon = epsilon
    }

    /// The normalised features, `[…, features]` to the same. Traps unless the last axis has `featureCount` of them.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        checkFeatures(of: x)
        return Tensor(.layerNorm(x.value, gain: gain.value, bias: bias.value, epsilon: epsilon))
    }

    /// Traps unless a tensor has the features of the layer: gain and bias of one feature would otherwise be broadcast.
    package func checkFeatures(of x: Tensor<Scalar>) {
        if x.shape.last != featureCount {
            trap("layerNorm", "the last axis of \(x.shape) does not hold the \(featureCount) features of the layer")
        }
    }
}
