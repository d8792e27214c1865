import TapestryArrays

// Products, and linear algebra on matrices `[…, rows, columns]`, whose leading axes are batches.

/// The matrix product.
///
/// Matrices: `[m, k] · [k, n]` gives `[m, n]`. A vector is a row on the left and a column on the right, and its axis
/// is dropped from the result. Leading axes are batches and are broadcast. Traps when the inner extents differ.
public func matmul<Scalar: DifferentiableScalar>(_ a: Tensor<Scalar>, _ b: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(Value.matmul(a.value, b.value))
}

/// Σ aᵢ bᵢ of two vectors of one extent; traps on anything else.
public func dot<Scalar: DifferentiableScalar>(_ a: Tensor<Scalar>, _ b: Tensor<Scalar>) -> Tensor<Scalar> {
    if a.rank != 1 || a.shape != b.shape { trap("dot", "needs two vectors of one extent: \(a.shape) and \(b.shape)") }
    return matmul(a, b)
}

/// aᵢ bⱼ of two vectors, `[m]` and `[n]` to `[m, n]`; traps on anything else.
public func outer<Scalar: DifferentiableScalar>(_ a: Tensor<Scalar>, _ b: Tensor<Scalar>) -> Tensor<Scalar> {
    if a.rank != 1 || b.rank != 1 { trap("outer", "needs two vectors: \(a.shape) and \(b.shape)") }
    return a.unsqueezed(axis: 1) * b.unsqueezed(axis: 0)
}

/// The sum over pairs of axes, one of each tensor: the other axes of a, then the other axes of b. Traps unless paired
/// axes have one extent.
///
/// - Parameters:
///   - a: the first tensor.
///   - b: the second one.
///   - axesOfA: the axes of a that are summed over; by default its last two.
///   - axesOfB: their partners, in the same order; by default the first two of b.
public func tensordot<Scalar: DifferentiableScalar>(
    _ a: Tensor<Scalar>, _ b: Tensor<Scalar>, axes axesOfA: [Int] = [-2, -1], _ axesOfB: [Int] = [0, 1]
) -> Tensor<Scalar> {
    let (left, right) = (a.value.layout, b.value.layout)
    let (summedOfA, summedOfB) = (
        axesOfA.map { left.axis($0, in: "tensordot") }, axesOfB.map { right.axis($0, in: "tensordot") }
    )
    _ = (left.axes(axesOfA, in: "tensordot"), right.axes(axesOfB, in: "tensordot"))
    let extents = summedOfA.map { a.shape[$0] }
    if extents != summedOfB.map({ b.shape[$0] }) {
        trap("tensordot", "axes \(axesOfA) of \(a.shape) and \(axesOfB) of \(b.shape) have not the same extents")
    }
    let keptOfA = (0..<a.rank).filter { !summedOfA.contains($0) }
    let keptOfB = (0..<b.rank).filter { !summedOfB.contains($0) }
    let (rowShape, columnShape) = (keptOfA.map { a.shape[$0] }, keptOfB.map { b.shape[$0] })
    let depth = Layout.count(of: extents)
    let rows = a.permuted(keptOfA + summedOfA).reshaped(to: [Layout.count(of: rowShape), depth])
    let columns = b.permuted(summedOfB + keptOfB).reshaped(to: [depth, Layout.count(of: columnShape)])
    return matmul(rows, columns).reshaped(to: rowShape + columnShape)
}

extension Tensor where Scalar: DifferentiableScalar {
    /// The elements `[…, i, i + offset]` of matrices `[…, rows, columns]`, as `[…, count]`; a view. Far outside of the
    /// matrix a diagonal has no element. Traps on a rank below 2.
    public func diagonal(offset: Int = 0) -> Tensor {
        checkMatrices("diagonal")
        return Tensor(value.diagonal(offset: reachable(offset)))
    }

    /// Square matrices of zeros with these vectors, `[…, n]`, on a diagonal: `[…, n + |offset|, n + |offset|]`. Traps
    /// on a rank of 0.
    public func embeddedDiagonal(offset: Int = 0) -> Tensor {
        guard let extent = shape.last else { trap("embeddedDiagonal", "a tensor of rank 0 is no diagonal") }
        let n = extent.addingReportingOverflow(Int(clamping: offset.magnitude))
        if n.overflow { trap("embeddedDiagonal", "a diagonal of shape \(shape) does not fit at offset \(offset)") }
        _ = Layout.count(of: shape.dropLast() + [n.partialValue, n.partialValue], in: "embeddedDiagonal")
        return Tensor(
            .embeddedDiagonal(value, DiagonalAttributes(offset: offset, of: [n.partialValue, n.partialValue])))
    }

    /// The sum of the diagonal of matrices `[…, rows, columns]`, `[…]`. Traps on a rank below 2.
    public func trace() -> Tensor {
        checkMatrices("trace")
        return diagonal().sum(axes: [-1])
    }

    /// The elements of matrices on a diagonal and below it, zeros above (`tril`), in the same shape. Traps on a rank
    /// below 2.
    public func lowerTriangle(offset: Int = 0) -> Tensor {
        checkMatrices("lowerTriangle")
        return Tensor(value.triangle(lower: true, offset: reachable(offset)))
    }

