import CTapestryKernels
import Foundation
import Testing

/// Integer-valued factors, so that every product is exact and can be compared bit by bit. An element's value depends
/// on its place alone, so the product for a larger k only adds to that for a smaller one.
private func valueOfA(_ i: Int, _ p: Int) -> Int { (i * 31 + p * 17 + i * p) % 9 - 4 }
private func valueOfB(_ p: Int, _ j: Int) -> Int { (p * 13 + j * 29 + p * j * 5) % 7 - 3 }

/// A matrix in each of the layouts that a caller may hand in.
private struct Factor<T: BinaryFloatingPoint & BitwiseCopyable> {
    var storage: [[T]]
    var strides: [(row: Int, column: Int)]

    init(_ rows: Int, _ columns: Int, _ value: (Int, Int) -> Int) {
        strides = [(columns + 5, 1), (1, rows + 3), (2 * columns + 1, 2), (-(columns + 1), -1)]
        storage = strides.map { _ in [T](repeating: 0, count: 2 * rows * columns + 9 * (rows + columns) + 16) }
        for (s, stride) in strides.enumerated() {
            let origin = s == 3 ? storage[s].count - 1 : 0
            for r in 0..<rows {
                for c in 0..<columns {
                    storage[s][origin + r * stride.row + c * stride.column] = T(value(r, c))
                }
            }
        }
    }

    func withLayout(_ s: Int, _ body: (UnsafePointer<T>, Int, Int) -> Void) {
        storage[s].withUnsafeBufferPointer {
            body($0.baseAddress! + (s == 3 ? storage[s].count - 1 : 0), strides[s].row, strides[s].column)
        }
    }
}

/// The products of the first k columns of A and rows of B, for every k, as `[k][i * columns + j]`.
private func plainProducts<T: BinaryFloatingPoint & BitwiseCopyable>(_ m: Int, _ n: Int, _ depths: [Int], _: T.Type)
    -> [Int: [T]]
{
    var sum = [Int](repeating: 0, count: m * n)
    var result: [Int: [T]] = [:]
    sum.withUnsafeMutableBufferPointer { sum in
        for k in 0...depths.max()! {
            if depths.contains(k) { result[k] = sum.map { T($0) } }
            let row = (0..<n).map { valueOfB(k, $0) }
            for i in 0..<m {
                let factor = valueOfA(i, k)
                for j in 0..<n { sum[i * n + j] += factor * row[j] }
            }
        }
    }
    return result
}

private func check<T: BinaryFloatingPoint & BitwiseCopyable>(
    _ shapes: [(m: Int, n: Int, k: Int)], variants: Int, _ type: T.Type, _ tag: Int
) {
    let m = max(1, shapes.map(\.m).max()!)
    let n = max(1, shapes.map(\.n).max()!)
    let k = max(1, shapes.map(\.k).max()!)
    let a = Factor<T>(m, k, valueOfA)
    let b = Factor<T>(k, n, valueOfB)
    let plain = plainProducts(m, n, Array(Set(shapes.map(\.k))), T.self)
    let size = MemoryLayout<T>.size
    let row = n + 3
    let ones = [T](repeating: 1, count: (m + 1) * row)
    var c = ones
    for set in instructionSets {
        let product = tapestry_product_kernel_of(set, Int32(tag))!
        for (number, shape) in shapes.enumerated() {
            for variant in 0..<variants {
                let choice = variants >= 32 ? variant : (number * 7 + variant * 13 + number / 32) % 32
                let (layoutOfA, layoutOfB, accumulate) = (choice % 4, choice / 4 % 4, choice / 16 == 1)
                let stride = choice % 3 == 0 ? shape.n : shape.n + 2
                memcpy(&c, ones, (shape.m + 1) * stride * size)
                a.withLayout(layoutOfA) { a, aRow, aColumn in
                    b.withLayout(layoutOfB) { b, bRow, bColumn in
                        product(
                            shape.m, shape.n, shape.k, a, aRow, aColumn, b, bRow, bColumn, &c, stride, accumulate, 0,
                            shape.m)
                    }
                }
                let fits = c.withUnsafeBufferPointer { c in
                    plain[shape.k]!.withUnsafeBufferPointer { plain in
                        agrees(c.baseAddress!, stride, plain.baseAddress!, n, shape.m, shape.n, accumulate)
                    }
                }
                if !fits {
                    Issue.record(
                        "\(shape) of type \(tag), set \(set), layouts \(layoutOfA) \(layoutOfB), add \(accumulate)")
                    return
                }
            }
        }
    }
}

