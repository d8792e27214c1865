import CTapestryKernels
import Foundation
import TapestryTestSupport
import Testing

/// The rules that have a kernel for cotangents that are products, as plain formulas.
private let rules: [(operation: Int, formula: @Sendable (Double, Double) -> Double)] = [
    (TAPESTRY_MULTIPLY, { g, y in g * y }),
    (TAPESTRY_TANH_RULE, { g, y in g * (1 - y * y) }),
    (TAPESTRY_SIGMOID_RULE, { g, y in g * y * (1 - y) }),
    (TAPESTRY_RELU_RULE, { g, y in y <= 0 ? 0 : g }),
]

/// Rows of numbers somewhere in a larger buffer, which shows what was written beside them.
private struct Rows<Scalar: BinaryFloatingPoint> {
    var memory: [Scalar]
    let start: Int
    let stride: Int

    init(_ rows: Int, _ columns: Int, start: Int, gap: Int, _ generator: inout SeededGenerator) {
        self.start = start
        stride = columns + gap
        memory = (0..<start + rows * stride + 70).map { _ in Scalar(Double.random(in: -1...1, using: &generator)) }
    }

    subscript(row: Int, column: Int) -> Double { Double(memory[start + row * stride + column]) }
}

private func check<Scalar: BinaryFloatingPoint & SendableMetatype>(
    _ kernel: tapestry_rule_of_product, _ formula: (Double, Double) -> Double,
    _ rows: Int, _ columns: Int, start: Int, accumulate: Bool, _ type: Scalar.Type
) {
    var generator = SeededGenerator(seed: UInt64(rows * 1000 + columns * 10 + start))
    let g = Rows<Scalar>(rows, columns, start: start, gap: 5, &generator)
    let factor = Rows<Scalar>(rows, columns, start: 0, gap: 0, &generator)
    let y = Rows<Scalar>(rows, columns, start: 2, gap: 1, &generator)
    let before = Rows<Scalar>(rows, columns, start: 3, gap: 7, &generator)
    var result = before.memory
    result.withUnsafeMutableBufferPointer { out in
        g.memory.withUnsafeBufferPointer { gs in
            factor.memory.withUnsafeBufferPointer { factors in
                y.memory.withUnsafeBufferPointer { ys in
                    kernel(
                        rows, columns, accumulate, out.baseAddress! + before.start, before.stride,
                        gs.baseAddress! + g.start, g.stride, factors.baseAddress! + factor.start, factor.stride,
                        ys.baseAddress! + y.start, y.stride)
                }
            }
        }
    }
    var expected = before.memory.map(Double.init)
    for row in 0..<rows {
        for column in 0..<columns {
            let rule = formula(g[row, column] * factor[row, column], y[row, column])
            expected[before.start + row * before.stride + column] = (accumulate ? before[row, column] : 0) + rule
        }
    }
    // All numbers are at most 1 in size, and a result is rounded a few times.
    let worst = zip(result, expected).map { abs(Double($0) - $1) / Double(Scalar.ulpOfOne) }.max()!
    let size = MemoryLayout<Scalar>.size
    #expect(worst <= 4, "\(rows) × \(columns) from \(start), accumulate: \(accumulate), \(size) bytes")
}

extension KernelTests {
    @Suite struct RulesOfProducts {
        @Test func everySizeAndPlace() {
            for set in instructionSets {
                for (operation, formula) in rules {
                    let float = tapestry_rule_of_product_kernel_of(set, Int32(operation), Int32(TAPESTRY_FLOAT32))!
                    let double = tapestry_rule_of_product_kernel_of(set, Int32(operation), Int32(TAPESTRY_FLOAT64))!
                    for size in 0...70 {
                        for (rows, columns) in (0...3).map({ ($0, size) }) + [(size, 19)] {
                            for accumulate in [false, true] {
                                let start = columns % 17
                                check(float, formula, rows, columns, start: start, accumulate: accumulate, Float.self)
                                check(double, formula, rows, columns, start: start, accumulate: accumulate, Double.self)
                            }
                        }
                    }
                }
            }
        }

        @Test func otherOperationsHaveNone() {
            for operation in 0..<TAPESTRY_BINARY_COUNT where !rules.contains(where: { $0.operation == operation }) {
                #expect(tapestry_rule_of_product_kernel(Int32(operation), Int32(TAPESTRY_FLOAT32)) == nil)
            }
            #expect(tapestry_rule_of_product_kernel(Int32(TAPESTRY_MULTIPLY), Int32(TAPESTRY_INT32)) == nil)
        }
    }
}
