import CTapestryKernels
import Foundation
import Testing

extension KernelTests {
    @Suite struct LayerNorm {
        private let epsilon = 1e-3

        /// Operands of one type: rows with a gap after each, and a misaligned start.
        private struct Operands<T: BinaryFloatingPoint & BitwiseCopyable> {
            let rows, columns, stride: Int
            let g: [T]
            var x: [T]
            let gain, bias: [T]

            /// x has an offset that is large beside its spread.
            init(_ rows: Int, _ columns: Int, gap: Int, seed: Int = 0) {
                (self.rows, self.columns, stride) = (rows, columns, columns + gap)
                let count = rows * (columns + gap) + 1
                func numbers(_ offset: Double, _ frequency: Double) -> [T] {
                    (0..<count).map { T(sin(Double($0 + 31 * seed) * frequency) * Double(2 + $0 % 5) + offset) }
                }
                (g, x) = (numbers(0.3, 1.3), numbers(50, 2.3))
                gain = (0..<columns + 1).map { T(1 + 0.1 * Double(($0 + seed) % 5)) }
                bias = (0..<columns + 1).map { T(0.2 * Double(($0 + seed) % 3) - 0.1) }
            }

            private init(_ rows: Int, _ other: Operands, g: [T], x: [T]) {
                (self.rows, columns, stride) = (rows, other.columns, other.stride)
                (self.g, self.x, gain, bias) = (g, x, other.gain, other.bias)
            }

            /// The same with another cotangent.
            init(_ other: Operands, cotangent: [T]) { self.init(other.rows, other, g: cotangent, x: other.x) }

            /// One row alone.
            func row(_ r: Int) -> Operands {
                let range = r * stride..<(r + 1) * stride + 1
                return Operands(1, self, g: Array(g[range]), x: Array(x[range]))
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

        /// The value and the rule of a sum of these terms; in place, the value is where the first x was, and the last
        /// cotangent where g was.
        private func computed<T: BinaryFloatingPoint & BitwiseCopyable>(
            _ terms: [Operands<T>], _ set: Int32, _ type: Int32, inPlace: Bool = false
        ) -> Results<T> {
            let o = terms[0]
            let count = terms.count
            var value = inPlace ? o.x : [T](repeating: -1, count: o.x.count)
            var cotangents = Array(repeating: [T](repeating: -1, count: o.x.count), count: count)
            if inPlace { cotangents[count - 1] = o.g }
            var statistics = [T](repeating: -1, count: 2 * o.rows * count)
            var sums = [T](repeating: -1, count: (count + 1) * o.columns)
            let arena = Arena()
            let x = terms.map { arena.copy($0.x) + 1 }
            // Rows that are written over begin where they did.
            let shift = inPlace ? 1 : 0
            let (out, g) = (arena.copy(value) + shift, arena.copy(o.g) + 1)
            let kept = arena.copy(statistics)
            let places = cotangents.map { arena.copy($0) + shift }
            let normTerms = terms.indices.map { k in
                tapestry_norm_term(
                    x: inPlace && k == 0 ? out : x[k], x_row: o.stride, gain: arena.copy(terms[k].gain),
                    bias: arena.copy(terms[k].bias), statistics: kept + 2 * o.rows * k, cotangent: places[k])
            }
            tapestry_layer_norm_kernel_of(set, type)!(
                0, o.rows, o.columns, out, o.stride, normTerms, count, epsilon)
            value = arena.read(out - shift, value.count)
            statistics = arena.read(kept, statistics.count)
            let ruleTerms = terms.indices.map { k in
                var term = normTerms[k]
                term.x = UnsafeRawPointer(x[k])
                return term
            }
            tapestry_layer_norm_rule_kernel_of(set, type)!(
                0, o.rows, o.columns, o.stride, inPlace ? places[count - 1] : g, o.stride, ruleTerms, count, &sums)
            cotangents = places.map { arena.read($0 - shift, o.x.count) }
            return Results(
                value: inPlace ? rows(value, o) : withoutGaps(value, o),
                cotangent: cotangents.flatMap { inPlace ? rows($0, o) : withoutGaps($0, o) }, statistics: statistics,
                sums: sums)
        }

        /// Memory that outlives a call.
        private final class Arena {
            private var blocks: [UnsafeMutableRawPointer] = []

            func copy<T: BitwiseCopyable>(_ array: [T]) -> UnsafeMutablePointer<T> {
                let pointer = UnsafeMutablePointer<T>.allocate(capacity: max(array.count, 1))
                pointer.initialize(from: array, count: array.count)
                blocks.append(UnsafeMutableRawPointer(pointer))
                return pointer
            }

            func read<T>(_ pointer: UnsafePointer<T>, _ count: Int) -> [T] {
                Array(UnsafeBufferPointer(start: pointer, count: count))
            }

            deinit { for block in blocks { block.deallocate() } }
        }

        private func rows<T>(_ array: [T], _ o: Operands<T>) -> [T] {
            (0..<o.rows).flatMap { array[$0 * o.stride + 1..<$0 * o.stride + 1 + o.columns] }
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
                    var results = computed([operands], set, type)
                    if columns == 0 { results.statistics = [] }
                    let inPlace = computed([operands], set, type, inPlace: true)
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
                let together = computed([operands], set, 0)
                for r in 0..<7 {
                    let alone = computed([operands.row(r)], set, 0)
                    #expect(alone.value == Array(together.value[r * 45..<(r + 1) * 45]))
                    #expect(alone.cotangent == Array(together.cotangent[r * 45..<(r + 1) * 45]))
                }
            }
        }

