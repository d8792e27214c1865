import CTapestryKernels
import Foundation
import Testing

/// Integer values, so that every sum is exact and can be compared bit by bit. An element's value depends on its place
/// alone, so the product for a larger k only adds to that for a smaller one.
private func valueOfA(_ i: Int, _ p: Int) -> Int { (i * 31 + p * 17 + i * p) % 9 - 4 }
private func valueOfB(_ p: Int, _ j: Int) -> Int { (p * 13 + j * 29 + p * j * 5) % 7 - 3 }
private func initialValue(_ i: Int, _ j: Int) -> Int { (i * 7 + j * 3) % 11 + 1 }

/// A matrix in each of the layouts that a caller may hand in: rows, columns, every other element, backwards.
private struct Factor<T: BinaryFloatingPoint & BitwiseCopyable> {
    static var layoutCount: Int { 4 }
    private let storage: [UnsafeMutableBufferPointer<T>]
    private let strides: [(row: Int, column: Int)]

    init(_ rows: Int, _ columns: Int, _ value: (Int, Int) -> Int) {
        strides = [(columns + 5, 1), (1, rows + 3), (2 * columns + 1, 2), (-(columns + 1), -1)]
        storage = strides.map { _ in .allocate(capacity: 2 * rows * columns + 9 * (rows + columns) + 16) }
        for s in strides.indices {
            storage[s].initialize(repeating: 0)
            for r in 0..<rows {
                for c in 0..<columns {
                    storage[s][origin(s) + r * strides[s].row + c * strides[s].column] = T(value(r, c))
                }
            }
        }
    }

    func free() { storage.forEach { $0.deallocate() } }

    private func origin(_ s: Int) -> Int { s == 3 ? storage[s].count - 1 : 0 }

    /// The address of an element in a layout, and the strides of that.
    func at(_ row: Int, _ column: Int, layout s: Int) -> (pointer: UnsafePointer<T>, row: Int, column: Int) {
        let shift = origin(s) + row * strides[s].row + column * strides[s].column
        return (UnsafePointer(storage[s].baseAddress! + shift), strides[s].row, strides[s].column)
    }
}

/// What a sum starts from.
private enum Initial: Int, CaseIterable { case zeros, itself, matrix, row }

/// One way to ask for the same sum of products.
private struct Request {
    var layoutOfA: Int
    var layoutOfB: Int
    var initial: Initial
    /// k is cut into so many terms, each in another layout than the one before.
    var terms: Int
    /// The distance from the end of one row of C to the next.
    var gap: Int
    /// C is computed in ranges of so many rows and columns.
    var rows: Int
    var columns: Int

    /// Every layout and initial form is met for numbers up to 63, all the rest mixed in.
    init(number: Int) {
        layoutOfA = number % 4
        layoutOfB = number / 4 % 4
        initial = Initial.allCases[number / 16 % 4]
        terms = [1, 2, 1, 3, 1, 11][number % 6]
        gap = [2, 0, 3][number % 3]
        rows = [Int.max, 7, Int.max, Int.max, 1][number % 5]
        columns = [Int.max, Int.max, 19, Int.max, Int.max, 32, 1][number % 7]
    }
}

/// Σ over the first k of A and B, from each initial value, for every k wanted: `[k][initial][i * columns + j]`.
private func plainSums<T: BinaryFloatingPoint & BitwiseCopyable>(_ m: Int, _ n: Int, _ depths: Set<Int>, _: T.Type)
    -> [Int: [[T]]]
{
    var sum = [Int](repeating: 0, count: m * n)
    let initialValues = Initial.allCases.map { form in
        (0..<m * n).map { form == .zeros ? 0 : initialValue(form == .row ? 0 : $0 / n, $0 % n) }
    }
    var result: [Int: [[T]]] = [:]
    sum.withUnsafeMutableBufferPointer { sum in
        for k in 0...depths.max()! {
            if depths.contains(k) {
                result[k] = initialValues.map { initial in initial.indices.map { T(initial[$0] + sum[$0]) } }
            }
            let row = (0..<n).map { valueOfB(k, $0) }
            for i in 0..<m {
                let factor = valueOfA(i, k)
                for j in 0..<n { sum[i * n + j] += factor * row[j] }
            }
        }
    }
    return result
}

