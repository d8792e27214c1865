import TapestryAutograd

/// y = x · W + b over the last axis: `[…, input]` to `[…, output]`.
public struct Linear<Scalar: DifferentiableScalar>: Layer {
    /// W, `[input, output]`.
    public var weights: Tensor<Scalar>
    /// b, `[output]`, if there is one.
    public var bias: Tensor<Scalar>?

    /// A layer from one number of features to another. Traps if one is negative.
    ///
    /// - Parameters:
    ///   - inputSize: the extent of the input's last axis.
    ///   - outputSize: the extent of the output's last axis.
    ///   - bias: whether there is a b; it starts uniformly in ±1/√input.
    ///   - initializer: for the weights; by default uniform in ±1/√input too.
    public init(inputSize: Int, outputSize: Int, bias: Bool = true, initializer: Initializer? = nil) {
        if inputSize < 0 || outputSize < 0 {
            trap("linear", "sizes must not be negative: input \(inputSize), output \(outputSize)")
        }
        let uniform = Initializer.inverseRoot(of: inputSize)
        weights = (initializer ?? uniform).tensor([inputSize, outputSize])
        self.bias = bias ? uniform.tensor([outputSize]) : nil
    }

    /// x · W + b, `[…, input]` to `[…, output]`. Traps unless the last axis is the layer's input.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        if x.value.layout.shape.last != weights.value.layout.shape.first {
            trap("linear", "inputs of shape \(x.shape) for weights of shape \(weights.shape): [input, output]")
        }
        let product = matmul(x, weights)
        return if let bias { product + bias } else { product }
    }
}
