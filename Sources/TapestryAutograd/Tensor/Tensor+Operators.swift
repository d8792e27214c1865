import CTapestryKernels
import TapestryArrays

// MARK: - Arithmetic

extension Tensor where Scalar: Numeric {
    /// a + b, elementwise, broadcast. Integers wrap around. Traps unless the shapes can be broadcast.
    public static func + (a: consuming Tensor, b: consuming Tensor) -> Tensor {
        Tensor((consume a).value + (consume b).value)
    }
    /// a − b, elementwise, broadcast. Integers wrap around. Traps unless the shapes can be broadcast.
    public static func - (a: consuming Tensor, b: consuming Tensor) -> Tensor {
        Tensor((consume a).value - (consume b).value)
    }
    /// a b, elementwise, broadcast; the matrix product is `matmul(_:_:)`. Integers wrap around. Traps unless the shapes
    /// can be broadcast.
    public static func * (a: consuming Tensor, b: consuming Tensor) -> Tensor {
        Tensor((consume a).value * (consume b).value)
    }
    /// a / b, elementwise, broadcast. Integers are truncated toward zero, and divided by zero give 0. Traps unless the
    /// shapes can be broadcast.
    public static func / (a: consuming Tensor, b: consuming Tensor) -> Tensor {
        Tensor((consume a).value / (consume b).value)
    }

    /// Elementwise sum with a number.
    @_disfavoredOverload
    public static func + (a: consuming Tensor, b: Scalar) -> Tensor { a + Tensor(b) }
    /// Elementwise sum with a number.
    @_disfavoredOverload
    public static func + (a: Scalar, b: consuming Tensor) -> Tensor { Tensor(a) + b }
    /// Elementwise difference with a number.
    @_disfavoredOverload
    public static func - (a: consuming Tensor, b: Scalar) -> Tensor { a - Tensor(b) }
    /// Elementwise difference with a number.
    @_disfavoredOverload
    public static func - (a: Scalar, b: consuming Tensor) -> Tensor { Tensor(a) - b }
    /// Elementwise product with a number.
    @_disfavoredOverload
    public static func * (a: consuming Tensor, b: Scalar) -> Tensor { a * Tensor(b) }
    /// Elementwise product with a number.
    @_disfavoredOverload
    public static func * (a: Scalar, b: consuming Tensor) -> Tensor { Tensor(a) * b }
    /// Elementwise quotient with a number.
    @_disfavoredOverload
    public static func / (a: consuming Tensor, b: Scalar) -> Tensor { a / Tensor(b) }
    /// Elementwise quotient with a number.
    @_disfavoredOverload
    public static func / (a: Scalar, b: consuming Tensor) -> Tensor { Tensor(a) / b }

    /// a ← a + b
    public static func += (a: inout Tensor, b: Tensor) { a = a + b }
    /// a ← a - b
    public static func -= (a: inout Tensor, b: Tensor) { a = a - b }
    /// a ← a * b
    public static func *= (a: inout Tensor, b: Tensor) { a = a * b }
    /// a ← a / b
    public static func /= (a: inout Tensor, b: Tensor) { a = a / b }

    /// a ← a + b
    public static func += (a: inout Tensor, b: Scalar) { a = a + b }
    /// a ← a - b
    public static func -= (a: inout Tensor, b: Scalar) { a = a - b }
    /// a ← a * b
    public static func *= (a: inout Tensor, b: Scalar) { a = a * b }
    /// a ← a / b
    public static func /= (a: inout Tensor, b: Scalar) { a = a / b }

    /// −x, elementwise. Of integers the least stays what it is.
    public static prefix func - (x: consuming Tensor) -> Tensor { Tensor(-(consume x).value) }
}

// MARK: - Arithmetic with literals

// A literal's own type is Double. These overloads spare the type checker from trying all others, which is the
// difference between milliseconds and giving up on a formula such as `2 * x / 3 - 1 + 0.5 * x * x`.
extension Tensor where Scalar: DifferentiableScalar {
    /// Elementwise sum with a number.
    public static func + (a: consuming Tensor, b: Double) -> Tensor { a + Tensor(Scalar(b)) }
    /// Elementwise sum with a number.
    public static func + (a: Double, b: consuming Tensor) -> Tensor { Tensor(Scalar(a)) + b }
    /// Elementwise difference with a number.
    public static func - (a: consuming Tensor, b: Double) -> Tensor { a - Tensor(Scalar(b)) }
    /// Elementwise difference with a number.
    public static func - (a: Double, b: consuming Tensor) -> Tensor { Tensor(Scalar(a)) - b }
    /// Elementwise product with a number.
    public static func * (a: consuming Tensor, b: Double) -> Tensor { a * Tensor(Scalar(b)) }
    /// Elementwise product with a number.
    public static func * (a: Double, b: consuming Tensor) -> Tensor { Tensor(Scalar(a)) * b }
    /// Elementwise quotient with a number.
    public static func / (a: consuming Tensor, b: Double) -> Tensor { a / Tensor(Scalar(b)) }
    /// Elementwise quotient with a number.
    public static func / (a: Double, b: consuming Tensor) -> Tensor { Tensor(Scalar(a)) / b }
}

