import Foundation
import TapestryTestSupport
import Testing

@testable import TapestryAutograd

/// Derivatives of derivatives, where one perturbation must not be taken for another.
@Suite struct NestedDerivativeTests {
    /// d/dx at a number.
    private func derivative(
        at x: Tensor<Double>, _ function: (Tensor<Double>) -> Tensor<Double>
    ) -> Tensor<Double> { gradient(at: x, of: function) }

    private func expect(_ actual: Tensor<Double>, _ expected: Double, at location: SourceLocation = #_sourceLocation) {
        #expect(
            (actual.scalar - expected).magnitude <= 1e-12 * max(1, expected.magnitude),
            "\(actual.scalar), not \(expected)", sourceLocation: location)
    }

    // MARK: Perturbation confusion

    @Test func theInnerDerivativeDoesNotSeeTheOuterVariable() {
        // d/dx (x · d/dy (x + y)) = d/dx (x · 1) = 1
        let result = derivative(at: Tensor(3)) { x in x * derivative(at: Tensor(2)) { y in x + y } }
        expect(result, 1)
    }

    @Test func theInnerDerivativeAtTheOuterVariable() {
        // d/dx (x · d/dy (x · y) at y = x) = d/dx x² = 2x
        let result = derivative(at: Tensor(3)) { x in x * derivative(at: x) { y in x * y } }
        expect(result, 6)
    }

    @Test func theOuterVariableThroughAFunctionOfTheInner() {
        // f(x) = d/dy (sin-like: tanh(x y)) at y = 1: x (1 − tanh²x); f' in closed form.
        let x = 0.7
        let result = derivative(at: Tensor(x)) { x in derivative(at: Tensor(1)) { y in tanh(x * y) } }
        let slope = 1 - tanh(x) * tanh(x)
        expect(result, slope - 2 * x * tanh(x) * slope)
    }

    @Test func threeLevelsWithCapturedValues() {
        // d/dx [x · d/dy (y² · d/dz (x y z³) at z = y)] at y = x:
        // inner: 3 x y³ (z = y), times y²: 3 x y⁵, d/dy: 15 x y⁴ at y = x: 15 x⁵, times x: 15 x⁶, d/dx: 90 x⁵
        let result = derivative(at: Tensor(1.3)) { x in
            x * derivative(at: x) { y in y * y * derivative(at: y) { z in x * y * z * z * z } }
        }
        // d/dy with x held: the z-derivative's x is captured from outside of y.
        expect(result, 90 * pow(1.3, 5))
    }

    @Test(arguments: [true, false])
    func anOuterValueAddedToAProductOfInnerOnes(isFirst: Bool) {
        // d/dy (y + z²)² at y = x and z = 2: 2 (x + 4); d/dx: 2. The product z z is of the inner level alone.
        let z = Tensor<Double>(2)
        let result = derivative(at: Tensor(1.1)) { x in
            let inner = gradient(at: [x, z]) { (y: [Tensor<Double>]) in
                let sum = isFirst ? y[0] + y[1] * y[1] : y[1] * y[1] + y[0]
                return square(sum)
            }
            return inner[0]
        }
        expect(result, 2)
    }

    @Test func anOuterValueThatWasComputedBeforeTheInnerDerivative() {
        // g = x³ is computed outside; d/dy (g · y²) = 2 g y at y = x²: 2 x⁵; d/dx: 10 x⁴
        let result = derivative(at: Tensor(1.1)) { x in
            let g = x * x * x
            return derivative(at: x * x) { y in g * y * y }
        }
        expect(result, 10 * pow(1.1, 4))
    }

    @Test func theInnerDerivativeOfAnOuterConstantIsZero() {
        let result = derivative(at: Tensor(2)) { x in x * x + derivative(at: Tensor(1)) { _ in x * x * x } }
        expect(result, 4)
    }

    @Test func siblingsDoNotMix() {
        // d/dx [d/dy (x y) · d/dz (x² z)] = d/dx (x · x²) = 3x²
        let result = derivative(at: Tensor(2)) { x in
            derivative(at: Tensor(5)) { y in x * y } * derivative(at: Tensor(7)) { z in x * x * z }
        }
        expect(result, 12)
    }

    @Test func anIntermediateOfASiblingIsAConstantInTheNext() {
        // The first inner derivative's y leaks; the second must take it as a number.
        let result = derivative(at: Tensor(2)) { x in
            var leaked = Tensor(0.0)
            let first = derivative(at: x) { y in
                leaked = y * y
                return y * y
            }
            // leaked = x² still depends on x (its inner tape is gone, the outer is not).
            return first + derivative(at: Tensor(3)) { z in leaked * z }
        }
        // d/dx (2x + x²) = 2 + 2x
        expect(result, 6)
    }

    // MARK: Higher orders

    @Test(arguments: 1...5)
    func powersToTheirOrder(_ order: Int) {
        func nth(_ order: Int, _ x: Tensor<Double>) -> Tensor<Double> {
            order == 0 ? x * x * x * x * x : derivative(at: x) { nth(order - 1, $0) }
        }
        let coefficient = (0..<order).reduce(1.0) { $0 * Double(5 - $1) }
        expect(nth(order, Tensor(1.2)), coefficient * pow(1.2, Double(5 - order)))
    }

    @Test(arguments: 0...4)
    func tanhAndExponentials(_ order: Int) {
        let x = 0.4
        func nth(_ order: Int, _ x: Tensor<Double>, _ f: (Tensor<Double>) -> Tensor<Double>) -> Tensor<Double> {
            order == 0 ? f(x) : derivative(at: x) { nth(order - 1, $0, f) }
        }
        func check(_ closedForms: [Double], _ function: (Tensor<Double>) -> Tensor<Double>) {
            expect(nth(order, Tensor(x), function), closedForms[order])
        }

        let t = tanh(x)
        let s = 1 - t * t
        check([t, s, -2 * t * s, 4 * t * t * s - 2 * s * s, 16 * t * s * s - 8 * t * t * t * s]) { tanh($0) }
        let y = 1 / (1 + exp(-x))
        let v = y * (1 - y)
        let w = 1 - 2 * y
        check([y, v, v * w, v * (w * w - 2 * v), v * w * (w * w - 8 * v)]) { sigmoid($0) }
        check([1, 2, 4, 8, 16].map { $0 * exp(2 * x) }) { exp(2 * $0) }
        check([log(x), 1 / x, -1 / (x * x), 2 / (x * x * x), -6 / (x * x * x * x)]) { log($0) }
        check((0..<5).map { [1, -1, 2, -6, 24][$0] / pow(x, Double($0 + 1)) }) { 1 / $0 }
        check((0..<5).map { [1, 2.5, 3.75, 1.875, -0.9375][$0] * pow(x, 2.5 - Double($0)) }) { pow($0, 2.5) }
    }

    @Test func theThirdOrderThroughSlicesRowsAndConcatenation() {
        // Σ over three copies of x³, each through another structure: third derivative 6 for each copy.
        let x = Tensor<Double>([[0.5, 1.5], [2, -1], [1, 3]])
        func cubes(_ x: Tensor<Double>) -> Tensor<Double> {
            let rows = x.split([1, 2])
            let sliced = concatenate([rows[1], rows[0]]) + concatenate([x[1...], x[..<1]])
            let gathered = x.rows(at: Tensor([1, 2, 0]))
            return (sliced * gathered * stack([x[1], x[2], x[0]])).sum()
        }
        let third = gradient(at: x) { x in
            gradient(at: x) { x in gradient(at: x) { cubes($0) }.sum() }.sum()
        }
        #expect(third.isClose(to: Tensor(repeating: 12, shape: [3, 2]), relativeTolerance: 1e-12))
    }

    @Test func hessianOfAQuadraticForm() {
        // ∇ xᵀAx = (A + Aᵀ) x, and its derivative along v is (A + Aᵀ) v.
        var generator = SeededGenerator(seed: 1)
        let a = Tensor(shape: [3, 3], scalars: generator.numbers(9))
        let (x, v) = (Tensor(generator.numbers(3)), Tensor(generator.numbers(3)))
        let product = gradient(at: x) { x in (gradient(at: x) { matmul(matmul($0, a), $0) } * v).sum() }
        #expect(product.isClose(to: matmul(a + a.transposed(), v), relativeTolerance: 1e-12))
    }

    @Test func vjpInsideAGradient() {
        // L(x) = ⟨J(x)ᵀ c, v⟩ for f = x³: Σ 3x² c v; ∇: 6 x c v
        let (x, c, v) = (Tensor([1.0, 2, 3]), Tensor([0.5, -1, 2]), Tensor([1.0, 3, -2]))
        let result = gradient(at: x) { x in (vjp(at: x) { $0 * $0 * $0 }.pullback(c) * v).sum() }
        #expect(result.isClose(to: 6 * x * c * v, relativeTolerance: 1e-12))
    }

    @Test func thePullbackIsDifferentiableInItsCotangent() {
        // ⟨Jᵀ c, v⟩ is linear in c with the slope J v: forward mode out of two reverse passes.
        let (x, v) = (Tensor([0.3, -0.2]), Tensor([2.0, 5]))
        let pullback = vjp(at: x) { exp($0) }.pullback
        let jvp = gradient(at: Tensor([0.0, 0])) { c in (pullback(c) * v).sum() }
        #expect(jvp.isClose(to: exp(x) * v, relativeTolerance: 1e-12))
    }

    // MARK: Constants

    @Test func whatLeavesTheClosureIsAConstant() {
        var state = Tensor(1.0)
        // Truncated back-propagation: every window's gradient sees its own step only.
        for _ in 0..<3 {
            let slope = gradient(at: Tensor(2.0)) { weight in
                state = state * weight
                return state
            }
            #expect(!state.isTracked)
            expect(slope, state.scalar / 2)
        }
        expect(state, 8)
    }

    @Test func withoutDerivativeCutsThePath() {
        expect(derivative(at: Tensor(3)) { x in x * x.withoutDerivative() }, 3)
        expect(derivative(at: Tensor(3)) { x in x * (x * x).withoutDerivative() }, 9)
    }

    @Test func trackingIsSeenInsideAndGoneOutside() {
        let x = Tensor<Float>([1, 2])
        #expect(!x.isTracked)
        var leaked: Tensor<Float>?
        _ = gradient(at: x) { x in
            #expect(x.isTracked)
            #expect((x * 2).isTracked)
            #expect(!(x .> 1).isTracked)
            #expect(!x.converted(to: Int32.self).isTracked)
            #expect(!sign(x).isTracked)
            leaked = x * 3
            return x.sum()
        }
        #expect(leaked?.isTracked == false)
        #expect(leaked?.scalars == [3, 6])
        #expect((leaked! * x).scalars == [3, 12])
    }

    /// A step of gradient descent inside of a function that is differentiated by what the step started from and by its
    /// learning rate.
    @Test func aGradientStepInsideOfADerivative() {
        // L(w) = (w − 3)² / 2: one step of rate r from w is w − r (w − 3); its loss is (1 − r)² (w − 3)² / 2.
        func loss(_ w: Tensor<Double>) -> Tensor<Double> { square(w - 3) / 2 }
        let (w, r) = (Tensor(1.0), Tensor(0.25))
        let slopes = gradient(at: w, r) { w, r in loss(w - r * gradient(at: w, of: loss)) }
        #expect((slopes.0.scalar - 0.5625 * -2).magnitude < 1e-12)
        #expect((slopes.1.scalar + 0.75 * 4).magnitude < 1e-12)
        // And forward through the step.
        let tangent = jvp(at: r, along: Tensor(1)) { r in loss(w - r * gradient(at: w, of: loss)) }.tangent
        #expect((tangent.scalar + 0.75 * 4).magnitude < 1e-12)
    }

    // MARK: Digits

    /// Second derivatives that vanish at 0 have all their digits next to it, where 1 − x² is 1, and next to 1 as well.
    @Test func secondDerivativesOfInverseFunctionsKeepTheirDigits() {
        for x in [1e-200, -1e-20, 1e-9, -3e-5, 0.4, -0.9375, 1 - 0x1p-40] {
            let complement = (1 - x) * (1 + x)
            let slope = x / (complement * complement.squareRoot())
            let expected = [slope, -slope, 2 * x / (complement * complement)]
            let third = (1 + 2 * x * x) / (complement * complement * complement.squareRoot())
            let functions: [(Tensor<Double>) -> Tensor<Double>] = [{ asin($0) }, { acos($0) }, { atanh($0) }]
            for (function, expected) in zip(functions, expected) {
                let reverse = derivative(at: Tensor(x)) { derivative(at: $0, function) }.scalar
                #expect(abs(reverse - expected) <= 1e-14 * abs(expected), "\(reverse), not \(expected), at \(x)")
                let forward = jvp(at: Tensor(x), along: Tensor(1)) { x in
                    jvp(at: x, along: Tensor(1), of: function).tangent
                }.tangent.scalar
                #expect(abs(forward - expected) <= 1e-14 * abs(expected), "\(forward), not \(expected), at \(x)")
            }
            expect(derivative(at: Tensor(x)) { derivative(at: $0) { derivative(at: $0) { asin($0) } } }, third)
        }
        #expect(derivative(at: Tensor(1)) { derivative(at: $0) { asin($0) } }.scalar == .infinity)
        #expect(derivative(at: Tensor(-1)) { derivative(at: $0) { acos($0) } }.scalar == .infinity)
    }
}