    /// The elements of matrices on a diagonal and above it, zeros below (`triu`), in the same shape. Traps on a rank
    /// below 2.
    public func upperTriangle(offset: Int = 0) -> Tensor {
        checkMatrices("upperTriangle")
        return Tensor(value.triangle(lower: false, offset: reachable(offset)))
    }

    /// L, lower triangular with a positive diagonal, with L Lᵀ = A for symmetric positive definite A.
    ///
    /// Only the lower triangle of A is read, and the cotangent is symmetric: that of an element is spread over both of
    /// its places. A matrix that is not positive definite gives NaN, without harm to others in a batch. Traps unless
    /// the matrices are square.
    ///
    /// Reference: I. Murray, "Differentiation of the Cholesky decomposition", 2016.
    public func cholesky() -> Tensor {
        checkSquare("cholesky")
        return Tensor(.unary(.cholesky, value))
    }

    /// A⁻¹ of square matrices `[…, n, n]`, in the same shape. A singular one gives infinities and NaN. To solve a
    /// system, `solve(_:_:)` is better. Traps unless the matrices are square.
    public func inverse() -> Tensor {
        checkSquare("inverse")
        return Tensor(value.inverse)
    }

    /// det A of square matrices, `[…]`. Its derivatives of any order are right for matrices of any rank: the first one
    /// is the matrix of cofactors, which is det(A) A⁻ᵀ if A is not singular. Traps unless the matrices are square.
    public func determinant() -> Tensor {
        checkSquare("determinant")
        return Tensor(.unary(.determinant, value))
    }

    /// The sign of the determinant, −1, 0 or 1, which has no derivative, and ln |det A|, both `[…]`; −inf for a
    /// singular matrix. Traps unless the matrices are square.
    public func logDeterminant() -> (sign: Tensor, logarithm: Tensor) {
        checkSquare("logDeterminant")
        return (Tensor(.unary(.signOfDeterminant, value)), Tensor(.unary(.logDeterminant, value)))
    }

    /// A diagonal's offset, brought so close to the matrix that to add to it does not overflow.
    private func reachable(_ offset: Int) -> Int {
        Swift.min(Swift.max(offset, -shape[rank - 2]), shape[rank - 1])
    }

    private func checkMatrices(_ operation: String) {
        if rank < 2 { trap(operation, "needs matrices, and the shape is \(shape)") }
    }

    private func checkSquare(_ operation: String) {
        if rank < 2 || shape[rank - 1] != shape[rank - 2] {
            trap(operation, "needs square matrices, and the shape is \(shape)")
        }
    }
}

/// X with A X = B: A `[…, n, n]`, B `[…, n, k]`, or a vector `[n]`. Leading axes are broadcast. A singular matrix gives
/// infinities and NaN. Traps on shapes that do not fit.
public func solve<Scalar: DifferentiableScalar>(_ a: Tensor<Scalar>, _ b: Tensor<Scalar>) -> Tensor<Scalar> {
    checkSystem("solve", a.shape, b.shape)
    if b.rank == 1 { return solve(a, b.unsqueezed(axis: 1)).squeezed(axes: [-1]) }
    return Tensor(.solve(a.value, b.value))
}

/// X with T X = B, T triangular, of which the other triangle is not read: T `[…, n, n]`, B `[…, n, k]`, or a vector
/// `[n]`. Leading axes are broadcast. A zero on the diagonal gives infinities and NaN. Traps on shapes that do not fit.
///
/// - Parameters:
///   - t: T, `[…, n, n]`.
///   - b: B, `[…, n, k]`, or a vector `[n]`.
///   - isLower: which triangle of T is read.
///   - transposed: whether Tᵀ X = B is solved.
///   - unitDiagonal: whether the diagonal is taken for ones and not read.
public func triangularSolve<Scalar: DifferentiableScalar>(
    _ t: Tensor<Scalar>, _ b: Tensor<Scalar>, lower isLower: Bool, transposed: Bool = false, unitDiagonal: Bool = false
) -> Tensor<Scalar> {
    checkSystem("triangularSolve", t.shape, b.shape)
    if b.rank == 1 {
        let column = b.unsqueezed(axis: 1)
        let solution = triangularSolve(
            t, column, lower: isLower, transposed: transposed, unitDiagonal: unitDiagonal)
        return solution.squeezed(axes: [-1])
    }
    return Tensor(
        .triangularSolve(t.value, b.value, lower: isLower, transposed: transposed, unitDiagonal: unitDiagonal))
}

/// Traps unless there are square matrices, and right-hand sides that fit them.
private func checkSystem(_ operation: String, _ matrices: [Int], _ sides: [Int]) {
    if matrices.count < 2 || matrices[matrices.count - 1] != matrices[matrices.count - 2] {
        trap(operation, "needs square matrices, and the shape is \(matrices)")
    }
    let batchOfSides = Array(sides.dropLast(2))
    if sides.isEmpty || sides[Swift.max(sides.count - 2, 0)] != matrices[matrices.count - 1]
        || Layout.broadcastShape(Array(matrices.dropLast(2)), batchOfSides) == nil
    {
        trap(operation, "right-hand sides of shape \(sides) do not fit matrices of shape \(matrices)")
    }
}
