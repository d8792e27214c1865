import TapestryTestSupport
import Testing

@testable import TapestryAutograd

/// Functions with derivatives of their own.
@Suite struct CustomGradientTests {
    private func straightThrough(_ x: Tensor<Double>) -> Tensor<Double> {
        withCustomGradient(named: "straight-through", at: x) {
            sign($0)
        } pullback: { g, _, _ in
            2 * g
        }
    }

    @Test func theDerivativeIsTheOneThatWasGiven() {
        let x = Tensor<Double>([1, -2, 3])
        #expect(straightThrough(x) == Tensor([1, -1, 1]))
        #expect(gradient(at: x) { (straightThrough($0) * Tensor([1, 2, 3])).sum() } == Tensor([2, 4, 6]))
        #expect(jvp(at: x, along: Tensor([1, 10, 100])) { straightThrough($0) }.tangent == Tensor([2, 20, 200]))
        #expect(jacobian(at: x, direction: .forward) { straightThrough($0) } == 2 * Tensor<Double>.identity(3))
        #expect(jacobian(at: x, direction: .reverse) { straightThrough($0) } == 2 * Tensor<Double>.identity(3))
        // Linear as it claims to be, so the second derivative is zero.
        #expect(hessian(at: x) { straightThrough($0).sum() } == .zeros([3, 3]))
    }

    @Test func thePullbackRunsOnceForAllOperands() {
        let runs = Counter()
        let gradients = gradient(at: [Tensor<Double>([1, 2]), Tensor([3, 4]), Tensor([5, 6])]) { leaves in
            withCustomGradient(named: "f", at: leaves) {
                $0[0] + $0[1] + $0[2]
            } pullback: { g, _, _ in
                runs.count += 1
                return [g, 2 * g, 3 * g]
            }.sum()
        }
        #expect(gradients == [Tensor([1, 1]), Tensor([2, 2]), Tensor([3, 3])])
        #expect(runs.count == 1)
    }

    private final class Counter: @unchecked Sendable { var count = 0 }

    /// The implicit function theorem: x* = cos-like(x*, a), whose derivative needs no step of the iteration.
    @Test func aFixedPointByTheImplicitFunctionTheorem() {
        /// x = tanh(a x + 1) / 2
        @Sendable func map(_ x: Tensor<Double>, _ a: Tensor<Double>) -> Tensor<Double> { tanh(a * x + 1) / 2 }
        @Sendable func solved(_ a: Tensor<Double>) -> Tensor<Double> {
            withCustomGradient(named: "fixed point", at: a) { a in
                var x = Tensor(0.5)
                for _ in 0..<200 { x = map(x, a) }
                return x
            } pullback: { g, x, a in
                // dx/da = (∂f/∂a) / (1 − ∂f/∂x)
                let slopes = gradient(at: x, a) { map($0, $1) }
                return g * slopes.1 / (1 - slopes.0)
            }
        }
        func iterated(_ a: Tensor<Double>) -> Tensor<Double> {
            var x = Tensor(0.5)
            for _ in 0..<200 { x = map(x, a) }
            return x
        }
        let a = Tensor(0.7)
        let implicit = gradient(at: a) { solved($0) }.scalar
        let unrolled = gradient(at: a) { iterated($0) }.scalar
        #expect((implicit - unrolled).magnitude < 1e-12)
        let step = 1e-4
        let difference = (iterated(a + step).scalar - iterated(a - step).scalar) / (2 * step)
        #expect((implicit - difference).magnitude < 1e-8)
    }

    /// A tape of one's own still records while it is walked.
    @Test func whatThePullbackReadsFromOutsideIsAConstant() {
        func twice(_ x: Tensor<Double>, _ factor: Tensor<Double>) -> Tensor<Double> {
            withCustomGradient(named: "f", at: x) {
                3 * $0
            } pullback: { g, _, _ in
                g * factor * factor
            }
        }
        let tape = Tape(recording: .full)
        let x = tape.watch(Tensor(5.0))
        let y = twice(x, x) * x
        let count = tape.recordCount
        let slope = tape.gradient(of: y, at: x)
        #expect(slope.scalar == 25 * 5 + 15 && !slope.isTracked && tape.recordCount == count)
        let nested = gradient(at: Tensor(5.0)) { x in gradient(at: x) { twice($0, x) } }
        #expect(nested.scalar == 10, "of the outer derivative it is no constant")
        #expect(jvp(at: Tensor(5.0), along: Tensor(1.0)) { twice($0, $0) }.tangent.scalar == 25)
    }

