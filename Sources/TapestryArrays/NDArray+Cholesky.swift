extension NDArray {
    /// L, lower triangular with a positive diagonal, with L·Lᵀ = A, for symmetric positive definite A `[…, n, n]`.
    ///
    /// Only the lower triangle of A is read. A matrix that is not positive definite gives NaN on and below the
    /// diagonal, without harm to others in the batch.
    ///
    /// Traps unless the array holds square floating-point matrices.
    package func choleskyFactor() -> NDArray {
        let n = checkSquareMatrices("cholesky")
        let factors = copiedMatrices()
        NDArray.forEachMatrix(of: factors.shape[0], work: n * n * n / 3) { number in
            let factor = factors.matrix(number)
            if !factor.factorizeByCholesky() { factor.assign(NDArray(scalar: .nan, elementType)) }
        }
        factors.clear { row, columns in row + 1..<columns }
        return factors.reshaped(to: shape)
    }

    /// Columns that are factorised one by one, before the product kernel takes what they mean for all others.
    private static let factorizedColumns = 32
    /// Columns whose rest is computed at once, from their first diagonal element down.
    private static let stripColumns = 128

    /// The lower triangle of a square matrix in place; false where a pivot is not positive.
    private func factorizeByCholesky() -> Bool {
        let n = shape[0]
        for start in stride(from: 0, to: n, by: NDArray.factorizedColumns) {
            let columns = start..<Swift.min(n, start + NDArray.factorizedColumns)
            let corner = block(columns, columns)
            let isPositive =
                elementType == .float64
                ? corner.factorizeCorner(of: Double.self) : corner.factorizeCorner(of: Float.self)
            if !isPositive { return false }
            // L₂₁ᵀ from L₁₁·L₂₁ᵀ = A₂₁ᵀ, whose rows are contiguous, and what is left: A₂₂ − L₂₁·L₂₁ᵀ.
            let below = block(columns.upperBound..<n, columns)
            let right = below.transposed.copied()
            corner.solveTriangle(right, goesDown: true, unitDiagonal: false)
            below.assign(right.transposed)
            for first in stride(from: columns.upperBound, to: n, by: NDArray.stripColumns) {
                let strip = first..<Swift.min(n, first + NDArray.stripColumns)
                let rightStrip = strip.lowerBound - columns.upperBound..<strip.upperBound - columns.upperBound
                block(first..<n, strip).subtractProduct(
                    block(first..<n, columns), right.block(0..<columns.count, rightStrip))
            }
        }
        return true
    }

    private func factorizeCorner<Element: DifferentiableScalar>(of type: Element.Type) -> Bool {
        let (n, step) = (shape[0], layout.strides[0])
        let a = pointer.assumingMemoryBound(to: Element.self)
        for column in 0..<n {
            let pivot = a[column * step + column].squareRoot()
            // Not true for NaN either.
            guard pivot > 0, pivot.isFinite else { return false }
            a[column * step + column] = pivot
            for row in column + 1..<n { a[row * step + column] /= pivot }
            for row in column + 1..<n {
                let factor = a[row * step + column]
                for other in column + 1...row { a[row * step + other] -= factor * a[other * step + column] }
            }
        }
        return true
    }
}
