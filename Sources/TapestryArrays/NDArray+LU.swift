import CTapestryKernels
import Foundation

/// P·A = L·U for each matrix A `[…, n, n]` of a batch: L lower triangular with ones on the diagonal, U upper
/// triangular.
package struct LUFactors: Sendable {
    /// L below the diagonal, U on and above it, `[…, n, n]`.
    package let packed: NDArray
    /// As `int32`, `[…, n]`: the row of A that is row i of P·A.
    package let permutation: NDArray
    /// The determinant of P, 1 or −1, `[…]`.
    package let parity: NDArray
}

extension NDArray {
    /// LU factors by Gaussian elimination with partial pivoting: in each column the element of the largest magnitude is
    /// the pivot. A singular matrix has a zero on U's diagonal.
    ///
    /// Traps unless the array holds square floating-point matrices.
    package func luFactors() -> LUFactors {
        let n = checkSquareMatrices("lu")
        let packed = copiedMatrices()
        let permutation = NDArray(uninitialized: .rowMajor([packed.shape[0], n]), .int32)
        let parity = NDArray(uninitialized: .rowMajor([packed.shape[0]]), elementType)
        NDArray.forEachMatrix(of: packed.shape[0], work: n * n * n / 3) { number in
            let matrix = packed.matrix(number)
            let rows = permutation.pointer.assumingMemoryBound(to: Int32.self) + number * n
            for row in 0..<n { rows[row] = Int32(row) }
            if elementType == .float64 {
                parity.pointer.assumingMemoryBound(to: Double.self)[number] = matrix.factorizeByLU(rows)
            } else {
                parity.pointer.assumingMemoryBound(to: Float.self)[number] = matrix.factorizeByLU(rows)
            }
        }
        return LUFactors(
            packed: packed.reshaped(to: shape), permutation: permutation.reshaped(to: Array(shape.dropLast())),
            parity: parity.reshaped(to: batchShape))
    }

    /// X with A·X = B: A `[…, n, n]`, B and X `[…, n, k]`. Batch axes are broadcast.
    ///
    /// A singular matrix gives infinities and NaN, without harm to others in the batch.
    ///
    /// Traps unless both are floating-point matrices of one type that fit.
    package static func solve(_ a: NDArray, _ b: NDArray) -> NDArray {
        a.checkSquareMatrices("solve")
        return a.luFactors().solve(b)
    }

    /// The sign of each determinant, −1, 0 or 1, and the logarithm of its magnitude, `[…]`. A singular matrix has 0 and
    /// −inf, a matrix without rows 1 and 0, and a matrix with NaN has NaN.
    ///
    /// Traps unless the array holds square floating-point matrices.
    package func logAbsoluteDeterminant() -> (sign: NDArray, logarithm: NDArray) {
        checkSquareMatrices("logAbsoluteDeterminant")
        let factors = luFactors()
        let diagonal = factors.packed.diagonal()
        let (last, type) = ([diagonal.rank - 1], elementType)
        let signs = NDArray.unary(TAPESTRY_SIGN, diagonal).reduced(TAPESTRY_PRODUCT, over: last, keepingAxes: false)
        let magnitudes = NDArray.unary(TAPESTRY_ABSOLUTE, diagonal).converted(to: .float64)
        let logarithms = NDArray.unary(TAPESTRY_LOG, magnitudes).reduced(TAPESTRY_SUM, over: last, keepingAxes: false)
        return (NDArray.binary(TAPESTRY_MULTIPLY, "sign", signs, factors.parity), logarithms.converted(to: type))
    }

    /// Each determinant, `[…]`: the product of the pivots, which overflows on the way only where it does in the end.
    ///
    /// Traps unless the array holds square floating-point matrices.
    package func determinant() -> NDArray {
        checkSquareMatrices("determinant")
        let factors = luFactors()
        let pivots = factors.packed.diagonal().converted(to: .float64).elements(as: Double.self)
        let parities = factors.parity.converted(to: .float64).elements(as: Double.self)
        let n = shape[rank - 1]
        let products = parities.indices.map { number in
            NDArray.product(pivots[number * n..<(number + 1) * n], parities[number])
        }
        return NDArray(products, shape: batchShape).converted(to: elementType)
    }

    private static func product(_ factors: ArraySlice<Double>, _ first: Double) -> Double {
        var (product, exponent) = (first, 0)
        for factor in factors {
            if factor == 0 || !factor.isFinite || !product.isFinite || product == 0 {
                product *= factor
            } else {
                let both = product * (factor.significand * (factor.sign == .minus ? -1 : 1))
                exponent += Int(factor.exponent) + Int(both.exponent)
                product = both.significand * (both.sign == .minus ? -1 : 1)
            }
        }
        return scalbn(product, exponent)
    }

    /// How far the matrix of a batch that is nearest to a singular one is from full rank: how many of its pivots are
    /// next to nothing beside what they are the difference of.
    package func rankDeficiency() -> Int {
        checkSquareMatrices("rankDeficiency")
        return luFactors().vanishingPivots().map(\.count).max() ?? 0
    }

