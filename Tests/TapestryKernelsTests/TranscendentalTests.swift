import CTapestryKernels
import Foundation
import Testing

private struct Function: Sendable {
    let name: String
    let operation: Int
    /// Units in the last place that a double may be off.
    let bound: Int
    let inDouble: @Sendable (Double) -> Double
    let wide: @Sendable (Wide) -> Wide
    /// Where something changes: overflow, underflow, branches, special values.
    let edges: [Double]
    /// One kernel serves all instruction sets, so the first is enough.
    var isTheLibrarys = false
    var sets: [Int32] { isTheLibrarys ? [instructionSets[0]] : instructionSets }

    init(
        _ name: String, _ operation: Int, bound: Int = 2, _ inDouble: @escaping @Sendable (Double) -> Double,
        _ wide: @escaping @Sendable (Wide) -> Wide, edges: [Double]
    ) {
        (self.name, self.operation, self.bound) = (name, operation, bound)
        (self.inDouble, self.wide, self.edges) = (inDouble, wide, edges)
    }
}

private func sigmoid<T: BinaryFloatingPoint>(_ x: T, _ exponential: (T) -> T) -> T {
    x >= 0 ? 1 / (1 + exponential(-x)) : exponential(x) / (1 + exponential(x))
}

private let ours = [
    Function(
        "exp", TAPESTRY_EXP, { exp($0) }, { exp($0) },
        edges: [-745.13, -708.4, -104, -103.3, -87.3, 88.72, 89, 709.78, 710, 0.3466, -0.3466]),
    Function(
        "expm1", TAPESTRY_EXPM1, { expm1($0) }, { expm1($0) },
        edges: [0x1p-25, 0x1p-54, -0x1p-54, -16.6, -17.4, -20, -36.7, -37.5, -40, 0.3466, -0.3466, 88.72, 89, 709.78]),
    Function(
        "log", TAPESTRY_LOG, { log($0) }, { log($0) },
        edges: [1, 0.7071067811865476, 1.4142135623730951, 2, 0x1p-126, 0x1p-1022, 0x1p-149]),
    Function(
        "log1p", TAPESTRY_LOG1P, { log1p($0) }, { log1p($0) },
        edges: [
            -1, -0.2928932188134524, 0.4142135623730951, -0.5, 1, 0x1p24, 0x1p53, 0x1p-25, 0x1p-54, -0x1p-54, 0x1p-23,
            0x1p-52, -0x1p-53, 0x1p-1022,
        ]),
    Function(
        "log2", TAPESTRY_LOG2, { log2($0) }, { log2($0) },
        edges: [1, 0.7071067811865476, 1.4142135623730951, 2, 1024, 0x1p-126, 0x1p-1022, 0x1p-149]),
    Function(
        "tanh", TAPESTRY_TANH, { tanh($0) }, { tanh($0) },
        edges: [0.1733, 0.3466, -0.3466, 9.01, 9.25, -9.25, 19.06, 20, 0.22, -0.23, 0x1p-126]),
    Function(
        "sigmoid", TAPESTRY_SIGMOID, { sigmoid($0, exp) }, { sigmoid($0, exp) },
        edges: [-104, -103.3, -87.3, -0.75, 0.3466, 16.6, 17.4, 36.7, 37.5, -745.13, -710]),
    Function(
        "reciprocal square root", TAPESTRY_RECIPROCAL_SQUARE_ROOT, { 1 / $0.squareRoot() }, { 1 / $0.squareRoot() },
        edges: [1, 4, 0x1p-126, 0x1p-1022]),
]

