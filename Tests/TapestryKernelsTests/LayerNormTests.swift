import CTapestryKernels
import Foundation
import Testing

extension KernelTests {
    @Suite struct LayerNorm {
        private let epsilon = 1e-3

        /// Operands of one type: rows with a gap after each, and a misaligned start.
        private struct Operands<T: BinaryFloatingPoint & BitwiseCopyable> {
            let rows, columns, stride: Int
            let g, x, gain, bias: [T]

            /// x has an offset that is large beside its spread.
            init(_ rows: Int, _ columns: Int, gap: Int) {
                (self.rows, self.columns, stride) = (rows, columns, columns + gap)
                let count = rows * (columns + gap) + 1
                func numbers(_ offset: Double, _ frequency: Double) -> [T] {
                    (0..<count).map { T(sin(Double($0) * frequency) * Double(2 + $0 % 5) + offset) }
                }
                (g, x) = (numbers(0.3, 1.3), numbers(50, 2.3))
                gain = (0..<columns + 1).map { T(1 + 0.1 * Double($0 % 5)) }
                bias = (0..<columns + 1).map { T(0.2 * Double($0 % 3) - 0.1) }
            }

            func row(_ r: Int, of array: [T]) -> [Double] {
                array[r * stride + 1..<r * stride + 1 + columns].map { Double($0) }
            }
        }

        /// What the kernels give, each in an array without gaps.
        private struct Results<T: BinaryFloatingPoint & BitwiseCopyable> {
            var value, cotangent, statistics, sums: [T]
        }

        /// The same from the formulas as they are written, row by row.
        private func expected<T: BinaryFloatingPoint & BitwiseCopyable>(_ operands: Operands<T>) -> Results<Double> {
            var results = Results<Double>(
                value: [], cotangent: [], statistics: [], sums: Array(repeating: 0, count: 2 * operands.columns))
            let count = Double(operands.columns)
            for r in 0..<operands.rows {
                let (g, x) = (operands.row(r, of: operands.g), operands.row(r, of: operands.x))
                let mean = x.reduce(0, +) / count
                let scale = 1 / (x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count + epsilon).squareRoot()
                let features = x.map { ($0 - mean) * scale }
                let c = zip(g, operands.gain).map { $0 * Double($1) }
                let offset = c.reduce(0, +) / count
                let slope = zip(c, features).reduce(0) { $0 + $1.0 * $1.1 } / count
                results.statistics += [mean, scale]
                for i in 0..<operands.columns {
                    results.value.append(features[i] * Double(operands.gain[i]) + Double(operands.bias[i]))
                    results.cotangent.append(scale * (c[i] - offset - features[i] * slope))
                    results.sums[i] += g[i] * features[i]
                    results.sums[operands.columns + i] += g[i]
                }
            }
            return results
        }

        /// The rows one after the other; what was written into a gap stays, so that there are too many elements.
        private func withoutGaps<T: BinaryFloatingPoint>(_ array: [T], _ operands: Operands<T>) -> [T] {
            (0..<operands.rows).flatMap { r in
                let row = array[r * operands.stride..<(r + 1) * operands.stride]
                return row.prefix(operands.columns) + row.dropFirst(operands.columns).filter { $0 != -1 }
            }
        }

        private func computed<T: BinaryFloatingPoint & BitwiseCopyable>(
            _ o: Operands<T>, _ set: Int32, _ type: Int32
        ) -> Results<T> {
            let normalize = tapestry_layer_norm_kernel_of(set, type)!
            let derive = tapestry_layer_norm_rule_kernel_of(set, type)!
            var value = [T](repeating: -1, count: o.x.count)
            var cotangent = value
            var statistics = [T](repeating: -1, count: 2 * o.rows)
            var sums = [T](repeating: -1, count: 2 * o.columns)
            o.x.withUnsafeBufferPointer { x in
                o.g.withUnsafeBufferPointer { g in
                    let (x, g) = (x.baseAddress! + 1, g.baseAddress! + 1)
                    normalize(
                        o.rows, o.columns, &value, o.stride, x, o.stride, o.gain, o.bias, epsilon, &statistics)
                    derive(o.rows, o.columns, &cotangent, o.stride, g, o.stride, x, o.stride, o.gain, statistics, &sums)
                }
            }
            return Results(
                value: withoutGaps(value, o), cotangent: withoutGaps(cotangent, o),
                statistics: statistics, sums: sums)
        }

