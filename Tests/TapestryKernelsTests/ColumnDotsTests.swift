import CTapestryKernels
import TapestryTestSupport
import Testing

private func check<Scalar: BinaryFloatingPoint & SendableMetatype>(
    _ kernel: tapestry_column_dots, _ rows: Int, _ columns: Int, accumulate: Bool, _ type: Scalar.Type
) {
    var generator = SeededGenerator(seed: UInt64(rows * 100 + columns))
    func numbers(_ count: Int) -> [Scalar] { generator.numbers(count).map { Scalar($0) } }
    let (aRow, bRow, start) = (columns + 3, columns, columns % 5)
    let (a, b) = (numbers(start + rows * aRow + 1), numbers(rows * bRow + 1))
    let before = numbers(columns + 70)
    var result = before
    result.withUnsafeMutableBufferPointer { out in
        a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in
                kernel(
                    rows, columns, accumulate, out.baseAddress! + start, a.baseAddress! + start, aRow, b.baseAddress!,
                    bRow)
            }
        }
    }
    var expected = before.map { Double($0) }
    for column in 0..<columns {
        var sum = accumulate ? expected[start + column] : 0
        for row in 0..<rows { sum += Double(a[start + row * aRow + column]) * Double(b[row * bRow + column]) }
        expected[start + column] = sum
    }
    let worst = zip(result, expected).map { abs(Double($0) - $1) / Double(Scalar.ulpOfOne) }.max()!
    let size = MemoryLayout<Scalar>.size
    #expect(worst <= 2 * Double(rows + 2), "\(rows) × \(columns), accumulate: \(accumulate), \(size) bytes")
}

extension KernelTests {
    @Suite struct ColumnDots {
        @Test func everySize() {
            for set in instructionSets {
                let float = tapestry_column_dots_kernel_of(set, Int32(TAPESTRY_FLOAT32))!
                let double = tapestry_column_dots_kernel_of(set, Int32(TAPESTRY_FLOAT64))!
                for size in 0...70 {
                    let shapes = [0, 1, 2, 7, 70].map { ($0, size) } + [1, 8, 16, 33].map { (size, $0) }
                    for (rows, columns) in shapes {
                        for accumulate in [false, true] {
                            check(float, rows, columns, accumulate: accumulate, Float.self)
                            check(double, rows, columns, accumulate: accumulate, Double.self)
                        }
                    }
                }
            }
        }
    }
}
