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
        let count = tape.count
        let slope = tape.gradient(of: y, at: x)
        #expect(slope.scalar == 25 * 5 + 15 && !slope.isTracked && tape.count == count)
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
        #expect(tape.description.contains("custom(%0) \"straight-through\"  float64 [2]"))
    }
}
