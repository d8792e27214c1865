import Foundation
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

    /// A function that passes an operand on passes a NaN on: its slope is 1, and that of what it is passed instead of 0.
    @Test func whatPassesANumberOnPassesNaNOn() {
        let functions: [(String, (Tensor<Double>) -> Tensor<Double>)] = [
            ("relu", { relu($0) }), ("clamped", { $0.clamped(to: -1...1) }), ("hardTanh", { hardTanh($0) }),
            ("maximum", { maximum($0, Tensor(2)) }), ("maximum", { maximum(Tensor(2), $0) }),
            ("minimum", { minimum($0, Tensor(2)) }), ("minimum", { minimum(Tensor(2), $0) }),
            ("maximum of itself", { maximum($0, $0) }),
        ]
        for (name, function) in functions {
            #expect(function(Tensor(.nan)).scalar.isNaN, "\(name)")
            #expect(slope(at: .nan, function) == 1, "\(name)")
            #expect(jvp(at: Tensor(.nan), along: Tensor(3), of: function).tangent.scalar == 3, "\(name)")
            #expect(secondSlope(at: .nan, function) == 0, "\(name)")
        }
        for function in [maximum, minimum] as [(Tensor<Double>, Tensor<Double>) -> Tensor<Double>] {
            let (a, b) = gradient(at: Tensor([.nan, 1, .nan]), Tensor([2, .nan, .nan])) { function($0, $1).sum() }
            #expect(a == Tensor([1, 0, 0.5]) && b == Tensor([0, 1, 0.5]))
        }
        let x = Tensor([1, .nan, 3, .nan])
        let shares = Tensor([0, 0.5, 0, 0.5])
        for function in [{ $0.max() }, { $0.min() }] as [(Tensor<Double>) -> Tensor<Double>] {
            #expect(gradient(at: x, of: function) == shares)
            #expect(jvp(at: x, along: Tensor([1, 2, 4, 8]), of: function).tangent.scalar == 5)
        }
        let rows = Tensor<Double>([[1, .nan], [3, 4]])
        #expect(gradient(at: rows) { $0.max(axes: [1]).sum() } == Tensor([[0, 1], [0, 1]]))
        let first = Tensor([1, 3, 0, 0])
        #expect(gradient(at: x) { $0.cumulativeMax(axis: 0).sum() } == first)
        #expect(gradient(at: x) { $0.cumulativeMin(axis: 0).sum() } == first)
        #expect(gradient(at: x) { $0.sorted(axis: 0).values.sum() } == Tensor([1, 1, 1, 1]))
        let window = x.reshaped(to: [1, 1, 4])
        #expect(gradient(at: window) { maxPooled($0, window: [4]).sum() }.flattened() == shares)
        // Other functions do as their formulas say.
        #expect(slope(at: .nan) { abs($0) }.isNaN && slope(at: .nan) { elu($0) }.isNaN)
        #expect(slope(at: .nan) { softsign($0) }.isNaN && slope(at: .nan) { tanh($0) }.isNaN)
        #expect(slope(at: .nan) { leakyRelu($0, slope: 0.25) } == 0.25)
    }

    /// Beside an infinity every number is next to nothing.
    @Test func infinitelyFarFromTheOrigin() {
        for infinity in [Double.infinity, -.infinity] {
            for other in [2, -3, 0, 1e308] {
                let (far, near) = (Tensor(infinity), Tensor(other))
                let sign = infinity > 0 ? 1.0 : -1
                let hypots = [
                    gradient(at: far, near) { hypot($0, $1) }, gradient(at: near, far) { hypot($1, $0) },
                ]
                #expect(hypots[0].0.scalar == sign && hypots[0].1.scalar == 0)
                #expect(hypots[1].1.scalar == sign && hypots[1].0.scalar == 0)
                let angles = [gradient(at: far, near) { atan2($0, $1) }, gradient(at: near, far) { atan2($0, $1) }]
                #expect(angles.allSatisfy { $0.0.scalar == 0 && $0.1.scalar == 0 })
                #expect(jvp(at: far, near, along: Tensor(3), Tensor(5)) { hypot($0, $1) }.tangent.scalar == 3 * sign)
                #expect(jvp(at: near, far, along: Tensor(3), Tensor(5)) { atan2($0, $1) }.tangent.scalar == 0)
                let curvature = gradient(at: near) { near in gradient(at: near) { hypot(far, $0) + atan2($0, far) } }
                #expect(curvature.scalar == 0)
            }
        }
        // As far as both are on the diagonal, of which atan2 gives the angle.
        let (a, b) = gradient(at: Tensor(Double.infinity), Tensor(-Double.infinity)) { hypot($0, $1) }
        #expect(abs(a.scalar - 0.5.squareRoot()) < 1e-15 && abs(b.scalar + 0.5.squareRoot()) < 1e-15)
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

    @Test func windowsOfPaddingAlone() {
        let x = Tensor<Double>(shape: [1, 1, 2], scalars: [3, 5])
        func pooled(_ x: Tensor<Double>) -> Tensor<Double> {
            averagePooled(x, window: [2], stride: [1], padding: [2], countsPadding: false)
        }
        #expect(pooled(x).scalars == [0, 3, 4, 5, 0])
        #expect(gradient(at: x) { pooled($0).sum() }.scalars == [1.5, 1.5])
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

    /// ∂ⁱ⁺ʲ(aᵇ)/∂aⁱ∂bʲ = Σₖ C(j, k) (b)ᵢ⁽ᵏ⁾ aᵇ⁻ⁱ (ln a)ʲ⁻ᵏ up to the fourth order, whichever operand comes first; (b)ᵢ is
    /// b (b − 1) … (b − i + 1).
    @Test(arguments: [2, 0.5], [0, 1, 2, 0.5, -1])
    func mixedDerivativesOfPowers(_ a: Double, _ b: Double) {
        for order in 1...4 {
            for choice in 0..<1 << order {
                let isByExponent = (0..<order).map { choice >> $0 & 1 == 1 }
                let byExponent = isByExponent.count { $0 }
                let expected = Self.derivativeOfPower(a, b, byBase: order - byExponent, byExponent: byExponent)
                let derivative = Self.derivativeOfPower(Tensor(a), Tensor(b), isByExponent[...]).scalar
                #expect(
                    abs(derivative - expected) < 1e-13 * max(1, abs(expected)),
                    "∂\(order) of \(a)^\(b), by exponent: \(isByExponent)")
            }
        }
    }

    private static func derivativeOfPower(
        _ a: Tensor<Double>, _ b: Tensor<Double>, _ isByExponent: ArraySlice<Bool>
    ) -> Tensor<Double> {
        switch isByExponent.first {
        case nil: pow(a, b)
        case true?: gradient(at: b) { derivativeOfPower(a, $0, isByExponent.dropFirst()) }
        case false?: gradient(at: a) { derivativeOfPower($0, b, isByExponent.dropFirst()) }
        }
    }

    private static func derivativeOfPower(_ a: Double, _ b: Double, byBase i: Int, byExponent j: Int) -> Double {
        // (b + t)ᵢ in powers of t.
        var coefficients = [1.0]
        for factor in 0..<i {
            let whole = coefficients.map { $0 * (b - Double(factor)) } + [0]
            coefficients = zip(whole, [0] + coefficients).map { $0 + $1 }
        }
        // Times (t ln a)ᵐ / m!, of which t is to have the power j in all.
        var sum = 0.0
        for (power, coefficient) in coefficients.enumerated() where power <= j {
            let arrangements = (0..<power).reduce(1.0) { $0 * Double(j - $1) }
            sum += coefficient * arrangements * Foundation.pow(Foundation.log(a), Double(j - power))
        }
        return sum * Foundation.pow(a, b - Double(i))
    }

    /// In a = 0 the base decides while the exponent is constant, and the exponent has slope 0.
    @Test func mixedDerivativesOfPowersAtZero() {
        let zero = Tensor(0.0)
        for exponent in [0.0, 1, 2, 3].map({ Tensor($0) }) {
            #expect(gradient(at: exponent) { b in gradient(at: b) { pow(zero, $0) } }.scalar == 0)
            #expect(gradient(at: zero) { a in gradient(at: exponent) { pow(a, $0) } }.scalar == 0)
        }
        #expect(gradient(at: Tensor(2.0)) { b in gradient(at: zero) { pow($0, b) } }.scalar == 0)
        #expect(gradient(at: Tensor(0.0)) { b in gradient(at: zero) { pow($0, b) } }.scalar == 0)
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

    /// det A is Σ ± Π: its derivatives are minors, of any rank.
    @Test(arguments: 0...3)
    func determinantsOfAnyRank(_ rank: Int) {
        // Rows that are whole multiples of each other, and one that stands by itself.
        let rows: [[[Double]]] = [
            [[0, 0, 0], [0, 0, 0], [0, 0, 0]], [[1, 2, 3], [2, 4, 6], [-1, -2, -3]],
            [[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[2, -1, 0.5], [4, 5, 6], [7, 8, 10]],
        ]
        let x = Tensor(rows[rank])
        func minor(_ rows: [Int], _ columns: [Int], _ x: [[Double]]) -> Double {
            if rows.isEmpty { return 1 }
            return columns.indices.reduce(0) { sum, place in
                let others = Array(columns[..<place] + columns[(place + 1)...])
                let sign = place.isMultiple(of: 2) ? 1.0 : -1
                return sum + sign * x[rows[0]][columns[place]] * minor(Array(rows.dropFirst()), others, x)
            }
        }
        let all = [0, 1, 2]
        #expect(abs(x.determinant().scalar - minor(all, all, rows[rank])) < 1e-13)
        // det A is linear in each element, with the minor of the others.
        func slope(_ i: Int, _ j: Int, _ x: Tensor<Double>) -> Tensor<Double> {
            gradient(at: x) { $0.determinant() }[i, j]
        }
        for (i, j) in all.flatMap({ i in all.map { (i, $0) } }) {
            let sign = (i + j).isMultiple(of: 2) ? 1.0 : -1
            let (restRows, restColumns) = (all.filter { $0 != i }, all.filter { $0 != j })
            let cofactor = sign * minor(restRows, restColumns, rows[rank])
            #expect(abs(slope(i, j, x).scalar - cofactor) < 1e-12, "∂det/∂a\(i)\(j) of rank \(rank)")
            var direction = Tensor<Double>.zeros([3, 3])
            direction[i, j] = Tensor(1.0)
            #expect(abs(jvp(at: x, along: direction) { $0.determinant() }.tangent.scalar - cofactor) < 1e-12)
            // The cofactor is a determinant of two rows.
            let curvature = gradient(at: x) { slope(i, j, $0) }
            let (p, q) = (restRows[0], restColumns[0])
            #expect(
                abs(curvature[p, q].scalar - sign * rows[rank][restRows[1]][restColumns[1]]) < 1e-12,
                "∂²det of rank \(rank)")
            let third = gradient(at: x) { x in gradient(at: x) { slope(i, j, $0) }[p, q] }
            #expect(abs(third[restRows[1], restColumns[1]].scalar - sign) < 1e-10, "∂³det of rank \(rank)")
        }
    }

    /// Of each matrix of a batch, whatever the others are; and where the value is next to nothing or too large.
    @Test func determinantsOfBatches() {
        let x = Tensor<Double>([[[3, 1], [1, 3]], [[1, 2], [2, 4]], [[0, 0], [0, 0]]])
        let slopes = Tensor<Double>([[[3, -1], [-1, 3]], [[4, -2], [-2, 1]], [[0, 0], [0, 0]]])
        #expect(gradient(at: x) { $0.determinant().sum() } == slopes)
        #expect(vmap(over: x) { x in gradient(at: x) { $0.determinant() } } == slopes)
        #expect(x.determinant() == Tensor([8, 0, 0]), "det is the product of the pivots")
        let large = Tensor<Double>([[1e200, 0, 0], [0, 1e-200, 0], [0, 0, 1e200]])
        #expect(abs(large.determinant().scalar / 1e200 - 1) < 1e-14, "1e200 · 1e200 on the way")
        // Next to a singular matrix the second derivative keeps its digits.
        let near = Tensor<Double>([[1, 1], [1, 1 + 1e-12]])
        let curvature = gradient(at: near) { x in gradient(at: x) { $0.determinant() }[0, 0] }
        #expect((curvature - Tensor([[0, 0], [0, 1]])).norm(order: .infinity).scalar < 1e-14)
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

    /// Each branch sees only what it is chosen for, whatever it would do to the rest.
    @Test func branchesThatAreNotDefinedEverywhere() {
        let x = Tensor([-1.0, 4, -2, 0.25])
        func root(_ x: Tensor<Double>) -> Tensor<Double> {
            select(x .> 0, from: x, then: { sqrt($0) }, else: { $0 * 2 })
        }
        #expect(root(x) == Tensor([-2, 2, -4, 0.5]))
        #expect(gradient(at: x) { select($0 .> 0, sqrt($0), $0 * 2).sum() }.scalars[0].isNaN, "what it is for")
        #expect(gradient(at: x) { root($0).sum() } == Tensor([2, 0.25, 2, 1]))
        let curvatures = gradient(at: x) { x in gradient(at: x) { root($0).sum() }.sum() }
        #expect(curvatures == Tensor([0, -1 / 32, 0, -2]))
        #expect(jvp(at: x, along: Tensor([1, 1, 1, 1]), of: root).tangent == Tensor([2, 0.25, 2, 1]))
        #expect(vmap(over: x) { x in gradient(at: x, of: root) } == Tensor([2, 0.25, 2, 1]))
        // 0, log 0 and 1 / 0 in the other branches, and no element for one of them.
        let logarithm = gradient(at: Tensor([0.0, 0])) { x in
            select(x .> 0, from: x, then: { 1 / log($0) }, else: { cos($0) }).sum()
        }
        #expect(logarithm == Tensor([0, 0]))
        // A mask of more axes than the operand, a branch that is one number, and nothing at all.
        let mask = Tensor<Bool>([[true, false], [false, true]])
        let spread = gradient(at: Tensor([4.0, 9])) { x in
            select(mask, from: x, then: { sqrt($0) }, else: { _ in Tensor(7) }).sum()
        }
        #expect(spread.isClose(to: Tensor([0.25, 1.0 / 6])))
        let empty = Tensor<Double>(shape: [0], scalars: [])
        #expect(root(empty) == empty)
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
        #expect(empty.logSumExp().scalar == -.infinity)
        #expect(empty.logSumExp(axes: [0], keepingAxes: true) == Tensor(repeating: -.infinity, shape: [1, 3]))
        #expect(empty.logSumExp(axes: [1]) == Tensor(shape: [0], scalars: []))
        #expect(gradient(at: empty) { $0.logSumExp() } == empty)
    }

    /// Infinities count as the greatest numbers do: equal ones share, and leave nothing to others.
    @Test func sharesOfInfinities() {
        let infinity = Double.infinity
        let third = 1.0 / 3
        let cases: [(row: [Double], shares: [Double])] = [
            ([infinity, 3, -infinity], [1, 0, 0]), ([infinity, 1, infinity], [0.5, 0, 0.5]),
            ([-infinity, 2, -infinity], [0, 1, 0]), ([-infinity, -infinity, -infinity], [third, third, third]),
            ([infinity, infinity, infinity], [third, third, third]), ([1e308, -1e308, 1e308], [0.5, 0, 0.5]),
        ]
        for (row, shares) in cases {
            let (x, expected) = (Tensor(row), Tensor(shares))
            #expect(x.softmax() == expected)
            #expect(x.logSoftmax().isClose(to: log(expected)))
            let functions: [(Tensor<Double>) -> Tensor<Double>] = [
                { $0.logSumExp() }, { $0.cumulativeLogSumExp(axis: 0)[-1] },
                { $0.cumulativeLogSumExp(axis: 0, reversed: true)[0] },
                { logAddExp(logAddExp($0[0], $0[1]), $0[2]) },
            ]
            for (number, function) in functions.enumerated() {
                #expect(function(x).scalar == row.max()!)
                // Of pairs in pairs a third is a quarter.
                if number == 3 && shares.contains(third) { continue }
                #expect(gradient(at: x, of: function).isClose(to: expected), "\(row), \(number)")
                let tangent = jvp(at: x, along: Tensor([1.0, 2, 4]), of: function).tangent
                #expect(tangent.isClose(to: (expected * Tensor([1.0, 2, 4])).sum()), "\(row), \(number)")
            }
            let slopeOfSoftmax = gradient(at: x) { ($0.softmax() * Tensor([1.0, 2, 4])).sum() }
            #expect(slopeOfSoftmax.isFinite.all().scalar)
            let curvature = gradient(at: x) { x in gradient(at: x, of: functions[1])[0] }
            #expect(curvature.isClose(to: gradient(at: x) { $0.softmax()[0] }), "\(row)")
        }
        let (a, b) = gradient(at: Tensor(-infinity), Tensor(-infinity)) { logAddExp($0, $1) }
        #expect(a.scalar == 0.5 && b.scalar == 0.5)
        #expect(Tensor([1000.0, 1000]).logSumExp().isClose(to: Tensor(1000.6931471805599)))
        #expect(Tensor([1, .nan, infinity]).softmax().isNaN.all().scalar)
        let x = Tensor<Double>([[-infinity, -infinity], [-infinity, 2], [infinity, 2]])
        #expect(x.logSumExp(axes: [1]) == Tensor([-infinity, 2, infinity]))
        #expect(gradient(at: x) { $0.logSumExp(axes: [0])[1] } == Tensor([[0, 0], [0, 0.5], [0, 0.5]]))
    }

    /// The shares of equal elements are equal to the last digit, wherever the elements lie.
    @Test(arguments: [0, 1e6, 1e15, -1e300])
    func runningSharesFarFromZero(_ offset: Double) {
        let x = Tensor([offset, offset, offset])
        #expect(gradient(at: x) { $0.cumulativeLogSumExp(axis: 0)[2] }.isClose(to: Tensor([1, 1, 1]) / 3))
        let curvature = gradient(at: x) { x in gradient(at: x) { $0.cumulativeLogSumExp(axis: 0)[2] }[0] }
        #expect(curvature.isClose(to: Tensor([2, -1, -1]) / 9))
    }

    @Test func runningSharesOfManyFloats() {
        let x = Tensor<Float>((0..<1000).map { 1000 + Float($0 % 7) })
        let shares = gradient(at: x) { $0.cumulativeLogSumExp(axis: 0)[-1] }.converted(to: Double.self)
        #expect(abs(shares.sum().scalar - 1) < 1e-6)
    }

    /// What meets no other factor is not multiplied by a zero in its place.
    @Test func productsOfNumbersThatOverflow() {
        let infinity = Double.infinity
        let x = Tensor([1e200, 1e200, 3e200])
        #expect(gradient(at: x) { $0.product() } == Tensor([infinity, infinity, infinity]))
        #expect(gradient(at: x) { $0.cumulativeProduct(axis: 0)[2] } == Tensor([infinity, infinity, infinity]))
        let reversed = gradient(at: x) { $0.cumulativeProduct(axis: 0, reversed: true)[0] }
        #expect(reversed == Tensor([infinity, infinity, infinity]))
        let slopes = gradient(at: Tensor([0, infinity, 2])) { $0.product() }.scalars
        #expect(slopes[0] == infinity && slopes[1] == 0 && slopes[2].isNaN, "\(slopes)")
        let tangent = jvp(at: Tensor([2, 3, 4]), along: Tensor([infinity, 0, 0])) { $0.product() }.tangent
        #expect(tangent.scalar == infinity)
    }

    /// Squares beyond the numbers, on either side, in a norm and in what is made of one.
    @Test func spreadsOfLargeAndSmallNumbers() {
        let small = Tensor<Float>([1e-25, 2e-25, 3e-25])
        #expect(abs(small.standardDeviation().scalar / 8.1649658e-26 - 1) < 1e-6)
        #expect(abs(small.norm().scalar / 3.7416574e-25 - 1) < 1e-6)
        for scale in [0x1p-1063, 1e-200, 1, 1e150, 2e307] {
            let x = Tensor([1.0, 2, 3]) * scale
            let tolerance = scale < 1e-300 ? 1e-3 : 1e-14
            #expect(abs(x.standardDeviation().scalar / scale - 0.816496580927726) < tolerance, "\(scale)")
            let half = Tensor([-0.408248290463863, 0, 0.408248290463863])
            #expect(
                gradient(at: x) { $0.standardDeviation() }.isClose(to: half, relativeTolerance: tolerance), "\(scale)")
            let direction = Tensor([0.267261241912424, 0.534522483824849, 0.801783725737273])
            #expect(gradient(at: x) { $0.norm() }.isClose(to: direction, relativeTolerance: tolerance), "\(scale)")
        }
        // Squares that are too large, unlike their mean; and a mean of few, small ones.
        let outlier = Tensor<Double>.zeros([11]) + Tensor<Double>([0, 0, 0, 0, 0, 3e154, 0, 0, 0, 0, 0])
        #expect(abs(outlier.variance().scalar / 7.438016528925620e307 - 1) < 1e-14)
        #expect((Tensor([1.0, 3]) * 0x1p-535).variance().scalar == 0x1p-1070)
        #expect(Tensor([1.0, 2, 3, 4]).variance().scalar == 1.25)
        // At a constant the variance has a curvature, and the deviation by convention none.
        let curvature = gradient(at: Tensor([1.0, 1])) { x in gradient(at: x) { $0.variance() }[0] }
        #expect(curvature == Tensor([0.5, -0.5]))
        #expect(gradient(at: Tensor([1.0, 1])) { $0.standardDeviation() } == Tensor([0, 0]))
    }

    @Test func activationsFarToTheLeft() {
        // 1 + tanh would be 0 there.
        #expect(abs(geluTanh(Tensor(-8.0)).scalar / -3.107782937501111e-21 - 1) < 1e-13)
        #expect(slope(at: -8) { geluTanh($0) } < 0)
        #expect(slope(at: 1e200) { softsign($0) } == 0 && abs(slope(at: -1e100) { softsign($0) } / 1e-200 - 1) < 1e-14)
    }
}
