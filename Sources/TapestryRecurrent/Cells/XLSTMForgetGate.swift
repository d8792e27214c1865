import TapestryAutograd

/// What the forget gates of `SLSTMCell` and `MLSTMCell` are of their pre-activations.
public enum XLSTMForgetGate: String, Codable, Sendable, CaseIterable {
    /// fₜ = σ(z)
    case sigmoid
    /// fₜ = exp(z)
    case exponential

    /// ln fₜ
    func logarithm<Scalar: DifferentiableScalar>(of z: Tensor<Scalar>) -> Tensor<Scalar> {
        switch self {
        case .sigmoid: logSigmoid(z)
        case .exponential: z
        }
    }
}