        /// A sum of several has the bits of the sum of each alone, and so have its cotangents.
        @Test(arguments: [1, 6, 7], [5, 64, 77]) func sums(_ rows: Int, _ columns: Int) {
            let terms = (0..<3).map { Operands<Float>(rows, columns, gap: 3, seed: $0) }
            for set in instructionSets {
                let alone = terms.map { term in
                    computed([Operands(term, cotangent: terms[0].g)], set, 0)
                }
                for inPlace in [false, true] {
                    let together = computed(terms, set, 0, inPlace: inPlace)
                    let value = zip(zip(alone[0].value, alone[1].value), alone[2].value).map { ($0.0 + $0.1) + $1 }
                    #expect(together.value == value)
                    let cotangents = alone.flatMap { $0.cotangent }
                    let statistics = alone.flatMap { $0.statistics }
                    let sums = alone.flatMap { $0.sums.prefix(columns) } + alone[0].sums.suffix(columns)
                    #expect(together.cotangent == cotangents)
                    #expect(together.statistics == statistics)
                    #expect(together.sums == sums)
                }
            }
        }

        /// Rows whose first elements say nothing of the others, beside a row of numbers that are not finite.
        @Test func rowsWithUnlikeBeginnings() {
            for columns in [16, 17, 40, 60_000] {
                var operands = Operands<Float>(4, columns, gap: 0)
                for c in 0..<min(16, columns / 2) { operands.x[1 + columns + c] = 1e4 + Float(c % 3) }
                for c in 0..<columns { operands.x[1 + 2 * columns + c] += Float(c) * 30 }
                for set in instructionSets {
                    let wanted = expected(operands)
                    let found = computed([operands], set, 0)
                    let error = zip(found.statistics, wanted.statistics).map { abs(Double($0) / $1 - 1) }.max()!
                    #expect(error < 3e-7, "\(columns) columns, set \(set)")
                    var broken = operands
                    broken.x[1 + 2 * columns] = .infinity
                    let beside = computed([broken], set, 0)
                    #expect(Array(beside.value.prefix(2 * columns)) == Array(found.value.prefix(2 * columns)))
                    let isNaN = beside.value[2 * columns..<3 * columns].allSatisfy { $0.isNaN }
                    #expect(isNaN)
                    #expect(Array(beside.value.suffix(columns)) == Array(found.value.suffix(columns)))
                }
            }
        }

        /// A row whose squares overflow around the guess, and not around its mean.
        @Test func squaresThatOverflowAroundTheGuess() {
            var operands = Operands<Float>(1, 1024, gap: 0)
            for c in 0..<1024 { operands.x[1 + c] = c < 16 ? 5e18 : 0 }
            let wanted = expected(operands)
            for set in instructionSets {
                let found = computed([operands], set, 0)
                #expect(agree(found.value, wanted.value, 1e-5))
                #expect(abs(Double(found.statistics[1]) / wanted.statistics[1] - 1) < 1e-5)
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