private let theLibrarys = [
    Function("log10", TAPESTRY_LOG10, bound: 4, { log10($0) }, { log10($0) }, edges: [1, 10, 1000, 1e22, 0x1p-1022]),
    Function("sin", TAPESTRY_SIN, bound: 4, { sin($0) }, { sin($0) }, edges: [.pi, -.pi, .pi / 2, 1e22, 0x1p-126]),
    Function("cos", TAPESTRY_COS, bound: 4, { cos($0) }, { cos($0) }, edges: [.pi, -.pi, .pi / 2, 1e22, 0x1p-126]),
    Function("tan", TAPESTRY_TAN, bound: 4, { tan($0) }, { tan($0) }, edges: [.pi, -.pi, .pi / 2, 1e22, 0x1p-126]),
    Function("asin", TAPESTRY_ASIN, bound: 4, { asin($0) }, { asin($0) }, edges: [0.5, 1, -1, 0x1p-126]),
    Function("acos", TAPESTRY_ACOS, bound: 4, { acos($0) }, { acos($0) }, edges: [0.5, 1, -1, 0x1p-126]),
    Function("atan", TAPESTRY_ATAN, bound: 4, { atan($0) }, { atan($0) }, edges: [1, -1, 0.4375, 1e16, 0x1p-126]),
    Function(
        "sinh", TAPESTRY_SINH, bound: 4, { sinh($0) }, { sinh($0) }, edges: [1, -22, 89.4, 709.78, 710.4, -710.5]),
    Function(
        "cosh", TAPESTRY_COSH, bound: 4, { cosh($0) }, { cosh($0) }, edges: [1, -22, 89.4, 709.78, 710.4, -710.5]),
    Function(
        "asinh", TAPESTRY_ASINH, bound: 4, { asinh($0) }, { asinh($0) }, edges: [2, -0.1, 0x1p28, 0x1p-28, 1e300]),
    Function("acosh", TAPESTRY_ACOSH, bound: 4, { acosh($0) }, { acosh($0) }, edges: [1, 1.0001, 2, 0x1p28, 1e300]),
    Function("atanh", TAPESTRY_ATANH, bound: 4, { atanh($0) }, { atanh($0) }, edges: [1, -1, 0.5, 0x1p-28]),
    Function("erf", TAPESTRY_ERF, bound: 4, { erf($0) }, { erf($0) }, edges: [0.84375, 1.25, 2.857, -6, 0x1p-28]),
    Function(
        "erfc", TAPESTRY_ERFC, bound: 5, { erfc($0) }, { erfc($0) },
        edges: [0.84375, 1.25, 2.857, 10.05, 26.5, 27.2, -6]),
    Function(
        "log |Γ|", TAPESTRY_LOG_GAMMA, bound: 5, { lgamma($0).0 }, { lgamma($0).0 },
        edges: [1, 2, 3, -1, -2, -0.5, -2.4570247382208006, -3.1435808883499798, 4.06e36, 2.55e305, 0x1p-149]),
]

private let functions =
    ours
    + theLibrarys.map { function in
        var function = function
        function.isTheLibrarys = true
        return function
    }

private let specials: [Double] = [
    0, -0.0, .infinity, -.infinity, .nan, 1, -1, 0x1p-149, -0x1p-149, 0x1p-1074, -0x1p-1074, 0x1p-126, -0x1p-126,
    0x1.fffffep127, -0x1.fffffep127, 0x1.fffffffffffffp1023, -0x1.fffffffffffffp1023,
]

/// The number of representable values between two of the same sign.
private func steps(_ a: Float, _ b: Float) -> Int {
    if a.isNaN || b.isNaN { return a.isNaN == b.isNaN ? 0 : .max }
    if a.sign != b.sign { return .max }
    return abs(Int(a.bitPattern) - Int(b.bitPattern))
}

private func steps(_ a: Double, _ b: Double) -> Int {
    if a.isNaN || b.isNaN { return a.isNaN == b.isNaN ? 0 : .max }
    if a.sign != b.sign { return .max }
    return abs(Int(a.magnitude.bitPattern) - Int(b.magnitude.bitPattern))
}

extension KernelTests {
    @Suite struct Transcendentals {
        /// Evenly over all bit patterns, and densely around the edges.
        private func floatInputs(_ function: Function) -> [Float] {
            var inputs = specials.map { Float($0) }
            for edge in function.edges {
                let middle = Int(Float(edge).bitPattern)
                for offset in -1500...1500 { inputs.append(Float(bitPattern: UInt32(max(0, middle + offset)))) }
            }
            var bits: UInt32 = 12345
            repeat {
                inputs.append(Float(bitPattern: bits))
                bits &+= 4099
            } while bits >= 4099
            return inputs
        }

        @Test(arguments: 0..<functions.count) func float32(_ index: Int) {
            let function = functions[index]
            let inputs = floatInputs(function)
            let count = inputs.count
            var outputs = [Float](repeating: 0, count: count)
            let wanted = inputs.map { Float(function.inDouble(Double($0))) }
            for set in function.sets {
                tapestry_unary_kernel_of(set, Int32(function.operation), 0)!(1, count, &outputs, 0, 1, inputs, 0, 1)
                if memcmp(outputs, wanted, 4 * count) == 0 { continue }
                var worst = 0
                var place = 0
                for i in 0..<count where outputs[i].bitPattern != wanted[i].bitPattern {
                    let distance = steps(outputs[i], wanted[i])
                    if distance > worst { (worst, place) = (distance, i) }
                }
                #expect(
                    worst <= 2,
                    "\(function.name)(\(inputs[place])) = \(outputs[place]) ≠ \(wanted[place]), set \(set)")
            }
        }

