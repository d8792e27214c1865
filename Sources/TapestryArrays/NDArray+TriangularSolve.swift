import CTapestryKernels

/// Which triangle of a matrix T a triangular system has, and how.
package struct TriangularForm: Sendable {
    /// The lower triangle is read, else the upper one; the other one never is.
    package var isLower: Bool
    /// Tᵀ·X = B is solved, else T·X = B.
    package var isTransposed: Bool
    /// The diagonal is not read but taken for ones.
    package var hasUnitDiagonal: Bool

    package init(lower isLower: Bool, transposed isTransposed: Bool = false, unitDiagonal: Bool = false) {
        (self.isLower, self.isTransposed, hasUnitDiagonal) = (isLower, isTransposed, unitDiagonal)
    }
}

extension NDArray {
    /// X with T·X = B, T triangular: T `[…, n, n]`, B and X `[…, n, k]`. Batch axes are broadcast.
    ///
    /// A zero on the diagonal gives infinities and NaN, as the division by it does.
    ///
    /// Traps unless both are floating-point matrices of one type that fit.
    package static func triangularSolve(_ t: NDArray, _ b: NDArray, _ form: TriangularForm) -> NDArray {
        let name = "triangularSolve"
        let (matrices, result) = solution(t, b, name)
        let triangles = form.isTransposed ? matrices.transposed : matrices
        let goesDown = form.isLower != form.isTransposed
        solveInPlace(triangles, result) { triangle, x in
            triangle.solveTriangle(x, goesDown: goesDown, unitDiagonal: form.hasUnitDiagonal)
        }
        return result.reshaped(to: matrices.batchShape + b.shape.suffix(2))
    }

    /// The matrices of a system of equations, broadcast to all batch axes, and a copy of the right-hand sides,
    /// broadcast too, `[count, n, k]`, to become the solution in place.
    static func solution(_ a: NDArray, _ b: NDArray, _ name: String) -> (matrices: NDArray, result: NDArray) {
        a.checkSquareMatrices(name)
        if b.elementType != a.elementType {
            trap(name, "element types differ: \(a.elementType) and \(b.elementType)")
        }
        guard b.rank >= 2, b.shape[b.rank - 2] == a.shape[a.rank - 1],
            let batch = Layout.broadcastShape(a.batchShape, b.batchShape)
        else {
            trap(
                name,
                """
                right-hand sides of shape \(b.shape) do not fit matrices of shape \(a.shape): rows must agree, and \
                batch axes be broadcast
                """)
        }
        let matrices = a.viewed(a.layout.expanded(to: batch + a.shape.suffix(2))!)
        return (matrices, b.viewed(b.layout.expanded(to: batch + b.shape.suffix(2))!).copiedMatrices())
    }

    /// Calls `solve` for each matrix of a batch with its right-hand side.
    static func solveInPlace(_ matrices: NDArray, _ result: NDArray, _ solve: (NDArray, NDArray) -> Void) {
        let (n, k) = (result.shape[1], result.shape[2])
        let batch = matrices.batchShape
        let strides = Array(matrices.layout.strides.suffix(2))
        let lines = Lines(shape: batch + [1], along: batch.count) {
            SIMD4(matrices.layout.strides[$0], Layout.rowMajorStrides(of: batch)[$0], 0, 0)
        }
        lines.forEach(length: n * n * Swift.max(k, 1)) { offsets in
            let matrix = matrices.viewed(Layout(shape: [n, n], strides: strides), shift: offsets[0])
            solve(matrix, result.matrix(offsets[1]))
        }
    }

    /// Rows that are solved one by one, before the product kernel takes what they mean for all others.
    private static let solvedRows = 32

    /// Solves with this triangle in place: from the first row down, or from the last row up, which tells which triangle
    /// it is.
    func solveTriangle(_ x: NDArray, goesDown: Bool, unitDiagonal: Bool) {
        let n = shape[0]
        let columns = 0..<x.shape[1]
        let starts = stride(from: 0, to: n, by: NDArray.solvedRows)
        for start in goesDown ? Array(starts) : starts.reversed() {
            let rows = start..<Swift.min(n, start + NDArray.solvedRows)
            let (diagonal, solved) = (block(rows, rows), x.block(rows, columns))
            if elementType == .float64 {
                diagonal.solveRows(of: Double.self, solved, goesDown, unitDiagonal)
            } else {
                diagonal.solveRows(of: Float.self, solved, goesDown, unitDiagonal)
            }
            let others = goesDown ? rows.upperBound..<n : 0..<start
            x.block(others, columns).subtractProduct(block(others, rows), solved)
        }
    }

    private func solveRows<Element: DifferentiableScalar>(
        of type: Element.Type, _ x: NDArray, _ goesDown: Bool, _ unitDiagonal: Bool
    ) {
        let (n, columns) = (x.shape[0], x.shape[1])
        let t = pointer.assumingMemoryBound(to: Element.self)
        let rows = x.pointer.assumingMemoryBound(to: Element.self)
        let (rowStep, columnStep, xStep) = (layout.strides[0], layout.strides[1], x.layout.strides[0])
        for count in 0..<n {
            let row = goesDown ? count : n - 1 - count
            let solved = rows + row * xStep
            for other in goesDown ? 0..<row : row + 1..<n {
                let factor = t[row * rowStep + other * columnStep]
                let source = rows + other * xStep
                for column in 0..<columns { solved[column] -= factor * source[column] }
            }
            if !unitDiagonal {
                let divisor = t[row * (rowStep + columnStep)]
                for column in 0..<columns { solved[column] /= divisor }
            }
        }
    }
}
