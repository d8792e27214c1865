import Testing

@testable import TapestryAutograd

/// Sub-gradients at kinks and ties, and derivatives at the edges of the domains, as the primitives document them.
@Suite struct ConventionTests {
    private func slope(at x: Double, _ function: (Tensor<Double>) -> Tensor<Double>) -> Double {
        gradient(at: Tensor(x), of: function).scalar
    }

    private func secondSlope(at x: Double, _ function: (Tensor<Double>) -> Tensor<Double>) -> Double {
        gradient(at: Tensor(x)) { x in gradient(at: x, of: function) }.scalar
    }

    @Test func kinksHaveSlopeZero() {
        #expect(slope(at: 0) { abs($0) } == 0)
        #expect(slope(at: 0) { relu($0) } == 0)
        #expect(slope(at: -0.0) { relu($0) } == 0)
        #expect(slope(at: 0) { sign($0) } == 0)
        #expect(slope(at: 3) { sign($0) } == 0)
    }

    @Test func reluAwayFromItsKink() {
        #expect(slope(at: 1e-300) { relu($0) } == 1)
        #expect(slope(at: -1e-300) { relu($0) } == 0)
        #expect(secondSlope(at: 1) { relu($0) * relu($0) } == 2)
    }

    @Test func tiesShareTheCotangentEqually() {
        let (a, b) = gradient(at: Tensor([1.0, 2, 3]), Tensor([1.0, 5, 0])) { maximum($0, $1).sum() }
        #expect(a == Tensor([0.5, 0, 1]))
        #expect(b == Tensor([0.5, 1, 0]))
        let (c, d) = gradient(at: Tensor([1.0, 2, 3]), Tensor([1.0, 5, 0])) { minimum($0, $1).sum() }
        #expect(c == Tensor([0.5, 1, 0]))
        #expect(d == Tensor([0.5, 0, 1]))
        #expect(slope(at: 2) { maximum($0, $0) } == 1)
    }

    @Test func tiesOfAReductionShareTheCotangentEqually() {
        let x = Tensor<Double>([[4, 1, 4], [4, 2, 2]])
        let third = 1.0 / 3
        #expect(gradient(at: x) { $0.max() } == Tensor([[third, 0, third], [third, 0, 0]]))
        #expect(gradient(at: x) { $0.max(axes: [1]).sum() } == Tensor([[0.5, 0, 0.5], [1, 0, 0]]))
        #expect(gradient(at: x) { $0.max(axes: [0]).sum() } == Tensor([[0.5, 0, 1], [0.5, 1, 0]]))
        #expect(gradient(at: x) { $0.min(axes: [1]).sum() } == Tensor([[0, 1, 0], [0, 0.5, 0.5]]))
    }

    @Test func boundsAndJoints() {
        // Clamping leaves its bounds as they are; the hard functions are flat from theirs on.
        #expect([-2, -1, 0.5, 1, 2].map { slope(at: $0) { $0.clamped(to: -1...1) } } == [0, 1, 1, 1, 0])
        #expect([-2, -1, 0.5, 1, 2].map { slope(at: $0) { hardTanh($0) } } == [0, 0, 1, 0, 0])
        #expect([-3, 3].map { slope(at: $0) { hardSigmoid($0) } } == [0, 0])
        #expect(slope(at: 0) { leakyRelu($0, slope: 0.25) } == 0.25)
        #expect(slope(at: 0) { elu($0, alpha: 0.5) } == 0.5)
        #expect(slope(at: 1000) { elu($0) } == 1, "the branch that is not chosen does not overflow")
        #expect(slope(at: 0) { softsign($0) } == 1)
        #expect(slope(at: .nan) { $0.clamped(to: -1...1) }.isNaN == false)
        #expect(Tensor(Double.nan).clamped(to: -1...1).scalar.isNaN)
    }

    @Test func jumpsHaveSlopeZero() {
        #expect(slope(at: 2) { floor($0) + ceil($0) + round($0) + trunc($0) } == 0)
        #expect(slope(at: 2.5) { floor($0) * $0 } == 2)
        let (a, b) = gradient(at: Tensor(7.0), Tensor(-2.0)) { remainder($0, $1) }
        #expect(a.scalar == 1)
        #expect(b.scalar == 4, "−⌊7 / −2⌋")
        #expect(slope(at: .infinity) { remainder(Tensor(-3), $0) } == 1, "−⌊−3 / ∞⌋")
    }