    /// Each walk takes its own cotangents, though a walk further in has asked for those of other operands before.
    @Test func operandsOnTwoLevels() {
        // x y², by a pullback that gives both.
        func product(_ x: Tensor<Double>, _ y: Tensor<Double>) -> Tensor<Double> {
            withCustomGradient(named: "product", at: [x, y], of: { $0[0] * $0[1] * $0[1] }) { g, _, x in
                [g * x[1] * x[1], 2 * g * x[0] * x[1]]
            }
        }
        let x = Tensor(1.5)
        // d/dy (3 x y² + y²) = 6 x y + 2 y
        let slope = gradient(at: Tensor(0.5)) { y in
            let inner = valueAndGradient(at: x) { product($0, y) }
            return 3 * inner.value + inner.gradient
        }
        #expect((slope.scalar - 5.5).magnitude < 1e-14)
    }

    @Test func itsNameStandsOnTheTape() {
        let tape = Tape(recording: .full)
        _ = straightThrough(tape.watch(Tensor<Double>([1, 2])))
        #expect(tape.description.contains("custom \"straight-through\"(%0)  float64 [2]"))
    }

    // MARK: Several results

    /// (a b, [a², b]) with a pullback of its own.
    private func several(
        _ a: Tensor<Double>, _ b: Tensor<Double>, runs: Counter = Counter()
    ) -> (Tensor<Double>, [Tensor<Double>]) {
        withCustomPullback(named: "several", at: a, b) { a, b in
            (a * b, [a * a, b])
        } pullback: { g, y, a, b in
            runs.count += 1
            let (product, parts) = g
            return (product * b + 2 * parts[0] * a, product * a + parts[1] + 0 * y.1[0])
        }
    }

    @Test func aTupleOfResults() {
        let (a, b) = (Tensor<Double>([1, 2]), Tensor<Double>([3, 5]))
        let (product, parts) = several(a, b)
        #expect(product == Tensor([3, 10]) && parts == [Tensor([1, 4]), b])
        let runs = Counter()
        let slopes = gradient(at: a, b) { a, b in
            let (product, parts) = several(a, b, runs: runs)
            return (product + 10 * parts[0] + 100 * parts[1]).sum()
        }
        // ∂(ab + 10 a² + 100 b)
        #expect(slopes.0 == Tensor([23, 45]) && slopes.1 == Tensor([101, 102]))
        #expect(runs.count == 1)
        let tangents = jvp(at: a, b, along: Tensor([1, 1]), Tensor([10, 10])) { several($0, $1) }.tangent
        #expect(tangents.0 == Tensor([13, 25]) && tangents.1 == [Tensor([2, 4]), Tensor([10, 10])])
        let each = vmap(over: a, b) { a, b in gradient(at: a) { several($0, b).1[0] + several($0, b).0 } }
        #expect(each == Tensor([5, 9]))
        // ∂² (ab · a²) / ∂a² = 6 a b, by the derivative of the pullback.
        let (x, y) = (Tensor(2.0), Tensor(3.0))
        let second = hessianRows(at: x, y) { x, y in
            let (product, parts) = several(x, y)
            return product * parts[0]
        }
        #expect(second["0"].0.scalar == 36 && second["0"].1.scalar == 12 && second["1"].1.scalar == 0)
    }

    private struct Polar: Module, Equatable {
        var radius: Tensor<Double>
        var angle: Tensor<Float>
    }

    @Test func aModuleOfResultsOfTwoScalarTypes() {
        func polar(_ x: Tensor<Double>, _ y: Tensor<Double>) -> Polar {
            withCustomPullback(named: "polar", at: x, y) { x, y in
                Polar(radius: hypot(x, y), angle: atan2(y, x).converted())
            } pullback: { (g: Polar, value: Polar, x: Tensor<Double>, y: Tensor<Double>) in
                let r = value.radius
                let turn = g.angle.converted(to: Double.self) / r
                return ((g.radius * x - turn * y) / r, (g.radius * y + turn * x) / r)
            }
        }
        let (x, y) = (Tensor(3.0), Tensor(4.0))
        #expect(polar(x, y).radius.scalar == 5 && (polar(x, y).angle.scalar - 0.9272952).magnitude < 1e-6)
        let byRadius = gradient(at: x, y) { polar($0, $1).radius }
        #expect((byRadius.0.scalar - 0.6).magnitude < 1e-15 && (byRadius.1.scalar - 0.8).magnitude < 1e-15)
        let byAngle = gradient(at: x, y) { polar($0, $1).angle.converted(to: Double.self) }
        #expect((byAngle.0.scalar + 0.16).magnitude < 1e-15 && (byAngle.1.scalar - 0.12).magnitude < 1e-15)
    }

    @Test func severalResultsOfOneArgumentWithoutAnElement() {
        let (empty, sum) = withCustomPullback(named: "f", at: Tensor<Double>.zeros([0])) { x in
            (2 * x, x.sum())
        } pullback: { g, _, x in
            let (empty, sum) = g
            return 2 * empty + sum
        }
        #expect(empty.shape == [0] && sum.scalar == 0)
    }
}
