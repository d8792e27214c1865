import TapestryArrays

/// A multi-dimensional array of scalars, through which derivatives can be taken.
///
/// Tensors are values: a copy never changes when the original does, and what was saved for a derivative can't be
/// changed behind its back. Slices, transposes and broadcasts are views that copy nothing.
///
/// ```swift
/// let x = Tensor<Float>([[1, 2, 3], [4, 5, 6]])       // shape [2, 3]
/// let y = tanh(x) * 2 + x.mean(axes: [0])             // [3] is broadcast along the first axis
/// ```
///
/// Two shapes are broadcast by aligning them at the last axis: extents must agree or be 1. Whatever breaks a shape
/// rule traps with the operation, the shapes and the rule.
public struct Tensor<Scalar: TensorScalar>: Sendable {
    package var value: Value

    package init(_ value: consuming Value) { self.value = value }

    /// The extent of each axis.
    public var shape: [Int] { value.shape }
    /// The number of axes.
    public var rank: Int { value.rank }
    /// The number of elements, the product of the extents.
    public var count: Int { value.count }
    /// Whether derivatives are being recorded with respect to something that this value depends on.
    public var isTracked: Bool { value.isTracked }

    /// The elements in row-major order.
    public var scalars: [Scalar] { elements(in: "scalars") }

    /// The element of a tensor that has just one; traps otherwise.
    public var scalar: Scalar { readable(in: "scalar").scalar(as: Scalar.self) }

    /// The elements in row-major order, for an operation that is named in messages.
    func elements(in operation: @autoclosure () -> String) -> [Scalar] {
        readable(in: operation()).elements(as: Scalar.self)
    }

    /// The array behind the tensor; traps inside of `vmap`, where there is none for one example.
    func readable(in operation: @autoclosure () -> String) -> NDArray { value.readable(in: operation()) }

    /// Gives this value a name, which appears in printed tapes, traces and reports. Costs nothing while nothing
    /// records names.
    ///
    /// ```swift
    /// let forget = sigmoid(z[.forget]).named("forget gate")
    /// ```
    @discardableResult
    public consuming func named(_ name: @autoclosure () -> String) -> Tensor {
        if Naming.isObserved { return Tensor(value.observed(name())) }
        return self
    }

    /// The same elements as a constant: derivatives are not taken through the result.
    public func withoutDerivative() -> Tensor { Tensor(value.cut) }
}

extension Tensor: Equatable {
    /// Whether shapes and all elements are equal (so never if one is NaN).
    public static func == (a: Tensor, b: Tensor) -> Bool {
        a.shape == b.shape && a.elements(in: "==") == b.elements(in: "==")
    }
}

extension Tensor where Scalar: DifferentiableScalar {
    /// Whether shapes agree and every element lies within `absoluteTolerance + relativeTolerance · |other|` of its
    /// counterpart. NaN is close to nothing, an infinity to itself.
    public func isClose(
        to other: Tensor, relativeTolerance: Scalar = 1e-5, absoluteTolerance: Scalar = 1e-8
    ) -> Bool {
        shape == other.shape
            && zip(elements(in: "isClose"), other.elements(in: "isClose")).allSatisfy { a, b in
                a == b || abs(a - b) <= absoluteTolerance + relativeTolerance * abs(b) && b.isFinite
            }
    }
}
