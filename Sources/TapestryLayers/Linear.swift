import TapestryAutograd

/// y = x · W + b over the last axis: `[…, input]` to `[…, output]`.
public struct Linear<Scalar: DifferentiableScalar>: Layer {
    /// W, `[input, output]`.
    public var weights: Tensor<Scalar>
    /// b, `[output]`, if there is one.
    public var bias: Tensor<Scalar>?

    /// - Parameters:
    ///   - initializer: for the weights; by default uniform in ±1/√input, as for the bias.
    public init(inputSize: Int, outputSize: Int, bias: Bool = true, initializer: Initializer? = nil) {
        let limit = Initializer.uniform(limit: 1 / Double(max(inputSize, 1)).squareRoot())
        weights = (initializer ?? limit).tensor([inputSize, outputSize])
        self.bias = bias ? limit.tensor([outputSize]) : nil
    }

    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        let product = matmul(x, weights)
        return if let bias { product + bias } else { product }
    }
}
