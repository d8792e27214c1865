import CTapestryKernels
import Foundation
import TapestryTestSupport
import Testing

private func inverseErf(_ inputs: [Double]) -> [Double] {
    var outputs = [Double](repeating: 0, count: inputs.count)
    tapestry_unary_kernel(Int32(TAPESTRY_INVERSE_ERF), 1)(1, inputs.count, &outputs, 0, 1, inputs, 0, 1)
    return outputs
}

/// The order is one number for all elements.
private func polygamma(_ order: Double, _ inputs: [Double]) -> [Double] {
    var outputs = [Double](repeating: 0, count: inputs.count)
    tapestry_binary_kernel(Int32(TAPESTRY_POLYGAMMA), 1)(
        1, inputs.count, &outputs, 0, 1, [order], 0, 0, inputs, 0, 1)
    return outputs
}

private func polygamma(_ order: Float, _ inputs: [Float]) -> [Float] {
    var outputs = [Float](repeating: 0, count: inputs.count)
    tapestry_binary_kernel(Int32(TAPESTRY_POLYGAMMA), 0)(
        1, inputs.count, &outputs, 0, 1, [order], 0, 0, inputs, 0, 1)
    return outputs
}

private let cases = Result { try GoldenFile(named: "special-functions").cases }

extension KernelTests {
    @Suite struct SpecialFunctions {
        @Test func inverseErfAgreesWithTheGoldens() throws {
            let golden = try #require(cases.get().first { $0.operation == "erfinv" })
            let (inputs, wanted) = (golden.inputs[0].scalars, golden.outputs[0].scalars)
            for (x, (y, exact)) in zip(inputs, zip(inverseErf(inputs), wanted)) {
                #expect(abs(y - exact) <= 2 * exact.ulp, "inverse erf of \(x): \(y) ≠ \(exact)")
            }
        }

        /// How far erf(y) is from x says how far y is off: near 1, where there is more to be seen, by 1 − erf(y).
        @Test func erfTakesItsInverseBack() {
            var inputs: [Double] = []
            for i in 1..<20_000 {
                inputs += [Double(i) / 20_000, 1 - exp(Double(-i) / 550), exp(Double(-i) / 30)]
            }
            let wholes = inputs.filter { $0 < 1 }
            for (x, y) in zip(wholes, inverseErf(wholes)) {
                let (target, at) = (Wide(x), Wide(y))
                let excess = x < 0.5 ? erf(at) - target : (1 - target) - erfc(at)
                let error = excess * exp(at * at) * Wide.pi.squareRoot() / 2
                let bound = Wide.self == Double.self ? 6.0 : 2.0
                if abs(error) > Wide(bound * y.ulp) {
                    Issue.record("inverse erf of \(x): \(y) is off by \(Double(error) / y.ulp) units")
                    return
                }
            }
            #expect(inverseErf(wholes.map { -$0 }) == inverseErf(wholes).map { -$0 })
        }

        @Test func inverseErfAtTheEdges() {
            let values = inverseErf([0, -0.0, 1, -1, 1.5, -.infinity, .nan, 0x1p-1074])
            #expect(values[0] == 0 && values[1].bitPattern == (-0.0).bitPattern)
            #expect(values[2] == .infinity && values[3] == -.infinity)
            #expect(values[4].isNaN && values[5].isNaN && values[6].isNaN && values[7] == 0x1p-1074)
        }

        @Test func polygammaAgreesWithTheGoldens() throws {
            let goldens = try cases.get().filter { $0.operation == "polygamma" }
            #expect(goldens.count >= 10)
            for golden in goldens {
                let order = try #require(golden.attributes["order"]?.value(as: Double.self))
                let (inputs, wanted) = (golden.inputs[0].scalars, golden.outputs[0].scalars)
                for (x, (y, exact)) in zip(inputs, zip(polygamma(order, inputs), wanted)) {
                    // Digamma has zeros, around which it is a difference of numbers about 1.
                    let scale = order == 0 ? max(1, abs(exact)) : abs(exact)
                    #expect(
                        abs(y - exact) <= (3e-15 + 5e-17 * order) * scale, "polygamma \(order) of \(x): \(y) ≠ \(exact)"
                    )
                }
                let singles = inputs.map { Float($0) }
                let inSingle = polygamma(Float(order), singles)
                let inDouble = polygamma(order, singles.map { Double($0) }).map { Float($0) }
                #expect(inSingle == inDouble, "\(golden.name) in float32")
            }
        }

        /// ψ⁽ⁿ⁾(x + 1) = ψ⁽ⁿ⁾(x) + (−1)ⁿ n! / xⁿ⁺¹, on both sides of 0, from one range of the computation to the next.
        @Test func polygammaObeysItsRecurrence() {
            let inputs = (1..<3000).map { Double($0) * 0.0137 - 20 }
            for order in 0...6 {
                let n = Double(order)
                let (here, next) = (polygamma(n, inputs), polygamma(n, inputs.map { $0 + 1 }))
                for (i, x) in inputs.enumerated() {
                    let term = (order % 2 == 0 ? 1 : -1) * tgamma(n + 1) / pow(x, n + 1)
                    let scale = max(1, abs(here[i]), abs(term))
                    // x + 1 is rounded, which is felt near a pole.
                    let nearness = abs(x - x.rounded())
                    let bound = 1e-13 + (n + 1) * 4e-15 / nearness
                    if abs(here[i] + term - next[i]) > bound * scale {
                        Issue.record("polygamma \(order) of \(x): \(here[i]) + \(term) ≠ \(next[i])")
                        return
                    }
                }
            }
        }

        /// As scipy.special has them.
        @Test func polygammaAtItsPolesAndEdges() {
            let points = [0, -0.0, -1, -2, -1e300, .infinity, .nan, -.infinity]
            func agree(_ order: Double, _ wanted: [Double]) {
                for (x, (y, exact)) in zip(points, zip(polygamma(order, points), wanted)) {
                    #expect(y == exact || (y.isNaN && exact.isNaN), "polygamma \(order) of \(x): \(y) ≠ \(exact)")
                }
            }
            let infinity = Double.infinity
            agree(0, [-infinity, infinity, .nan, .nan, .nan, infinity, .nan, .nan])
            for order in [1, 3, 171] as [Double] {
                agree(order, [infinity, infinity, infinity, infinity, infinity, 0, .nan, infinity])
            }
            for order in [2, 4, 200] as [Double] {
                agree(order, [-infinity, -infinity, -infinity, -infinity, -infinity, 0, .nan, -infinity])
            }
            for order in [-1, 0.5, .nan, .infinity, 0x1p25] { #expect(polygamma(order, [2])[0].isNaN) }
            // Where a factor or a term lies beyond the type and the whole does not, or the other way round.
            let trigamma = polygamma(1, [1e200, 1e307, 1e-200, 1e300])
            #expect(abs(trigamma[0] * 1e200 - 1) < 1e-15 && abs(trigamma[1] * 1e307 - 1) < 1e-15)
            #expect(trigamma[2] == infinity && abs(trigamma[3] * 1e300 - 1) < 1e-15)
            #expect(polygamma(300, [2.5, -2.5, -2.4, -2.6, 1e6]) == [-infinity, -infinity, infinity, -infinity, 0])
            #expect(polygamma(301, [2.5, -2.5, -2.4, -2.6]) == [infinity, infinity, infinity, infinity])
        }
    }
}
