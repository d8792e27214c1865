import Foundation
import TapestryTestSupport
import Testing

@testable import TapestryArrays

@Suite struct MatrixPartTests {
    @Test(arguments: [[3, 4], [4, 3], [1, 1], [2, 3, 3], [0, 3], [3, 0], [2, 0, 2]] as [[Int]], -5...5)
    func diagonalsAndTriangles(_ shape: [Int], _ offset: Int) {
        var generator = SeededGenerator(seed: 1)
        let (rows, columns) = (shape[shape.count - 2], shape[shape.count - 1])
        for type in ElementType.allCases {
            let range = type == .bool ? 0...1 : -8...8
            for sample in Sample.inAllLayouts(shape, type, in: range, using: &generator) {
                let places = (0..<rows).filter { (0..<columns).contains($0 + offset) }
                let diagonal = sample.array.diagonal(offset: offset)
                let expected = ReferenceArray(shape: shape.dropLast(2) + [places.count]) { position in
                    let row = places[position.last!]
                    return sample.reference[position.dropLast() + [row, row + offset]]
                }
                #expect(diagonal.plain == expected)
                #expect(diagonal.owner === sample.array.owner)
                let lower = ReferenceArray(shape: shape) { position in
                    let (row, column) = (position[shape.count - 2], position[shape.count - 1])
                    return column - row <= offset ? sample.reference[position] : 0
                }
                let upper = ReferenceArray(shape: shape) { position in
                    let (row, column) = (position[shape.count - 2], position[shape.count - 1])
                    return column - row >= offset ? sample.reference[position] : 0
                }
                #expect(sample.array.lowerTriangle(offset: offset).plain == lower)
                #expect(sample.array.upperTriangle(offset: offset).plain == upper)
                #expect(sample.array.plain == sample.reference, "the original is untouched")
            }
        }
    }
}

/// Matrices as rows of numbers, and the textbook's algorithms.
private typealias Rows = [[Double]]

private func times(_ a: Rows, _ b: Rows) -> Rows {
    a.map { row in (b.first ?? []).indices.map { c in zip(row, b).reduce(0) { $0 + $1.0 * $1.1[c] } } }
}

@Suite struct LinearAlgebraTests {
    private static let sizes = [0, 1, 2, 3, 7, 31, 32, 33, 70, 150]
    private static let types: [ElementType] = [.float32, .float64]

    private func unit(_ type: ElementType) -> Double { type == .float32 ? 0x1p-24 : 0x1p-53 }

    /// Random matrices of a batch in one of four layouts: as they are, transposed, backwards, every second row.
    private func matrices(_ shape: [Int], _ type: ElementType, layout: Int, _ generator: inout SeededGenerator)
        -> NDArray
    {
        func random(_ shape: [Int]) -> NDArray {
            NDArray(generator.numbers(shape.reduce(1, *)), shape: shape).converted(to: type)
        }
        let (row, column) = (shape.count - 2, shape.count - 1)
        switch layout {
        case 1:
            var swapped = shape
            swapped.swapAt(row, column)
            return random(swapped).transposed
        case 2:
            let whole = random(shape)
            return whole.sliced(AxisSlice(axis: row, start: max(shape[row] - 1, 0), count: shape[row], step: -1))
                .sliced(AxisSlice(axis: column, start: max(shape[column] - 1, 0), count: shape[column], step: -1))
        case 3:
            let whole = random(shape.replacing(row, by: 2 * shape[row]).replacing(column, by: shape[column] + 1))
            return whole.sliced(AxisSlice(axis: row, start: 0, count: shape[row], step: 2))
                .sliced(AxisSlice(axis: column, start: 0, count: shape[column]))
        default: return random(shape)
        }
    }

    private func rows(_ array: NDArray) -> Rows {
        let (numbers, columns) = (array.numbers, array.shape[1])
        return (0..<array.shape[0]).map { Array(numbers[$0 * columns..<($0 + 1) * columns]) }
    }

    private func largest(_ matrix: Rows) -> Double { matrix.joined().map(\.magnitude).max() ?? 0 }

    private func difference(_ a: Rows, _ b: Rows) -> Double {
        if a.count != b.count { return .infinity }
        return zip(a, b).map { left, right in
            left.count != right.count ? .infinity : zip(left, right).map { ($0 - $1).magnitude }.max() ?? 0
        }.reduce(0) { $0.isNaN || $1.isNaN ? .nan : max($0, $1) }
    }

    private func transposed(_ a: Rows) -> Rows { (a.first ?? []).indices.map { c in a.map { $0[c] } } }