    /// U and V, side by side in `[…, n, 2 count]`, for which A + U·Vᵀ has full rank: where a pivot of A = Pᵀ·L·U is
    /// next to nothing, that column of Pᵀ·L, times what the pivot is raised by, and that column of the identity. Zeros
    /// fill up the columns of matrices that have fewer such pivots.
    package func rankCompletion(count: Int) -> NDArray {
        let n = checkSquareMatrices("rankCompletion")
        let factors = luFactors()
        let lu = factors.packed.converted(to: .float64).elements(as: Double.self)
        let rows = factors.permutation.elements(as: Int32.self)
        let result = NDArray(repeating: 0, shape: batchShape + [n, 2 * count], .float64)
        let elements = result.pointer.assumingMemoryBound(to: Double.self)
        for (number, pivots) in factors.vanishingPivots().enumerated() {
            for (column, pivot) in pivots.prefix(count).enumerated() {
                for row in pivot.index..<n {
                    let factor = row == pivot.index ? 1 : lu[(number * n + row) * n + pivot.index]
                    elements[(number * n + Int(rows[number * n + row])) * 2 * count + column] = factor * pivot.size
                }
                elements[(number * n + pivot.index) * 2 * count + count + column] = 1
            }
        }
        return result.converted(to: elementType)
    }

    /// Columns that are eliminated one by one, before the product kernel takes what they mean for all others.
    private static let eliminatedColumns = 32

    /// A square matrix in place, its rows and `order` exchanged alike; the determinant of the exchanges.
    private func factorizeByLU<Element: DifferentiableScalar>(_ order: UnsafeMutablePointer<Int32>) -> Element {
        let n = shape[0]
        var parity: Element = 1
        for start in stride(from: 0, to: n, by: NDArray.eliminatedColumns) {
            let columns = start..<Swift.min(n, start + NDArray.eliminatedColumns)
            eliminate(columns, order, &parity)
            // U₁₂ from L₁₁·U₁₂ = A₁₂, and what is left: A₂₂ − L₂₁·U₁₂.
            let rest = columns.upperBound..<n
            let right = block(columns, rest)
            block(columns, columns).solveTriangle(right, goesDown: true, unitDiagonal: true)
            block(rest, rest).subtractProduct(block(rest, columns), right)
        }
        return parity
    }

    /// Eliminates some columns below the diagonal, and in those columns only; rows are exchanged as a whole.
    private func eliminate<Element: DifferentiableScalar>(
        _ columns: Range<Int>, _ order: UnsafeMutablePointer<Int32>, _ parity: inout Element
    ) {
        let (n, step) = (shape[0], layout.strides[0])
        let a = pointer.assumingMemoryBound(to: Element.self)
        for column in columns {
            var pivot = column
            for row in column + 1..<n {
                let (magnitude, best) = (a[row * step + column].magnitude, a[pivot * step + column].magnitude)
                // NaN wins, so that it is not overlooked.
                if magnitude > best || magnitude.isNaN { pivot = row }
            }
            if pivot != column {
                for other in 0..<n { swap(&a[pivot * step + other], &a[column * step + other]) }
                swap(&order[pivot], &order[column])
                parity.negate()
            }
            let divisor = a[column * step + column]
            // Nothing is left to eliminate below a zero: the column is zero.
            if divisor == 0 { continue }
            for row in column + 1..<n {
                let factor = a[row * step + column] / divisor
                a[row * step + column] = factor
                for other in column + 1..<columns.upperBound {
                    a[row * step + other] -= factor * a[column * step + other]
                }
            }
        }
    }
}

extension LUFactors {
    /// A pivot is next to nothing if it is by so much less than the products whose sum it is.
    private static let leastPivot = 0x1p-10

    /// Of each matrix the pivots that are next to nothing, and numbers as large as those that they are the difference
    /// of.
    fileprivate func vanishingPivots() -> [[(index: Int, size: Double)]] {
        let n = packed.shape[packed.rank - 1]
        let lu = packed.converted(to: .float64).elements(as: Double.self)
        return (0..<parity.count).map { number in
            let matrix = lu[number * n * n..<(number + 1) * n * n]
            func element(_ row: Int, _ column: Int) -> Double { matrix[(number * n + row) * n + column].magnitude }
            let greatest = matrix.lazy.map(\.magnitude).max() ?? 0
            return (0..<n).compactMap { k in
                let size = (0..<k).reduce(element(k, k)) { $0 + element(k, $1) * element($1, k) }
                if !(element(k, k) <= LUFactors.leastPivot * size) { return nil }
                return (k, size > 0 ? size : greatest > 0 ? greatest : 1)
            }
        }
    }

    /// X with A·X = B for the matrices A of these factors; right-hand sides `[…, n, k]`, batch axes broadcast.
    package func solve(_ b: NDArray) -> NDArray {
        let (matrices, result) = NDArray.solution(packed, b, "solve")
        let batch = matrices.batchShape
        // The rows of B in the order of the pivots.
        let columns = b.shape[b.rank - 1]
        let order = permutation.viewed(permutation.layout.unsqueezed([permutation.rank]))
        let rows = order.viewed(order.layout.expanded(to: batch + [b.shape[b.rank - 2], columns])!)
        let sides = result.reshaped(to: batch + b.shape.suffix(2))
        let permuted = sides.gathered(axis: -2, indices: rows).copiedMatrices()
        NDArray.solveInPlace(matrices, permuted) { matrix, x in
            matrix.solveTriangle(x, goesDown: true, unitDiagonal: true)
            matrix.solveTriangle(x, goesDown: false, unitDiagonal: false)
        }
        return permuted.reshaped(to: sides.shape)
    }
}