/// Compares every shape, asked for in `variants` ways, with the plain sums, for every instruction set.
private func check<T: BinaryFloatingPoint & BitwiseCopyable>(
    _ shapes: [(m: Int, n: Int, k: Int)], variants: Int, _ type: T.Type, _ tag: Int
) {
    let (m, n) = (max(1, shapes.map(\.m).max()!), max(1, shapes.map(\.n).max()!))
    let k = max(1, shapes.map(\.k).max()!)
    let (a, b) = (Factor<T>(m, k, valueOfA), Factor<T>(k, n, valueOfB))
    defer {
        a.free()
        b.free()
    }
    let plain = plainSums(m, n, Set(shapes.map(\.k)), T.self)
    let initial = plainSums(m, n, [0], T.self)[0]!
    let untouched = [T](repeating: 77, count: (m + 1) * (n + 3))
    var c = untouched
    for set in instructionSets {
        let kernel = tapestry_product_kernel_of(set, Int32(tag))!
        for (number, shape) in shapes.enumerated() {
            for variant in 0..<variants {
                let request = Request(number: variants >= 64 ? variant : number * 11 + variant * 27 + number / 64)
                let isRight = c.withUnsafeMutableBufferPointer { c in
                    untouched.withUnsafeBufferPointer { untouched in
                        initial[request.initial.rawValue].withUnsafeBufferPointer { initial in
                            plain[shape.k]![request.initial.rawValue].withUnsafeBufferPointer { plain in
                                compute(kernel, shape, request, a, b, initial, n, c, untouched)
                                return agrees(c, shape.n + request.gap, plain, n, shape.m, shape.n, untouched)
                            }
                        }
                    }
                }
                if !isRight {
                    Issue.record("\(shape) of type \(tag), instruction set \(set), \(request)")
                    return
                }
            }
        }
    }
}

private func compute<T: BinaryFloatingPoint & BitwiseCopyable>(
    _ kernel: tapestry_product, _ shape: (m: Int, n: Int, k: Int), _ request: Request, _ a: Factor<T>, _ b: Factor<T>,
    _ initial: UnsafeBufferPointer<T>, _ initialRow: Int, _ c: UnsafeMutableBufferPointer<T>,
    _ untouched: UnsafeBufferPointer<T>
) {
    let (m, n, k) = shape
    let row = n + request.gap
    memcpy(c.baseAddress!, untouched.baseAddress!, (m * row + 1) * MemoryLayout<T>.size)
    if request.initial == .itself {
        for i in 0..<m {
            memcpy(c.baseAddress! + i * row, initial.baseAddress! + i * initialRow, n * MemoryLayout<T>.size)
        }
    }
    let terms = (0..<request.terms).map { t in
        let (begin, end) = (k * t / request.terms, k * (t + 1) / request.terms)
        let left = a.at(0, begin, layout: (request.layoutOfA + t) % Factor<T>.layoutCount)
        let right = b.at(begin, 0, layout: (request.layoutOfB + t) % Factor<T>.layoutCount)
        return tapestry_product_term(
            a: left.pointer, a_row: left.row, a_column: left.column,
            b: right.pointer, b_row: right.row, b_column: right.column, k: end - begin)
    }
    let (start, startRow): (UnsafeRawPointer?, Int) =
        switch request.initial {
        case .zeros: (nil, 0)
        case .itself: (UnsafeRawPointer(c.baseAddress!), row)
        case .matrix: (UnsafeRawPointer(initial.baseAddress!), initialRow)
        case .row: (UnsafeRawPointer(initial.baseAddress!), 0)
        }
    forEachRange(m, n, rows: request.rows, columns: request.columns) {
        kernel(m, n, terms, terms.count, start, startRow, c.baseAddress!, row, $0)
    }
}

/// Cuts an m × n matrix into ranges.
private func forEachRange(_ m: Int, _ n: Int, rows: Int, columns: Int, _ body: (tapestry_product_range) -> Void) {
    for row in stride(from: 0, to: max(m, 1), by: min(rows, max(m, 1))) {
        for column in stride(from: 0, to: max(n, 1), by: min(columns, max(n, 1))) {
            body(
                tapestry_product_range(
                    row_begin: row, row_end: rows < m ? min(row + rows, m) : m,
                    column_begin: column, column_end: columns < n ? min(column + columns, n) : n))
        }
    }
}

/// Whether C is the plain sum, and nothing beside it was touched.
private func agrees<T: BinaryFloatingPoint & BitwiseCopyable>(
    _ c: UnsafeMutableBufferPointer<T>, _ row: Int, _ plain: UnsafeBufferPointer<T>, _ plainRow: Int, _ m: Int,
    _ n: Int, _ untouched: UnsafeBufferPointer<T>
) -> Bool {
    let size = MemoryLayout<T>.size
    for i in 0..<m {
        let line = c.baseAddress! + i * row
        if memcmp(line, plain.baseAddress! + i * plainRow, n * size) != 0 { return false }
        if memcmp(line + n, untouched.baseAddress!, (row - n) * size) != 0 { return false }
    }
    return c[m * row] == untouched[0]
}

extension KernelTests {
    @Suite struct Products {
        private func checkBoth(_ shapes: [(m: Int, n: Int, k: Int)], variants: Int, _ tag: Int) {
            if tag == 0 {
                check(shapes, variants: variants, Float.self, tag)
            } else {
                check(shapes, variants: variants, Double.self, tag)
            }
        }

