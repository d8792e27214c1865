import TapestryAutograd

/// An elementwise function as a layer.
public struct Activation<Scalar: DifferentiableScalar>: Layer {
    public enum Function: String, Codable, Sendable, CaseIterable {
        case identity, tanh, sigmoid, relu, softplus
    }

    public let function: Function

    public init(_ function: Function) { self.function = function }

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
