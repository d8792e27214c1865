import CTapestryKernels
import Foundation
import Testing

extension KernelTests {
    @Suite struct LayerNorm {
        private let epsilon = 1e-3

        /// Rows of `columns` elements with a gap after each, an offset that is large beside their spread, and a
        /// misaligned start.
        private func rows<T: BinaryFloatingPoint>(_ columns: Int, _ offset: Double, _ frequency: Double) -> [T] {
            (0..<3 * (columns + 2) + 1).map { T(sin(Double($0) * frequency) * Double($0 % 7) + offset) }
        }

        /// Along one row: γ ⊙ b̂, and the rule s (a − mean(a) − b̂ mean(a ⊙ b̂)), as they are written.
        private func formulas(_ a: [Double], _ b: [Double], _ gain: [Double]) -> (value: [Double], rule: [Double]) {
            let count = Double(b.count)
            let mean = b.reduce(0, +) / count
            let scale = 1 / (b.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count + epsilon).squareRoot()
            let normal = b.map { ($0 - mean) * scale }
            let offset = a.reduce(0, +) / count
            let slope = zip(a, normal).reduce(0) { $0 + $1.0 * $1.1 } / count
            return (
                zip(normal, gain).map { $0 * $1 }, zip(a, normal).map { scale * ($0 - offset - $1 * slope) }
            )
        }

        private func check<T: BinaryFloatingPoint & BitwiseCopyable>(_ type: Int32, _: T.Type, tolerance: Double) {
            for columns in Array(0...70) + [128, 1000, 2500] {
                let stride = columns + 2
                let a: [T] = rows(columns, 0.3, 1.3)
                let b: [T] = rows(columns, 50, 3.1)
                let gain = (0..<columns + 1).map { T(1 + 0.1 * Double($0 % 5)) }
                let ones = [T](repeating: 1, count: columns + 1)
                for set in instructionSets {
                    var plain = [T](repeating: -1, count: b.count)
                    var (scaled, rule, inPlace) = (plain, plain, a)
                    let normalize = tapestry_layer_norm_kernel_of(set, type)!
                    let derive = tapestry_layer_norm_rule_kernel_of(set, type)!
                    a.withUnsafeBufferPointer { a in
                        b.withUnsafeBufferPointer { b in
                            let (a, b) = (a.baseAddress! + 1, b.baseAddress! + 1)
                            normalize(3, columns, &plain, stride, b, stride, nil, epsilon)
                            normalize(3, columns, &scaled, stride, b, stride, gain, epsilon)
                            derive(3, columns, &rule, stride, a, stride, b, stride, epsilon)
                            inPlace.withUnsafeMutableBufferPointer { out in
                                let out = out.baseAddress! + 1
                                derive(3, columns, out, stride, out, stride, b, stride, epsilon)
                            }
                        }
                    }
                    var fits = true
                    for r in 0..<3 {
                        let row = r * stride + 1..<r * stride + 1 + columns
                        let (left, right) = (a[row].map { Double($0) }, b[row].map { Double($0) })
                        let wanted = formulas(left, right, gain.map { Double($0) })
                        let unscaled = formulas(left, right, ones.map { Double($0) })
                        for c in 0..<columns {
                            let i = r * stride + c
                            fits = fits && abs(Double(plain[i]) - unscaled.value[c]) <= tolerance
                            fits = fits && abs(Double(scaled[i]) - wanted.value[c]) <= tolerance
                            fits = fits && abs(Double(rule[i]) - wanted.rule[c]) <= tolerance
                            fits = fits && inPlace[i + 1] == rule[i]
                        }
                        for result in [plain, scaled, rule] {
                            fits = fits && result[r * stride + columns..<(r + 1) * stride].allSatisfy { $0 == -1 }
                        }
                    }
                    #expect(fits, "\(columns) columns of type \(type), set \(set)")
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
