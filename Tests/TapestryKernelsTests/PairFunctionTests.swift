import CTapestryKernels
import Foundation
import Testing

private struct PairFunction: Sendable {
    let name: String
    let operation: Int
    let wide: @Sendable (Wide, Wide) -> Wide
    /// The magnitude that a unit in the last place is taken of, where it is not the result's.
    var scale: @Sendable (Wide, Wide) -> Wide = { _, _ in 0 }
}

private func logAddExp(_ a: Wide, _ b: Wide) -> Wide {
    a == b ? a + log(2) : max(a, b) + log1p(exp(-abs(a - b)))
}

private let functions = [
    PairFunction(name: "atan2", operation: TAPESTRY_ATAN2, wide: { atan2($0, $1) }),
    PairFunction(name: "hypot", operation: TAPESTRY_HYPOT, wide: { hypot($0, $1) }),
    PairFunction(
        name: "log(eᵃ + eᵇ)", operation: TAPESTRY_LOG_ADD_EXP, wide: logAddExp,
        scale: { a, b in a.isFinite && b.isFinite && abs(a - b) < 40 ? max(abs(a), abs(b)) : 0 }),
    PairFunction(
        name: "x log y", operation: TAPESTRY_X_LOG_Y, wide: { $0 == 0 && !$1.isNaN ? 0 : $0 * log($1) }),
    PairFunction(name: "power", operation: TAPESTRY_POWER, wide: { pow($0, $1) }),
]

private let edges: [Double] = [
    0, -0.0, 1, -1, 0.5, 2, -3, 0x1p-149, -0x1p-149, 0x1p-1074, 0x1p-1022, 0x1p-126, 3e38, -3e38, 1e308, -1e308,
    1.7e308, .infinity, -.infinity, .nan,
]

/// Every pair of edges, random ones of ordinary size, near each other, and of any size.
private func operands() -> (a: [Double], b: [Double]) {
    var (a, b): ([Double], [Double]) = ([], [])
    for x in edges {
        for y in edges {
            a.append(x)
            b.append(y)
        }
    }
    var bits: UInt64 = 99
    func next() -> UInt64 {
        bits = bits &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return bits ^ bits >> 29
    }
    func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
    for _ in 0..<30_000 {
        let x = 20 * unit() - 10
        a += [x, 3 * unit(), x, Double(bitPattern: next())]
        b += [20 * unit() - 10, 3 * unit(), x + 0.01 * unit(), Double(bitPattern: next())]
    }
    return (a, b)
}

/// By how many units in the last place of `exact`, or of `scale` if that is larger, a result is off.
private func error<T: BinaryFloatingPoint>(_ result: T, _ exact: Wide, _ scale: Wide) -> Double {
    if exact.isNaN || result.isNaN { return exact.isNaN && result.isNaN ? 0 : .infinity }
    let rounded = T(exact)
    if result == rounded { return result.sign == rounded.sign ? 0 : .infinity }
    if !rounded.isFinite || !result.isFinite { return .infinity }
    return Double(abs(Wide(result) - exact) / Wide(T(max(abs(exact), scale)).ulp))
}

extension KernelTests {
    @Suite struct PairFunctions {
        @Test(arguments: 0..<functions.count) func float64(_ index: Int) {
            expectAccuracy(of: functions[index], Double.self, type: 1, bound: 4, scale: functions[index].scale)
        }

        @Test(arguments: 0..<functions.count) func float32(_ index: Int) {
            expectAccuracy(of: functions[index], Float.self, type: 0, bound: 2) { _, _ in 0 }
        }

