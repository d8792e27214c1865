import CTapestryKernels
import Foundation
import Testing

#if arch(x86_64)
    /// Wide enough to be exact beside a double.
    private typealias Wide = Float80
#else
    private typealias Wide = Double
#endif

private struct Function: Sendable {
    let name: String
    let operation: Int32
    let inDouble: @Sendable (Double) -> Double
    let wide: @Sendable (Wide) -> Wide
    /// Where something changes: overflow, underflow, branches, special values.
    let edges: [Double]
}

private func sigmoid<T: BinaryFloatingPoint>(_ x: T, _ exponential: (T) -> T) -> T {
    x >= 0 ? 1 / (1 + exponential(-x)) : exponential(x) / (1 + exponential(x))
}

private let functions = [
    Function(
        name: "exp", operation: Int32(TAPESTRY_EXP), inDouble: { exp($0) }, wide: { exp($0) },
        edges: [-745.13, -708.4, -104, -103.3, -87.3, 88.72, 89, 709.78, 710, 0.3466, -0.3466]),
    Function(
        name: "log", operation: Int32(TAPESTRY_LOG), inDouble: { log($0) }, wide: { log($0) },
        edges: [1, 0.7071067811865476, 1.4142135623730951, 2, 0x1p-126, 0x1p-1022, 0x1p-149]),
    Function(
        name: "tanh", operation: Int32(TAPESTRY_TANH), inDouble: { tanh($0) }, wide: { tanh($0) },
        edges: [0.1733, 0.3466, -0.3466, 9.01, 9.25, -9.25, 19.06, 20, 0.22, -0.23, 0x1p-126]),
    Function(
        name: "sigmoid", operation: Int32(TAPESTRY_SIGMOID), inDouble: { sigmoid($0, exp) },
        wide: { sigmoid($0, exp) }, edges: [-104, -103.3, -87.3, -0.75, 0.3466, 16.6, 17.4, 36.7, 37.5, -745.13, -710]),
]

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
            for set in instructionSets {
                tapestry_unary_kernel_of(set, function.operation, 0)!(1, count, &outputs, 0, 1, inputs, 0, 1)
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
            for set in instructionSets {
                tapestry_unary_kernel_of(set, function.operation, 1)!(1, count, &outputs, 0, 1, inputs, 0, 1)
                var worst = 0
                var place = 0
                for i in 0..<count {
                    let distance = steps(outputs[i], wanted[i])
                    if distance > worst { (worst, place) = (distance, i) }
                }
                // Without wide numbers the reference itself may be one off.
                #expect(
                    worst <= (Wide.self == Double.self ? 3 : 2),
                    "\(function.name)(\(inputs[place])) = \(outputs[place]) ≠ \(wanted[place]), set \(set)")
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
            }
        }
    }
}