        @Test(arguments: 0..<functions.count) func float64(_ index: Int) {
            let function = functions[index]
            var inputs = specials
            for edge in function.edges {
                let middle = Int(edge.magnitude.bitPattern)
                for offset in -300...300 {
                    for scale in [1, 1 << 28] {
                        let x = Double(bitPattern: UInt64(max(0, middle + offset * scale)))
                        inputs.append(edge < 0 ? -x : x)
                    }
                }
            }
            // Every magnitude, and the range where the functions bend.
            var bits: UInt64 = 77
            for i in 0..<60_000 {
                bits = bits &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                inputs.append(Double(bitPattern: bits))
                let unit = Double(bits >> 11) * 0x1p-53
                inputs.append((unit - 0.5) * [1.0, 8, 80, 1600][i % 4])
                inputs.append(unit * 3)
            }
            let count = inputs.count
            var outputs = [Double](repeating: 0, count: count)
            let wanted = inputs.map { Double(function.wide(Wide($0))) }
            for set in function.sets {
                tapestry_unary_kernel_of(set, Int32(function.operation), 1)!(1, count, &outputs, 0, 1, inputs, 0, 1)
                var worst = 0
                var place = 0
                for i in 0..<count {
                    let distance = steps(outputs[i], wanted[i])
                    if distance > worst { (worst, place) = (distance, i) }
                }
                // Without wide numbers the reference itself may be one off.
                #expect(
                    worst <= (Wide.self == Double.self ? function.bound + 1 : function.bound),
                    "\(function.name)(\(inputs[place])) = \(outputs[place]) ≠ \(wanted[place]), set \(set)")
            }
        }

        @Test func oneKernelOfTheLibraryServesAllInstructionSets() {
            for function in functions {
                for type: Int32 in 0...1 {
                    let kernels = instructionSets.map {
                        unsafeBitCast(
                            tapestry_unary_kernel_of($0, Int32(function.operation), type), to: UnsafeRawPointer?.self)
                    }
                    #expect(Set(kernels).count == (function.isTheLibrarys ? 1 : kernels.count), "\(function.name)")
                }
            }
        }

        @Test func exactValues() {
            for set in instructionSets {
                func value(_ operation: Int, _ x: Float) -> Float {
                    var y: Float = 5
                    tapestry_unary_kernel_of(set, Int32(operation), 0)!(1, 1, &y, 0, 1, [x], 0, 1)
                    return y
                }
                #expect(value(TAPESTRY_EXP, 0) == 1 && value(TAPESTRY_EXP, -.infinity) == 0)
                #expect(value(TAPESTRY_LOG, 1) == 0 && value(TAPESTRY_LOG, 0) == -.infinity)
                #expect(value(TAPESTRY_LOG, -0.0) == -.infinity && value(TAPESTRY_LOG, -1).isNaN)
                #expect(value(TAPESTRY_TANH, -0.0).bitPattern == Float(-0.0).bitPattern)
                #expect(value(TAPESTRY_TANH, .infinity) == 1 && value(TAPESTRY_TANH, -.infinity) == -1)
                #expect(value(TAPESTRY_SIGMOID, 0) == 0.5 && value(TAPESTRY_SIGMOID, -.infinity) == 0)
                #expect(value(TAPESTRY_SIGMOID, -100) == Float(exp(-100.0)))
                #expect(value(TAPESTRY_EXPM1, -.infinity) == -1 && value(TAPESTRY_EXPM1, -0.0).sign == .minus)
                #expect(value(TAPESTRY_LOG1P, -1) == -.infinity && value(TAPESTRY_LOG1P, -0.0).sign == .minus)
                #expect(value(TAPESTRY_LOG1P, -1.5).isNaN && value(TAPESTRY_RECIPROCAL_SQUARE_ROOT, -1).isNaN)
                #expect(value(TAPESTRY_RECIPROCAL_SQUARE_ROOT, -0.0) == -.infinity)
            }
        }

        @Test func log2IsExactForPowersOfTwo() {
            let exponents = (-1074...1023).map { Double($0) }
            let powers = exponents.map { exp2($0) }
            for set in instructionSets {
                var results = powers
                tapestry_unary_kernel_of(set, Int32(TAPESTRY_LOG2), 1)!(
                    1, powers.count, &results, 0, 1, powers, 0, 1)
                #expect(results == exponents)
                var singles = powers.map { Float($0) }
                tapestry_unary_kernel_of(set, Int32(TAPESTRY_LOG2), 0)!(
                    1, powers.count, &singles, 0, 1, powers.map { Float($0) }, 0, 1)
                #expect(singles[925..<1202].elementsEqual(exponents[925..<1202].map { Float($0) }))
            }
        }
    }
}