    @Test func theOriginOfThePlane() {
        for function in [hypot, atan2] as [(Tensor<Double>, Tensor<Double>) -> Tensor<Double>] {
            let (a, b) = gradient(at: Tensor([0.0, 0]), Tensor([0.0, 1])) { function($0, $1).sum() }
            #expect(a.scalars[0] == 0)
            #expect(b.scalars[0] == 0)
        }
        #expect(secondSlope(at: 0) { hypot($0, Tensor(0)) } == 0 && secondSlope(at: 0) { atan2($0, Tensor(0)) } == 0)
        let (y, x) = gradient(at: Tensor(3e200), Tensor(4e200)) { hypot($0, $1) }
        #expect((y.scalar - 0.6).magnitude < 1e-15)
        #expect((x.scalar - 0.8).magnitude < 1e-15)
    }

    @Test func logarithmsOfNothing() {
        let pairs: [(Double, Double, Double)] = [
            (-.infinity, -.infinity, 0.5), (.infinity, .infinity, 0.5), (.infinity, 3, 1), (-.infinity, 3, 0),
            (2, 2, 0.5),
        ]
        for (a, b, share) in pairs {
            let shares = gradient(at: Tensor(a), Tensor(b)) { logAddExp($0, $1) }
            #expect(shares.0.scalar == share)
            #expect(shares.1.scalar == 1 - share)
        }
        #expect(
            abs(secondSlope(at: 2) { logAddExp($0, Tensor(2)) } - 0.25) < 1e-15, "a tie of finite operands is no kink")
        #expect(slope(at: 0) { xlogy($0, $0) } == 0, "the entropy of nothing")
        let (x, y) = gradient(at: Tensor([0.0, 0]), Tensor([0.0, 2])) { xlogy($0, $1).sum() }
        #expect(x.scalars[0] == 0)
        #expect(abs(x.scalars[1] - 0.6931471805599453) < 1e-15)
        #expect(y.scalars[1] == 0)
    }

    @Test func windowsShareTies() {
        let x = Tensor<Double>(shape: [1, 1, 4], scalars: [2, 2, 1, 3])
        let slope = gradient(at: x) { maxPooled($0, window: [2]).sum() }
        #expect(slope.scalars == [0.5, 0.5, 0, 1])
    }

    @Test func powersAtZero() {
        #expect(slope(at: 0) { pow($0, 2) } == 0)
        #expect(slope(at: 0) { pow($0, 1) } == 1)
        #expect(slope(at: 0) { pow($0, 0) } == 0)
        #expect(slope(at: 0) { pow($0, 0.5) } == .infinity)
        #expect(secondSlope(at: 0) { pow($0, 3) } == 0)
        #expect(secondSlope(at: 0) { pow($0, 2) } == 2)
        #expect(secondSlope(at: 0) { pow($0, 1) } == 0)
        #expect(secondSlope(at: 0) { pow($0, 0) } == 0)
        // x¹ a third time: the slope of the slope's slope.
        #expect(slope(at: 0) { x in gradient(at: x) { x in gradient(at: x) { pow($0, 1) } } } == 0)
    }

    @Test func mixedDerivativesOfPowers() {
        // ∂²(aᵇ)/∂a∂b = aᵇ⁻¹ (1 + b ln a), by way of either slope.
        let (a, b) = (Tensor(2.0), Tensor(0.0))
        #expect(gradient(at: b) { b in gradient(at: a) { pow($0, b) } }.scalar == 0.5)
        #expect(gradient(at: a) { a in gradient(at: b) { pow(a, $0) } }.scalar == 0.5)
    }

    @Test func slopesThatKeepTheirDigits() {
        #expect(abs(slope(at: -30) { elu($0) } / 9.357622968840175e-14 - 1) < 1e-14)
        #expect(slope(at: .nan) { silu($0) }.isNaN && slope(at: .nan) { gelu($0) }.isNaN)
        // Sums of large and of very small numbers, in Float too.
        let curvature = gradient(at: Tensor<Float>([90, 90])) { x in
            gradient(at: x) { square($0.cumulativeLogSumExp(axis: 0)).sum() }.sum()
        }
        #expect(curvature.isFinite.all().scalar, "\(curvature)")
        let backwards = gradient(at: Tensor([-1000.0, -1001])) { x in
            jvp(at: x, along: Tensor([1, 2])) { $0.cumulativeLogSumExp(axis: 0, reversed: true) }.tangent.sum()
        }
        #expect(backwards.isFinite.all().scalar, "\(backwards)")
    }

    @Test func theDeterminantOfASingularMatrixHasNoDerivative() {
        let x = Tensor([[0.0, 0], [0, 1]])
        #expect(x.determinant().scalar == 0 && gradient(at: x) { $0.determinant() }.isNaN.any().scalar)
    }

    @Test func powersOfNegativeBases() {
        #expect(slope(at: -2) { pow($0, 3) } == 12)
        #expect(slope(at: -2) { pow($0, 2) } == -4)
        #expect(secondSlope(at: -2) { pow($0, 3) } == -12)
    }

    @Test func exponentsOverABaseOfZero() {
        #expect(slope(at: 2) { pow(Tensor([0.0]), $0).sum() } == 0)
        #expect(slope(at: 0) { pow(Tensor([0.0]), $0).sum() } == 0)
        #expect(slope(at: -1) { pow(Tensor([0.0]), $0).sum() } == 0)
    }

    @Test func whatIsNotSelectedGetsNothingEvenWhereItIsNotFinite() {
        let condition = Tensor([true, false])
        let (a, b) = gradient(at: Tensor([1.0, .nan]), Tensor([.infinity, 2.0])) { a, b in
            select(condition, a, b).sum()
        }
        #expect(a == Tensor([1, 0]))
        #expect(b == Tensor([0, 1]))
        // The usual guard: the branch that is not chosen is computed at a harmless place.
        let (x, one) = (Tensor([0.0, 4]), Tensor(1.0))
        let guarded = gradient(at: x) { x -> Tensor<Double> in
            let isPositive = x .> 0
            let safe = select(isPositive, x, one)
            return select(isPositive, log(safe), one).sum()
        }
        #expect(guarded == Tensor([0, 0.25]))
    }

    @Test func derivativesAtInfinitiesOfSaturatedFunctions() {
        #expect(slope(at: 1000) { tanh($0) } == 0)
        #expect(slope(at: -1000) { sigmoid($0) } == 0)
        #expect(slope(at: -.infinity) { sigmoid($0) } == 0)
        #expect(slope(at: -.infinity) { exp($0) } == 0)
        #expect(slope(at: 0) { sqrt($0) } == .infinity)
    }

    @Test func sumsOverNothing() {
        let empty = Tensor<Double>(shape: [0, 3], scalars: [])
        #expect(empty.sum().scalar == 0)
        #expect(empty.sum(axes: [0]) == Tensor([0, 0, 0]))
        #expect(empty.sum(axes: [1]) == Tensor(shape: [0], scalars: []))
        #expect(empty.mean().scalar.isNaN)
        #expect(gradient(at: empty) { $0.sum() } == empty)
        #expect(matmul(empty.transposed(), empty) == Tensor.zeros([3, 3]))
    }

    @Test func logSumExpOfInfinities() {
        let x = Tensor<Double>([[-.infinity, -.infinity], [-.infinity, 2], [.infinity, 2]])
        #expect(x.logSumExp(axes: [1]) == Tensor([-.infinity, 2, .infinity]))
        let finite = x[..<2]
        #expect(gradient(at: finite) { $0.logSumExp(axes: [1]).sum() } == Tensor([[0, 0], [0, 1]]))
        #expect(gradient(at: finite[0]) { $0.logSumExp() } == Tensor([0, 0]))
        let curvature = gradient(at: finite) { x in gradient(at: x) { $0.logSumExp(axes: [1]).sum() }.sum() }
        #expect(curvature == Tensor([[0, 0], [0, 0]]))
        #expect(Tensor([1000.0, 1000]).logSumExp().isClose(to: Tensor(1000.6931471805599)))
    }
}
