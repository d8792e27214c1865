import CTapestryKernels
import Foundation
import Testing

private let lengths = Array(0...70) + [127, 128, 255, 256, 1000, 1023, 1024, 1025, 1100, 2100]
private let operations = [TAPESTRY_SUM, TAPESTRY_MAX, TAPESTRY_MIN, TAPESTRY_SUM_OF_SQUARES, TAPESTRY_PRODUCT]

private func plain(_ operation: Int, _ values: [Int], _ nothing: (least: Double, greatest: Double)) -> Double {
    switch operation {
    case TAPESTRY_SUM: Double(values.reduce(0, +))
    case TAPESTRY_MAX: values.max().map(Double.init) ?? nothing.least
    case TAPESTRY_MIN: values.min().map(Double.init) ?? nothing.greatest
    case TAPESTRY_PRODUCT: Double(values.reduce(1, *))
    default: Double(values.reduce(0) { $0 + $1 * $1 })
    }
}

extension KernelTests {
    @Suite struct Reductions {
        /// `lines` reductions of `count` integer-valued elements each, along both axes and with several strides.
        private func check<T: Numeric & Comparable & BitwiseCopyable>(
            _ type: Int, _ nothing: (least: Double, greatest: Double), _ make: (Double) -> T
        ) {
            for count in lengths {
                let lines = count > 100 ? 2 : [1, 3, 17, 66][count % 4]
                for operation in operations {
                    let integers = (0..<lines).map { r in
                        (0..<count).map { c in
                            let number = (r * 7 + c * 11 + r * c) % 23 - 11
                            // Products are ±3, or the numbers would be too large.
                            return operation != TAPESTRY_PRODUCT ? number : c == count / 2 ? 3 : number < 0 ? -1 : 1
                        }
                    }
                    let wanted = integers.map { plain(operation, $0, nothing) }
                    for (spread, gap) in [(1, 0), (1, 3), (2, 1), (-1, 2)] {
                        for (transposed, accumulate) in [(false, false), (true, false), (false, true), (true, true)] {
                            // Elements of a line are `along` apart, lines `across`; transposed or not.
                            let along = transposed ? lines * abs(spread) + gap : spread
                            let across = transposed ? spread : count * abs(spread) + gap
                            let origin = spread < 0 ? 3000 : 0
                            var a = [T](repeating: make(77), count: origin + (lines * 2 + 4) * (count * 2 + 4))
                            for r in 0..<lines {
                                for c in 0..<count {
                                    a[origin + r * across + c * along] = make(Double(integers[r][c]))
                                }
                            }
                            for set in instructionSets {
                                var alongColumns = [T](repeating: make(5), count: lines * 2 + 1)
                                var alongRows = alongColumns
                                a.withUnsafeBufferPointer { a in
                                    let p = a.baseAddress! + origin
                                    tapestry_reduce_columns_kernel_of(set, Int32(operation), Int32(type))!(
                                        lines, count, &alongColumns, 2, p, across, along, accumulate)
                                    tapestry_reduce_rows_kernel_of(set, Int32(operation), Int32(type))!(
                                        count, lines, &alongRows, 2, p, along, across, accumulate)
                                }
                                for r in 0..<lines {
                                    var value = wanted[r]
                                    if accumulate {
                                        switch operation {
                                        case TAPESTRY_MAX: value = max(value, 5)
                                        case TAPESTRY_MIN: value = min(value, 5)
                                        case TAPESTRY_PRODUCT: value *= 5
                                        default: value += 5
                                        }
                                    }
                                    let fits = alongColumns[2 * r] == make(value) && alongRows[2 * r] == make(value)
                                    if !fits || alongColumns[2 * r + 1] != make(5) || alongRows[2 * r + 1] != make(5) {
                                        Issue.record(
                                            """
                                            reduction \(operation) of type \(type), set \(set), \(lines) × \(count), \
                                            strides \(across) \(along), line \(r): columns \(alongColumns[2 * r]), \
                                            rows \(alongRows[2 * r]), expected \(value)
                                            """)
                                        return
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }

        @Test func float32() { check(TAPESTRY_FLOAT32, (-.infinity, .infinity)) { Float($0) } }
        @Test func float64() { check(TAPESTRY_FLOAT64, (-.infinity, .infinity)) { $0 } }
        @Test func int32() { check(TAPESTRY_INT32, (Double(Int32.min), Double(Int32.max))) { Int32($0) } }

        @Test func noBooleans() {
            for set in instructionSets {
                for operation in operations {
                    #expect(tapestry_reduce_columns_kernel_of(set, Int32(operation), Int32(TAPESTRY_BOOL)) == nil)
                    #expect(tapestry_reduce_rows_kernel_of(set, Int32(operation), Int32(TAPESTRY_BOOL)) == nil)
                }
            }
        }

        /// NaN anywhere is the result of every reduction.
        @Test func notANumber() {
            for set in instructionSets {
                for operation in operations {
                    for count in 1...70 {
                        for place in [0, count / 2, count - 1] {
                            var a = (0..<count).map { Float($0 % 5) }
                            a[place] = .nan
                            var columns: Float = 0
                            var rows: Float = 0
                            tapestry_reduce_columns_kernel_of(set, Int32(operation), 0)!(
                                1, count, &columns, 1, a, 0, 1, false)
                            tapestry_reduce_rows_kernel_of(set, Int32(operation), 0)!(
                                count, 1, &rows, 1, a, 1, 0, false)
                            #expect(columns.isNaN && rows.isNaN)
                        }
                    }
                }
            }
        }

        /// The error of a sum does not grow with the count, also when all elements share a big offset.
        @Test func accuracy() {
            let count = 300_000
            for offset in [0, 1000, 1e6] {
                let a = (0..<count).map { Float(offset + sin(Double($0) * 0.37) + 0.1) }
                let exact = a.reduce(0.0) { $0 + Double($1) }
                for set in instructionSets {
                    var columns: Float = 0
                    var rows: Float = 0
                    tapestry_reduce_columns_kernel_of(set, 0, 0)!(1, count, &columns, 1, a, 0, 1, false)
                    tapestry_reduce_rows_kernel_of(set, 0, 0)!(count, 1, &rows, 1, a, 1, 0, false)
                    #expect(abs(Double(columns) - exact) <= 1e-6 * abs(exact))
                    #expect(abs(Double(rows) - exact) <= 1e-6 * abs(exact))
                }
            }
        }

        /// The order depends on the count alone: not on strides, nor on the other axis.
        @Test func fixedOrder() {
            for set in instructionSets {
                for count in [5, 63, 64, 65, 1000, 5000] {
                    let a = (0..<count).map { Float(sin(Double($0))) }
                    let spread = (0..<3 * count).map { a[$0 / 3] }
                    let table = (0..<5).flatMap { _ in a }
                    var one: Float = 0
                    var other: Float = 0
                    var several = [Float](repeating: 0, count: 5)
                    let kernel = tapestry_reduce_columns_kernel_of(set, 0, 0)!
                    kernel(1, count, &one, 1, a, 0, 1, false)
                    kernel(1, count, &other, 1, spread, 0, 3, false)
                    kernel(5, count, &several, 1, table, count, 1, false)
                    #expect(one == other && several.allSatisfy { $0 == one })
                    let along = tapestry_reduce_rows_kernel_of(set, 0, 0)!
                    along(count, 1, &one, 1, a, 1, 1, false)
                    let wide = a.flatMap { [Float](repeating: $0, count: 70) }
                    var all = [Float](repeating: 0, count: 70)
                    along(count, 70, &all, 1, wide, 70, 1, false)
                    #expect(all.allSatisfy { $0 == one })
                }
            }
        }
    }

    @Suite struct Softmax {
        @Test func againstTheFormula() {
            for set in instructionSets {
                for columns in Array(0...70) + [1000, 2500] {
                    let rows = 3
                    let stride = columns + 2
                    let floats: [Float] = (0..<rows * stride).map { i in
                        let wave = 9 * sin(Float(i) * 3.1)
                        return wave + Float(i % 3) * 300
                    }
                    let a = floats.map { Double($0) }
                    var soft = [Float](repeating: -1, count: rows * stride)
                    var logs = soft
                    var softDouble = [Double](repeating: -1, count: rows * stride)
                    var logsDouble = softDouble
                    tapestry_softmax_kernel_of(set, 0)!(rows, columns, &soft, stride, floats, stride)
                    tapestry_log_softmax_kernel_of(set, 0)!(rows, columns, &logs, stride, floats, stride)
                    tapestry_softmax_kernel_of(set, 1)!(rows, columns, &softDouble, stride, a, stride)
                    tapestry_log_softmax_kernel_of(set, 1)!(rows, columns, &logsDouble, stride, a, stride)
                    var fits = true
                    for r in 0..<rows {
                        let row = a[r * stride..<r * stride + columns]
                        let top = row.max() ?? 0
                        let sum = row.reduce(0) { $0 + exp($1 - top) }
                        for c in 0..<columns {
                            let i = r * stride + c
                            let p = exp(a[i] - top) / sum
                            let l = a[i] - top - log(sum)
                            fits = fits && abs(Double(soft[i]) - p) <= 1e-6 * p + 1e-44
                            fits = fits && abs(softDouble[i] - p) <= 1e-14 * p
                            fits = fits && abs(Double(logs[i]) - l) <= 1e-6 * (1 + abs(l))
                            fits = fits && abs(logsDouble[i] - l) <= 1e-14 * (1 + abs(l))
                        }
                        fits = fits && soft[r * stride + columns] == -1 && logs[r * stride + columns] == -1
                    }
                    #expect(fits, "\(columns) columns")
                }
            }
        }

        @Test func logSumExp() {
            for set in instructionSets {
                for columns in [1, 15, 40, 2500] {
                    let a: [Double] = (0..<2 * columns).map { i in
                        let wave: Double = 9 * sin(Double(i) * 3.1)
                        return wave + Double(i % 3) * 300
                    }
                    var results = [Double](repeating: -1, count: 3)
                    tapestry_log_sum_exp_kernel_of(set, 1)!(2, columns, &results, 2, a, columns)
                    for (row, result) in zip([a.prefix(columns), a.suffix(columns)], [results[0], results[2]]) {
                        let top: Double = row.max()!
                        let sum: Double = row.reduce(0) { $0 + exp($1 - top) }
                        let expected = top + log(sum)
                        #expect(abs(result - expected) <= 1e-14 * abs(expected))
                    }
                    #expect(results[1] == -1)
                }
                func one(_ row: [Double]) -> Double {
                    var result = 0.0
                    tapestry_log_sum_exp_kernel_of(set, 1)!(1, row.count, &result, 1, row, 0)
                    return result
                }
                #expect(one([-.infinity, -.infinity]) == -.infinity && one([1, .infinity]) == .infinity)
                #expect(one([1e308, 1e308]) == 1e308 && one([.infinity, .nan]).isNaN && one([]) == -.infinity)
            }
        }

        @Test func edges() {
            for set in instructionSets {
                func run(_ kernel: tapestry_softmax?, _ row: [Float]) -> [Float] {
                    var a = row
                    a.withUnsafeMutableBufferPointer { kernel!(1, row.count, $0.baseAddress, 0, $0.baseAddress, 0) }
                    return a
                }
                for kernel in [tapestry_softmax_kernel_of(set, 0), tapestry_log_softmax_kernel_of(set, 0)] {
                    #expect(run(kernel, [1, .nan, 2]).allSatisfy { $0.isNaN })
                    #expect(run(kernel, [Float](repeating: 0, count: 40) + [.nan]).allSatisfy { $0.isNaN })
                    #expect(run(kernel, [.infinity, .nan]).allSatisfy { $0.isNaN })
                }
                let (softmax, logSoftmax) = (tapestry_softmax_kernel_of(set, 0), tapestry_log_softmax_kernel_of(set, 0))
                #expect(run(softmax, [1, .infinity, -.infinity]) == [0, 1, 0])
                #expect(run(logSoftmax, [1, .infinity, -.infinity]) == [-.infinity, 0, -.infinity])
                #expect(run(softmax, [.infinity, 1, .infinity]) == [0.5, 0, 0.5])
                // As many as fill vectors, and a part of one.
                for count in [2, 16, 40] {
                    for all: Float in [-.infinity, .infinity] {
                        let row = [Float](repeating: all, count: count)
                        #expect(run(softmax, row).allSatisfy { $0 == 1 / Float(count) })
                        #expect(run(logSoftmax, row).allSatisfy { abs($0 + log(Float(count))) < 1e-6 })
                    }
                }
                #expect(run(tapestry_softmax_kernel_of(set, 0), [-.infinity, 3]) == [0, 1])
                #expect(run(tapestry_log_softmax_kernel_of(set, 0), [-.infinity, 3]) == [-.infinity, 0])
                #expect(run(tapestry_softmax_kernel_of(set, 0), [3e38, -3e38, 3e38]) == [0.5, 0, 0.5])
                #expect(run(tapestry_softmax_kernel_of(set, 0), [7]) == [1])
            }
        }
    }
}
