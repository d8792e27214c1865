/// A tensor of a module that is no parameter, though its elements may be floating-point numbers: running statistics, a
/// table.
///
/// It is saved, copied and converted with the module, and left alone by everything that is done to parameters:
/// derivatives are not taken with respect to it, and optimisers do not move it.
///
/// ```swift
/// struct Centring<Scalar: DifferentiableScalar>: Module {
///     @Buffer var mean: Tensor<Scalar>
/// }
/// ```
@propertyWrapper
public struct Buffer<Scalar: TensorScalar>: Module {
    /// The tensor, which is a constant: what it is set to loses its derivative.
    public var wrappedValue: Tensor<Scalar> {
        get { tensor }
        set { tensor = newValue.withoutDerivative() }
    }
    private var tensor: Tensor<Scalar>

    /// A buffer with a tensor, as a constant.
    public init(wrappedValue: Tensor<Scalar>) { tensor = wrappedValue.withoutDerivative() }

    /// Writes the tensor.
    public func encode(to encoder: any Encoder) throws {
        guard let position = encoder.modulePosition else { return try tensor.encode(to: encoder) }
        position.addLeaf(tensor.value, blocks: nil, isBuffer: true)
    }

    /// Reads the tensor.
    public init(from decoder: any Decoder) throws { tensor = try Tensor(from: decoder) }
}