    /// L·Lᵀ is A within a few units of rounding, whatever the layout, and only the lower triangle was read.
    @Test(arguments: sizes, types)
    func cholesky(_ n: Int, _ type: ElementType) {
        var generator = SeededGenerator(seed: UInt64(n))
        let root = matrices([n, n], .float64, layout: 0, &generator)
        var exact = times(rows(root), transposed(rows(root)))
        for row in 0..<n { exact[row][row] += 0.1 }
        let stored = NDArray(exact.flatMap { $0 }, shape: [n, n]).converted(to: type)
        let wanted = rows(stored)
        for layout in [stored, stored.transposed.contiguous().transposed] {
            // What lies above the diagonal may be anything.
            let unread = layout.copied()
            for row in 0..<n {
                unread.block(row..<row + 1, row + 1..<n).assign(NDArray(scalar: .nan, type))
            }
            let factor = rows(unread.choleskyFactor())
            #expect(
                difference(times(factor, transposed(factor)), wanted) <= unit(type) * Double(2 * n + 4)
                    * largest(wanted))
            for row in 0..<n {
                let above = factor[row][(row + 1)...]
                #expect(factor[row][row] > 0 && above.allSatisfy { $0 == 0 })
            }
        }
    }

    @Test(arguments: types)
    func choleskyOfWhatIsNotPositiveDefinite(_ type: ElementType) {
        let good: [Double] = [4, 2, 2, 5]
        for bad in [
            [1, 2, 2, 1], [0, 0, 0, 1], [1, 1, 1, 1], [-1, 0, 0, 1], [.nan, 0, 0, 1], [.infinity, 0, 0, 1],
        ] as [[Double]] {
            let factors = NDArray(good + bad + good, shape: [3, 2, 2]).converted(to: type).choleskyFactor().numbers
            #expect(Array(factors[..<4]) == [2, 0, 1, 2] && Array(factors[8...]) == [2, 0, 1, 2])
            #expect(factors[4].isNaN && factors[5] == 0 && factors[6].isNaN && factors[7].isNaN)
        }
        // The last pivot of the last block of columns.
        let diagonal = NDArray(repeating: 0, shape: [70, 70], type)
        diagonal.diagonal().assign(NDArray(scalar: 1, type))
        diagonal.diagonal().sliced(AxisSlice(axis: 0, start: 69, count: 1)).assign(NDArray(scalar: -1, type))
        #expect(diagonal.choleskyFactor().diagonal().numbers.allSatisfy { $0.isNaN })
    }

    /// Every form, with NaN wherever it must not look.
    @Test(arguments: sizes, types)
    func triangularSystems(_ n: Int, _ type: ElementType) {
        var generator = SeededGenerator(seed: UInt64(n))
        for isLower in [false, true] {
            for isTransposed in [false, true] {
                for hasUnitDiagonal in [false, true] {
                    for (layout, columns) in [(0, 1), (1, 3), (2, 20), (3, 0)] {
                        let form = TriangularForm(
                            lower: isLower, transposed: isTransposed, unitDiagonal: hasUnitDiagonal)
                        let t = matrices([n, n], type, layout: layout, &generator)
                        // Small off the diagonal and large on it, so that the solution is well determined.
                        var plain = rows(t).map { $0.map { $0 / Double(max(n, 1)) } }
                        for row in 0..<n {
                            plain[row][row] = 1 + plain[row][row].magnitude
                            for column in 0..<n where isLower ? column > row : column < row {
                                plain[row][column] = .nan
                            }
                            if hasUnitDiagonal { plain[row][row] = .nan }
                        }
                        t.assign(NDArray(plain.flatMap { $0 }, shape: [n, n]).converted(to: type))
                        let b = matrices([n, columns], type, layout: (layout + 1) % 4, &generator)
                        let x = NDArray.triangularSolve(t, b, form)
                        #expect(x.shape == [n, columns])
                        // The residual, with the triangle written out.
                        var read = rows(t)
                        for row in 0..<n {
                            for column in 0..<n where isLower ? column > row : column < row { read[row][column] = 0 }
                            if hasUnitDiagonal { read[row][row] = 1 }
                        }
                        let product = times(isTransposed ? transposed(read) : read, rows(x))
                        #expect(difference(product, rows(b)) <= unit(type) * Double(4 * n + 4))
                    }
                }
            }
        }
    }

    @Test(arguments: sizes, types)
    func factorsAndSolutions(_ n: Int, _ type: ElementType) {
        var generator = SeededGenerator(seed: UInt64(n) + 100)
        for layout in 0..<4 {
            let a = matrices([n, n], type, layout: layout, &generator)
            let (plain, factors) = (rows(a), a.luFactors())
            let packed = rows(factors.packed)
            var (lower, upper) = (packed, packed)
            for row in 0..<n {
                for column in 0..<n {
                    if column > row { lower[row][column] = 0 } else if column < row { upper[row][column] = 0 }
                    if column == row { lower[row][column] = 1 }
                    // Partial pivoting: no multiplier is larger than 1.
                    #expect(lower[row][column].magnitude <= 1)
                }
            }
            let order = factors.permutation.elements(as: Int32.self).map { Int($0) }
            #expect(order.sorted() == Array(0..<n))
            let bound = unit(type) * Double(4 * n + 4)
            #expect(difference(times(lower, upper), order.map { plain[$0] }) <= bound * 4)
            #expect(factors.parity.numbers == [parity(order)])

            let b = matrices([n, 5], type, layout: (layout + 2) % 4, &generator)
            let x = rows(NDArray.solve(a, b))
            // Backward stability: the residual is small next to A·x, however ill-conditioned A is.
            #expect(difference(times(plain, x), rows(b)) <= bound * 4 * (1 + largest(x)))
        }
    }

    private func parity(_ order: [Int]) -> Double {
        var sign = 1.0
        for (first, left) in order.enumerated() { for right in order[first...] where right < left { sign.negate() } }
        return sign
    }

    /// Determinants by expansion along the first row.
    private func determinant(_ a: Rows) -> Double {
        if a.isEmpty { return 1 }
        return a.indices.reduce(0) { sum, column in
            let minor = a.dropFirst().map { row in row.enumerated().filter { $0.offset != column }.map(\.element) }
            return sum + (column.isMultiple(of: 2) ? 1 : -1) * a[0][column] * determinant(minor)
        }
    }

    @Test(arguments: types)
    func determinants(_ type: ElementType) {
        var generator = SeededGenerator(seed: 5)
        for n in 0...6 {
            for layout in 0..<4 {
                let batch = matrices([3, n, n], type, layout: layout, &generator)
                let (signs, logarithms) = batch.logAbsoluteDeterminant()
                #expect(signs.shape == [3] && logarithms.shape == [3] && logarithms.elementType == type)
                for number in 0..<3 {
                    let exact = determinant(rows(batch.matrix(number)))
                    #expect(signs.numbers[number] == (exact < 0 ? -1 : 1))
                    #expect((logarithms.numbers[number] - log(exact.magnitude)).magnitude < 2e9 * unit(type) * 1e-7)
                }
            }
        }
        let (sign, logarithm) = NDArray([1, 2, 2, 4] as [Double], shape: [2, 2]).logAbsoluteDeterminant()
        #expect(sign.numbers == [0] && logarithm.numbers == [-.infinity])
        for numbers in [[1, 2, .nan, 4], [0, 2, .nan, 4], [.nan, 2, 1, 4], [1, 2, 3, .nan]] as [[Double]] {
            let nan = NDArray(numbers, shape: [2, 2]).logAbsoluteDeterminant()
            #expect(nan.sign.numbers[0].isNaN && nan.logarithm.numbers[0].isNaN)
        }
    }

    @Test func singularSystems() {
        let a = NDArray([1, 2, 2, 4, 2, 0, 0, 4, 0, 0, 0, 0] as [Double], shape: [3, 2, 2])
        let x = NDArray.solve(a, NDArray([1, 1] as [Double], shape: [2, 1])).numbers
        #expect(x.map(\.isFinite) == [false, false, true, true, false, false])
        #expect(Array(x[2..<4]) == [0.5, 0.25])
    }

    /// Batch axes of both sides are broadcast; each matrix gives the bits that it gives by itself.
    @Test(arguments: types)
    func batches(_ type: ElementType) {
        var generator = SeededGenerator(seed: 6)
        for (left, right) in [([2, 3], [2, 3]), ([3], [2, 1]), ([], [2]), ([2], []), ([0], [1])] as [([Int], [Int])] {
            let batch = Layout.broadcastShape(left, right)!
            for layout in 0..<4 {
                let a = matrices(left + [4, 4], type, layout: layout, &generator)
                let b = matrices(right + [4, 2], type, layout: (layout + 1) % 4, &generator)
                let form = TriangularForm(lower: true, unitDiagonal: true)
                let (x, y) = (NDArray.solve(a, b), NDArray.triangularSolve(a, b, form))
                #expect(x.shape == batch + [4, 2] && y.shape == x.shape)
                let matrices = a.viewed(a.layout.expanded(to: batch + [4, 4])!).copiedMatrices()
                let sides = b.viewed(b.layout.expanded(to: batch + [4, 2])!).copiedMatrices()
                let (xs, ys) = (x.copiedMatrices(), y.copiedMatrices())
                for number in 0..<sides.shape[0] {
                    let (matrix, side) = (matrices.matrix(number), sides.matrix(number))
                    #expect(NDArray.solve(matrix, side).hasSameElements(as: xs.matrix(number)))
                    #expect(NDArray.triangularSolve(matrix, side, form).hasSameElements(as: ys.matrix(number)))
                }
            }
        }
    }

    @Test func doNotDependOnThreads() async {
        await #expect(processExitsWith: .success) {
            var generator = SeededGenerator(seed: 7)
            let one = NDArray(generator.numbers(300 * 300).map { Float($0) }, shape: [300, 300])
            let many = NDArray(generator.numbers(50 * 40 * 40).map { Float($0) }, shape: [50, 40, 40])
            for a in [one, many] {
                let results = [1, 2, 3].map { threads in
                    Parallel.threadCount = threads
                    let factor = NDArray.matmul(a, a.transposed).choleskyFactor()
                    return (factor, NDArray.solve(a, a.transposed), a.logAbsoluteDeterminant().logarithm)
                }
                for result in results.dropFirst() {
                    #expect(result.0.hasSameElements(as: results[0].0))
                    #expect(result.1.hasSameElements(as: results[0].1))
                    #expect(result.2.hasSameElements(as: results[0].2))
                }
            }
        }
    }
}