        /// The value in the place of x, and the cotangent of x in that of g.
        private func computedInPlace<T: BinaryFloatingPoint & BitwiseCopyable>(
            _ o: Operands<T>, _ set: Int32, _ type: Int32
        ) -> (value: [T], cotangent: [T]) {
            var (value, cotangent) = (o.x, o.g)
            var statistics = [T](repeating: -1, count: 2 * o.rows)
            var sums = [T](repeating: -1, count: 2 * o.columns)
            value.withUnsafeMutableBufferPointer { buffer in
                let x = buffer.baseAddress! + 1
                tapestry_layer_norm_kernel_of(set, type)!(
                    o.rows, o.columns, x, o.stride, x, o.stride, o.gain, o.bias, epsilon, &statistics)
            }
            cotangent.withUnsafeMutableBufferPointer { buffer in
                let g = buffer.baseAddress! + 1
                o.x.withUnsafeBufferPointer { x in
                    tapestry_layer_norm_rule_kernel_of(set, type)!(
                        o.rows, o.columns, g, o.stride, g, o.stride, x.baseAddress! + 1, o.stride, o.gain, statistics,
                        &sums)
                }
            }
            func rows(_ array: [T]) -> [T] {
                (0..<o.rows).flatMap { array[$0 * o.stride + 1..<$0 * o.stride + 1 + o.columns] }
            }
            return (rows(value), rows(cotangent))
        }

        private func agree<T: BinaryFloatingPoint>(_ a: [T], _ b: [Double], _ tolerance: Double) -> Bool {
            // NaN is not within any tolerance.
            a.count == b.count && zip(a, b).allSatisfy { abs(Double($0) - $1) <= tolerance * max(1, abs($1)) }
        }

        private func check<T: BinaryFloatingPoint & BitwiseCopyable>(_ type: Int32, _: T.Type, tolerance: Double) {
            // Whole groups of rows, groups with rows left over, and fewer rows than a group has.
            let shapes =
                (0...70).flatMap { columns in [(3, columns, 2), (4, columns, 0), (6, columns, 9)] }
                + (0...70).map { rows in (rows, 17, rows % 3) }
                + [128, 512, 1000, 2500].flatMap { columns in [(1, columns, 1), (5, columns, 0)] } + [(0, 4, 0)]
            for (rows, columns, gap) in shapes {
                let operands = Operands<T>(rows, columns, gap: gap)
                var wanted = expected(operands)
                if columns == 0 { wanted.statistics = [] }
                for set in instructionSets {
                    var results = computed(operands, set, type)
                    if columns == 0 { results.statistics = [] }
                    let inPlace = computedInPlace(operands, set, type)
                    let fits =
                        agree(results.value, wanted.value, tolerance)
                        && agree(results.cotangent, wanted.cotangent, tolerance)
                        && agree(results.statistics, wanted.statistics, tolerance)
                        && agree(results.sums, wanted.sums, tolerance)
                        && inPlace.value == results.value && inPlace.cotangent == results.cotangent
                    #expect(fits, "\(rows) rows of \(columns) columns of type \(type), set \(set)")
                }
            }
        }

        /// Rows alone give the very bits that they give beside others.
        @Test func groupsDoNotShow() {
            let operands = Operands<Float>(7, 45, gap: 0)
            for set in instructionSets {
                let together = computed(operands, set, 0)
                for r in 0..<7 {
                    let row = 1 + r * 45..<1 + (r + 1) * 45
                    var (value, cotangent) = ([Float](repeating: -1, count: 45), [Float](repeating: -1, count: 45))
                    var (statistics, sums) = ([Float](repeating: -1, count: 2), [Float](repeating: -1, count: 90))
                    let (x, g) = (Array(operands.x[row]), Array(operands.g[row]))
                    tapestry_layer_norm_kernel_of(set, 0)!(
                        1, 45, &value, 45, x, 45, operands.gain, operands.bias, epsilon, &statistics)
                    tapestry_layer_norm_rule_kernel_of(set, 0)!(
                        1, 45, &cotangent, 45, g, 45, x, 45, operands.gain, statistics, &sums)
                    #expect(value == Array(together.value[r * 45..<(r + 1) * 45]))
                    #expect(cotangent == Array(together.cotangent[r * 45..<(r + 1) * 45]))
                }
            }
        }

        @Test func float32() { check(0, Float.self, tolerance: 1e-4) }
        @Test func float64() { check(1, Double.self, tolerance: 1e-12) }

        @Test func notForIntegers() {
            for set in instructionSets {
                for type in [Int32(TAPESTRY_INT32), Int32(TAPESTRY_BOOL)] {
                    #expect(tapestry_layer_norm_kernel_of(set, type) == nil)
                    #expect(tapestry_layer_norm_rule_kernel_of(set, type) == nil)
                }
            }
        }
    }
}
