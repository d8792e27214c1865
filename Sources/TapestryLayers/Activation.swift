import TapestryAutograd

/// An elementwise function as a layer: y = φ(x), in the shape of x.
public struct Activation<Scalar: DifferentiableScalar>: Layer {
    /// φ.
    public let function: ActivationFunction

    /// The layer that applies a function.
    public init(_ function: ActivationFunction) { self.function = function }

    /// φ of every element, in the shape of x.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> { function(x) }
}