        private static let someRows = [1, 2, 4, 5, 8, 9, 12, 13, 25]
        private static let someColumns = [1, 3, 4, 8, 15, 16, 17, 32, 33, 50]
        private static let someDepths = [0, 1, 2, 7, 16, 33]

        @Test(arguments: [0, 1]) func allNumbersOfRows(_ tag: Int) {
            let shapes = (0...70).flatMap { m in
                Self.someColumns.flatMap { n in Self.someDepths.map { (m: m, n: n, k: $0) } }
            }
            checkBoth(shapes, variants: 1, tag)
        }

        @Test(arguments: [0, 1]) func allNumbersOfColumns(_ tag: Int) {
            let shapes = (0...70).flatMap { n in
                Self.someRows.flatMap { m in Self.someDepths.map { (m: m, n: n, k: $0) } }
            }
            checkBoth(shapes, variants: 1, tag)
        }

        @Test(arguments: [0, 1]) func allDepths(_ tag: Int) {
            let shapes = (0...70).flatMap { k in
                Self.someRows.flatMap { m in Self.someColumns.map { (m: m, n: $0, k: k) } }
            }
            checkBoth(shapes, variants: 1, tag)
        }

        @Test(arguments: [0, 1]) func allSmallShapes(_ tag: Int) {
            let shapes = (0...9).flatMap { m in
                (0...18).flatMap { n in (0...9).map { (m: m, n: n, k: $0) } }
            }
            checkBoth(shapes, variants: 2, tag)
        }

        /// Every layout of both factors from every initial value, with all counts of terms and cuts of the result.
        @Test(arguments: [0, 1]) func allRequests(_ tag: Int) {
            let shapes = [
                (4, 4, 4), (1, 33, 9), (9, 1, 20), (1, 1, 70), (3, 37, 65), (13, 32, 16), (25, 50, 31), (8, 7, 0),
                (1, 300, 40), (70, 1, 12), (40, 64, 100),
                (4, 13, 130), (7, 30, 200),
            ]
            .map { (m: $0.0, n: $0.1, k: $0.2) }
            checkBoth(shapes, variants: 6720, tag)
        }

        /// Several blocks along k, packed panels, many tiles.
        @Test(arguments: [0, 1]) func largeProducts(_ tag: Int) {
            let shapes = [
                (30, 45, 700), (100, 70, 260), (110, 33, 513), (7, 40, 600), (1, 300, 270), (110, 1, 600),
                (16, 21, 400), (10, 37, 300), (30, 40, 1500), (9, 100, 2100),
                (13, 512, 3), (20, 1024, 17), (10, 1536, 16),
            ]
            .map { (m: $0.0, n: $0.1, k: $0.2) }
            checkBoth(shapes, variants: 64, tag)
        }

        /// With factors that round, any ranges give the same bits.
        @Test func rangesOfTheResult() {
            func pattern(_ count: Int) -> [Float] { (0..<count).map { Float(sin(Double($0) * 1.7)) } }
            for (m, n, k) in [
                (37, 45, 300), (8, 20, 33), (40, 1, 77), (100, 64, 16), (12, 40, 128), (3, 300, 50), (300, 1, 50),
                (1, 300, 50), (12, 40, 300), (5, 23, 150), (30, 40, 1100),
            ] {
                let (a, b) = (pattern(m * k), pattern(k * n))
                for set in instructionSets {
                    let kernel = tapestry_product_kernel_of(set, 0)!
                    for choice in 0..<8 {
                        let (aRow, aColumn) = choice % 2 == 0 ? (k, 1) : (1, m)
                        let (bRow, bColumn) = choice / 2 % 2 == 0 ? (n, 1) : (1, k)
                        func sum(rows: Int, columns: Int) -> [Float] {
                            var c = pattern(m * n)
                            a.withUnsafeBufferPointer { a in
                                b.withUnsafeBufferPointer { b in
                                    let term = tapestry_product_term(
                                        a: a.baseAddress!, a_row: aRow, a_column: aColumn,
                                        b: b.baseAddress!, b_row: bRow, b_column: bColumn, k: k)
                                    c.withUnsafeMutableBufferPointer { c in
                                        let start = choice >= 4 ? c.baseAddress! : nil
                                        forEachRange(m, n, rows: rows, columns: columns) {
                                            kernel(m, n, [term, term], 2, start, n, c.baseAddress!, n, $0)
                                        }
                                    }
                                }
                            }
                            return c
                        }
                        let whole = sum(rows: m, columns: n)
                        for step in [1, 2, 3, 7, 12, 25] {
                            let cuts = [(step, n), (m, step), (step, 2 * step + 5)]
                            for (rows, columns) in cuts {
                                #expect(
                                    sum(rows: rows, columns: columns) == whole,
                                    "\(m) × \(n) × \(k), layout \(choice), cut into \(rows) × \(columns)")
                            }
                        }
                    }
                }
            }
        }
    }
}