// MARK: - Comparisons

infix operator .!= : ComparisonPrecedence

extension Tensor {
    /// Whether a = b, elementwise, broadcast; never where an operand is NaN. (`==` compares whole tensors.) Traps
    /// unless the shapes can be broadcast.
    public static func .== (a: Tensor, b: Tensor) -> Tensor<Bool> { a.compared(.equal, b) }
    /// Whether a ≠ b, elementwise, broadcast; always where an operand is NaN. Traps unless the shapes can be broadcast.
    public static func .!= (a: Tensor, b: Tensor) -> Tensor<Bool> { a.compared(.notEqual, b) }
    /// Elementwise comparison with a number.
    public static func .== (a: Tensor, b: Scalar) -> Tensor<Bool> { a .== Tensor(b) }
    /// Elementwise comparison with a number.
    public static func .!= (a: Tensor, b: Scalar) -> Tensor<Bool> { a .!= Tensor(b) }

    fileprivate func compared(_ id: Primitive.ID, _ other: Tensor) -> Tensor<Bool> {
        Tensor<Bool>(.binary(id, value, other.value))
    }
}

extension Tensor where Scalar: Numeric {
    /// Whether a < b, elementwise, broadcast; false where an operand is NaN. Traps unless the shapes can be broadcast.
    public static func .< (a: Tensor, b: Tensor) -> Tensor<Bool> { a.compared(.less, b) }
    /// Whether a ≤ b, elementwise, broadcast; false where an operand is NaN. Traps unless the shapes can be broadcast.
    public static func .<= (a: Tensor, b: Tensor) -> Tensor<Bool> {
        a.compared(.lessOrEqual, b)
    }
    /// Whether a > b, elementwise, broadcast; false where an operand is NaN. Traps unless the shapes can be broadcast.
    public static func .> (a: Tensor, b: Tensor) -> Tensor<Bool> {
        checkComparison("greater", a, b)
        return b.compared(.less, a)
    }
    /// Whether a ≥ b, elementwise, broadcast; false where an operand is NaN. Traps unless the shapes can be broadcast.
    public static func .>= (a: Tensor, b: Tensor) -> Tensor<Bool> {
        checkComparison("greater or equal", a, b)
        return b.compared(.lessOrEqual, a)
    }

    /// The kernels know only "less": operands change places, but not in the message.
    private static func checkComparison(_ operation: String, _ a: Tensor, _ b: Tensor) {
        if Layout.broadcastShape(a.shape, b.shape) == nil {
            trap(operation, "shapes \(a.shape) and \(b.shape) cannot be broadcast")
        }
    }

    /// Elementwise order against a number; false for NaN.
    public static func .< (a: Tensor, b: Scalar) -> Tensor<Bool> { a .< Tensor(b) }
    /// Elementwise order against a number; false for NaN.
    public static func .<= (a: Tensor, b: Scalar) -> Tensor<Bool> { a .<= Tensor(b) }
    /// Elementwise order against a number; false for NaN.
    public static func .> (a: Tensor, b: Scalar) -> Tensor<Bool> { a .> Tensor(b) }
    /// Elementwise order against a number; false for NaN.
    public static func .>= (a: Tensor, b: Scalar) -> Tensor<Bool> { a .>= Tensor(b) }
}

extension Tensor where Scalar == Bool {
    /// Elementwise negation.
    public static prefix func .! (a: Tensor) -> Tensor { Tensor(.unary(.not, a.value)) }
    /// Elementwise logical and, broadcast.
    public static func .& (a: Tensor, b: Tensor) -> Tensor { Tensor(.binary(.and, a.value, b.value)) }
    /// Elementwise logical or, broadcast.
    public static func .| (a: Tensor, b: Tensor) -> Tensor { Tensor(.binary(.or, a.value, b.value)) }
    /// Elementwise logical exclusive or, broadcast.
    public static func .^ (a: Tensor, b: Tensor) -> Tensor { Tensor(.binary(.exclusiveOr, a.value, b.value)) }
}

// MARK: - Conversion

extension Tensor {
    /// The same elements as another scalar type; differentiable between floating-point types. Floating point to
    /// integer truncates toward zero and saturates.
    public func converted<Target: TensorScalar>(to type: Target.Type = Target.self) -> Tensor<Target> {
        Tensor<Target>(value.converted(to: Target.elementType))
    }
}