        /// Expects results within so many units in the last place, on every instruction set.
        private func expectAccuracy<T: BinaryFloatingPoint & BitwiseCopyable>(
            of function: PairFunction, _: T.Type, type: Int32, bound: Double, scale: (Wide, Wide) -> Wide
        ) {
            let doubles = operands()
            let (a, b) = (doubles.a.map { T($0) }, doubles.b.map { T($0) })
            var results = [T](repeating: 0, count: a.count)
            for set in instructionSets {
                tapestry_binary_kernel_of(set, Int32(function.operation), type)!(
                    1, a.count, &results, 0, 1, a, 0, 1, b, 0, 1)
                var (worst, place) = (0.0, 0)
                for i in a.indices {
                    let (x, y) = (Wide(a[i]), Wide(b[i]))
                    let here = error(results[i], function.wide(x, y), scale(x, y))
                    if here > worst { (worst, place) = (here, i) }
                }
                #expect(
                    worst <= bound, "\(function.name) of \(a[place]) and \(b[place]) = \(results[place]), set \(set)")
            }
        }

        /// What NumPy gives for `remainder(a, b)`, a row for each a.
        @Test func remaindersOfSpecialValues() {
            let values = [0, -0.0, 1, -1, 3, -3, .infinity, -.infinity, .nan]
            let (nan, inf) = (Double.nan, Double.infinity)
            let wanted: [[Double]] = [
                [nan, nan, 0, -0.0, 0, -0.0, 0, -0.0, nan],
                [nan, nan, 0, -0.0, 0, -0.0, 0, -0.0, nan],
                [nan, nan, 0, -0.0, 1, -2, 1, -inf, nan],
                [nan, nan, 0, -0.0, 2, -1, inf, -1, nan],
                [nan, nan, 0, -0.0, 0, -0.0, 3, -inf, nan],
                [nan, nan, 0, -0.0, 0, -0.0, inf, -3, nan],
                Array(repeating: nan, count: 9), Array(repeating: nan, count: 9), Array(repeating: nan, count: 9),
            ]
            for (a, row) in zip(values, wanted) {
                var results = [Double](repeating: 5, count: 9)
                var singles = [Float](repeating: 5, count: 9)
                tapestry_binary_kernel(Int32(TAPESTRY_REMAINDER), 1)(1, 9, &results, 0, 1, [a], 0, 0, values, 0, 1)
                tapestry_binary_kernel(Int32(TAPESTRY_REMAINDER), 0)(
                    1, 9, &singles, 0, 1, [Float(a)], 0, 0, values.map { Float($0) }, 0, 1)
                for (i, want) in row.enumerated() {
                    #expect(error(results[i], Wide(want), 0) == 0, "remainder of \(a) by \(values[i]): \(results[i])")
                    #expect(error(singles[i], Wide(want), 0) == 0, "remainder of \(a) by \(values[i]): \(singles[i])")
                }
            }
        }

        @Test func infinitiesAndZerosOfLogAddExpAndXLogY() {
            func value(_ operation: Int, _ a: Double, _ b: Double) -> Double {
                var y = 5.0
                tapestry_binary_kernel(Int32(operation), 1)(1, 1, &y, 0, 1, [a], 0, 1, [b], 0, 1)
                return y
            }
            let inf = Double.infinity
            #expect(value(TAPESTRY_LOG_ADD_EXP, inf, inf) == inf && value(TAPESTRY_LOG_ADD_EXP, -inf, inf) == inf)
            #expect(value(TAPESTRY_LOG_ADD_EXP, -inf, -inf) == -inf && value(TAPESTRY_LOG_ADD_EXP, -inf, 3) == 3)
            #expect(value(TAPESTRY_LOG_ADD_EXP, .nan, inf).isNaN && value(TAPESTRY_LOG_ADD_EXP, 0, .nan).isNaN)
            #expect(value(TAPESTRY_LOG_ADD_EXP, 1e300, 1e300) == 1e300 && value(TAPESTRY_LOG_ADD_EXP, 0, 0) == log(2))
            for y in [0, -1, inf, 2] { #expect(value(TAPESTRY_X_LOG_Y, 0, y) == 0) }
            #expect(value(TAPESTRY_X_LOG_Y, 0, .nan).isNaN && value(TAPESTRY_X_LOG_Y, 1, -1).isNaN)
            #expect(value(TAPESTRY_X_LOG_Y, 1, 0) == -inf && value(TAPESTRY_X_LOG_Y, -0.0, 0).sign == .plus)
        }
    }
}