/// Whether C (which held ones) now is the plain product, or has it added, and nothing beside it was touched.
private func agrees<T: BinaryFloatingPoint & BitwiseCopyable>(
    _ c: UnsafePointer<T>, _ row: Int, _ plain: UnsafePointer<T>, _ plainRow: Int, _ m: Int, _ n: Int, _ added: Bool
) -> Bool {
    for i in 0..<m {
        let line = c + i * row
        let wanted = plain + i * plainRow
        if !added {
            if memcmp(line, wanted, n * MemoryLayout<T>.size) != 0 {
                for j in 0..<n where line[j] != wanted[j] { return false }
            }
        } else {
            for j in 0..<n where line[j] != wanted[j] + 1 { return false }
        }
        for j in n..<row where line[j] != 1 { return false }
    }
    return c[m * row] == 1 || n == 0
}

extension KernelTests {
    @Suite struct Products {
        @Test(arguments: [0, 1]) func allSmallColumnsAndDepths(_ tag: Int) {
            var shapes: [(m: Int, n: Int, k: Int)] = []
            for n in 0...40 {
                for k in 0...40 { shapes.append((m: [5, 1, 13, 8][(n + k) % 4], n: n, k: k)) }
            }
            if tag == 0 {
                check(shapes, variants: 3, Float.self, tag)
            } else {
                check(shapes, variants: 3, Double.self, tag)
            }
        }

        @Test(arguments: [0, 1]) func allSmallRowsAndColumns(_ tag: Int) {
            var shapes: [(m: Int, n: Int, k: Int)] = []
            for m in 0...70 {
                for n in 0...70 where (m + n) % 2 == 0 {
                    shapes.append((m: m, n: n, k: [7, 1, 16, 33][(m + n / 2) % 4]))
                }
            }
            if tag == 0 {
                check(shapes, variants: 1, Float.self, tag)
            } else {
                check(shapes, variants: 1, Double.self, tag)
            }
        }

        /// Every layout of both factors, with and without accumulation.
        @Test(arguments: [0, 1]) func allLayouts(_ tag: Int) {
            let shapes = [
                (4, 4, 4), (1, 33, 9), (9, 1, 20), (1, 1, 70), (3, 37, 65), (13, 32, 16), (25, 50, 31), (8, 7, 0),
            ]
            .map { (m: $0.0, n: $0.1, k: $0.2) }
            if tag == 0 {
                check(shapes, variants: 32, Float.self, tag)
            } else {
                check(shapes, variants: 32, Double.self, tag)
            }
        }

        /// Several blocks along k, packed panels, many tiles.
        @Test(arguments: [0, 1]) func largeProducts(_ tag: Int) {
            let shapes = [(30, 45, 700), (100, 70, 260), (110, 33, 513), (7, 40, 600), (1, 300, 270), (110, 1, 600)]
                .map { (m: $0.0, n: $0.1, k: $0.2) }
            if tag == 0 {
                check(shapes, variants: 8, Float.self, tag)
            } else {
                check(shapes, variants: 8, Double.self, tag)
            }
        }

        /// With factors that round, any split of the rows gives the same bits.
        @Test func splitsOfRows() {
            func pattern(_ count: Int) -> [Float] { (0..<count).map { Float(sin(Double($0) * 1.7)) } }
            for (m, n, k) in [
                (37, 45, 300), (8, 20, 33), (40, 1, 77), (100, 64, 16), (12, 40, 128), (3, 300, 50), (300, 1, 50),
            ] {
                let a = pattern(m * k)
                let b = pattern(k * n)
                for set in instructionSets {
                    let product = tapestry_product_kernel_of(set, 0)!
                    for choice in 0..<8 {
                        let (aRow, aColumn) = choice % 2 == 0 ? (k, 1) : (1, m)
                        let (bRow, bColumn) = choice / 2 % 2 == 0 ? (n, 1) : (1, k)
                        let add = choice >= 4
                        var whole = pattern(m * n)
                        product(m, n, k, a, aRow, aColumn, b, bRow, bColumn, &whole, n, add, 0, m)
                        for step in [1, 2, 3, 7, 12, 25] {
                            var parts = pattern(m * n)
                            for begin in stride(from: 0, to: m, by: step) {
                                let end = min(m, begin + step)
                                product(m, n, k, a, aRow, aColumn, b, bRow, bColumn, &parts, n, add, begin, end)
                            }
                            #expect(parts == whole, "\(m) × \(n) × \(k), layout \(choice), \(step) rows at a time")
                        }
                    }
                }
            }
        }
    }
}
