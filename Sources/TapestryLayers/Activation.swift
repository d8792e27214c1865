import TapestryAutograd

/// An elementwise function as a layer: y = φ(x), in the shape of x.
public struct Activation<Scalar: DifferentiableScalar>: Layer {
    /// What is applied to each element.
    public enum Function: String, Codable, Sendable, CaseIterable {
        /// x
        case identity
        /// (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)
        case tanh
        /// 1 / (1 + e⁻ˣ)
        case sigmoid
        /// max(x, 0)
        case relu
        /// ln(1 + eˣ)
        case softplus
    }

    /// φ.
    public let function: Function

    /// The layer that applies a function.
    public init(_ function: Function) { self.function = function }

    /// φ of every element, in the shape of x.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        switch function {
        case .identity: x
        case .tanh: tanh(x)
        case .sigmoid: sigmoid(x)
        case .relu: relu(x)
        case .softplus: softplus(x)
        }
    }
}
