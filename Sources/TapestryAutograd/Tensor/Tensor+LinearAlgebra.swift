import TapestryArrays

/// The matrix product.
///
/// Matrices: `[m, k] · [k, n]` gives `[m, n]`. A vector is a row on the left and a column on the right, and its axis
/// is dropped from the result. Leading axes are batches and are broadcast. Traps when the inner extents differ.
public func matmul<Scalar: DifferentiableScalar>(_ a: Tensor<Scalar>, _ b: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(Value.matmul(a.value, b.value))
}
