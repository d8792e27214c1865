import TapestryTestSupport
import Testing

@testable import TapestryAutograd

/// Every operator inside every other one, with a value captured from outside on either level, against closed forms.
@Suite struct OperatorPairTests {
    /// f(c, x) = c² x⁴ − 3 c x³ + 0.5 x², elementwise: c is captured, and x is what the operators differentiate by.
    private static func function(_ c: Tensor<Double>, _ x: Tensor<Double>) -> Tensor<Double> {
        let quartic = c * c * x * x * x * x
        return quartic - 3 * c * x * x * x + 0.5 * x * x
    }

    private static let closedForm = ClosedForm.polynomial([
        .init(1, c: 2, x: 4), .init(-3, c: 1, x: 3), .init(0.5, c: 0, x: 2),
    ])

    /// g(c, x) = outer of (c, x ↦ c · inner of (f)(x, x)): what the inner operator captures is the outer one's variable.
    /// The value of g and both of its derivatives are compared, so what each operator hands on must be right as well.
    @Test(arguments: DerivativeOperator.all.indices, DerivativeOperator.all.indices)
    func oneInsideTheOther(_ outer: Int, _ inner: Int) {
        let (outer, inner) = (DerivativeOperator.all[outer], DerivativeOperator.all[inner])
        let x = Tensor<Double>([0.7, -1.2, 0.4])
        let c = Tensor<Double>([1.5, 0.8, -0.6])
        func nested(_ c: Tensor<Double>, _ x: Tensor<Double>) -> Tensor<Double> {
            outer.apply({ c, x in c * inner.apply(Self.function, x, x) }, c, x)
        }
        let expected = outer.closedForm(inner.closedForm(Self.closedForm).diagonal())
        func expect(_ actual: Tensor<Double>, _ expected: ClosedForm, _ what: String) {
            let numbers = zip(c.scalars, x.scalars).map { expected.value($0, $1) }
            #expect(
                actual.isClose(to: Tensor(numbers), relativeTolerance: 1e-11, absoluteTolerance: 1e-11),
                "\(what) of \(outer.name) of \(inner.name): \(actual.scalars), not \(numbers)")
        }
        expect(nested(c, x), expected, "value")
        let slopes = gradient(at: c, x) { c, x in nested(c, x).sum() }
        expect(slopes.0, expected.byC(), "derivative by what is captured")
        expect(slopes.1, expected.byX(), "derivative")
    }
}

/// A function of a captured value c and a variable x in closed form: its value, and its derivatives in the same form. What
/// an operator declares a derivative to be need not be that of the value.
struct ClosedForm: Sendable {
    let value: @Sendable (_ c: Double, _ x: Double) -> Double
    let byC: @Sendable () -> ClosedForm
    let byX: @Sendable () -> ClosedForm

    struct Monomial: Sendable {
        let factor: Double
        let c, x: Int
        init(_ factor: Double, c: Int, x: Int) { (self.factor, self.c, self.x) = (factor, c, x) }
    }

    static func polynomial(_ monomials: [Monomial]) -> ClosedForm {
        @Sendable func power(_ base: Double, _ exponent: Int) -> Double {
            (0..<exponent).reduce(1) { power, _ in power * base }
        }
        return ClosedForm { c, x in
            monomials.reduce(0) { $0 + $1.factor * power(c, $1.c) * power(x, $1.x) }
        } byC: {
            .polynomial(monomials.filter { $0.c > 0 }.map { .init($0.factor * Double($0.c), c: $0.c - 1, x: $0.x) })
        } byX: {
            .polynomial(monomials.filter { $0.x > 0 }.map { .init($0.factor * Double($0.x), c: $0.c, x: $0.x - 1) })
        }
    }

    static func + (a: ClosedForm, b: ClosedForm) -> ClosedForm {
        ClosedForm {
            a.value($0, $1) + b.value($0, $1)
        } byC: {
            a.byC() + b.byC()
        } byX: {
            a.byX() + b.byX()
        }
    }

    static func * (factor: Double, f: ClosedForm) -> ClosedForm {
        ClosedForm {
            factor * f.value($0, $1)
        } byC: {
            factor * f.byC()
        } byX: {
            factor * f.byX()
        }
    }

    /// f(c, 2 x)
    func atDouble() -> ClosedForm {
        ClosedForm {
            value($0, 2 * $1)
        } byC: {
            byC().atDouble()
        } byX: {
            2 * byX().atDouble()
        }
    }

    /// cⁿ f(x, x)
    func diagonal(timesPower n: Int = 1) -> ClosedForm {
        ClosedForm { c, x in
            (0..<n).reduce(value(x, x)) { product, _ in product * c }
        } byC: {
            n == 0 ? .polynomial([]) : Double(n) * diagonal(timesPower: n - 1)
        } byX: {
            (byC() + byX()).diagonal(timesPower: n)
        }
    }
}

/// What an operator makes of an elementwise function, as a tensor, and the same in closed form.
struct DerivativeOperator: Sendable {
    typealias Function = @Sendable (_ c: Tensor<Double>, _ x: Tensor<Double>) -> Tensor<Double>

    let name: String
    let apply: @Sendable (_ f: @escaping Function, _ c: Tensor<Double>, _ x: Tensor<Double>) -> Tensor<Double>
    let closedForm: @Sendable (ClosedForm) -> ClosedForm

    init(
        _ name: String,
        _ apply: @escaping @Sendable (@escaping Function, Tensor<Double>, Tensor<Double>) -> Tensor<Double>,
        _ closedForm: @escaping @Sendable (ClosedForm) -> ClosedForm
    ) {
        (self.name, self.apply, self.closedForm) = (name, apply, closedForm)
    }

    static let all = [
        DerivativeOperator("gradient") { f, c, x in
            gradient(at: x) { f(c, $0).sum() }
        } _: {
            $0.byX()
        },
        DerivativeOperator("valueAndGradient") { f, c, x in
            let (value, gradient) = valueAndGradient(at: x) { f(c, $0).sum() }
            // The value is the sum over all elements: less the same again, which is computed beside it.
            return gradient + 2 * (value - f(c, x).sum()) + f(c, x)
        } _: {
            $0.byX() + $0
        },
        DerivativeOperator("vjp") { f, c, x in
            let (value, pullback) = vjp(at: x) { f(c, $0) }
            return value + pullback(x * 0 + 3)
        } _: {
            $0 + 3 * $0.byX()
        },
        DerivativeOperator("jvp") { f, c, x in
            let (value, tangent) = jvp(at: x, along: x * 0 + 3) { f(c, $0) }
            return value + tangent
        } _: {
            $0 + 3 * $0.byX()
        },
        DerivativeOperator("jacobian in forward mode") { f, c, x in
            jacobian(at: x, direction: .forward) { f(c, $0) }.sum(axes: [0])
        } _: {
            $0.byX()
        },
        DerivativeOperator("jacobian in reverse mode") { f, c, x in
            jacobian(at: x, direction: .reverse) { f(c, $0) }.sum(axes: [1])
        } _: {
            $0.byX()
        },
        DerivativeOperator("hessian") { f, c, x in
            hessian(at: x) { f(c, $0).sum() }.sum(axes: [0])
        } _: {
            $0.byX().byX()
        },
        DerivativeOperator("hessianRows") { f, c, x in
            let rows = hessianRows(at: x, [x]) { x, y in (f(c, x) + f(c, y[0])).sum() }
            return (rows["0"].0 + 2 * rows["1.0"].1[0] + rows["0"].1[0]).sum(axes: [0])
        } _: {
            3 * $0.byX().byX()
        },
        DerivativeOperator("hessianVectorProduct") { f, c, x in
            hessianVectorProduct(at: x, along: x * 0 + 3) { f(c, $0).sum() }
        } _: {
            3 * $0.byX().byX()
        },
        DerivativeOperator("vectorHessianProduct") { f, c, x in
            vectorHessianProduct(at: x, along: x * 0 + 3) { f(c, $0).sum() }
        } _: {
            3 * $0.byX().byX()
        },
        DerivativeOperator("vmap") { f, c, x in
            let both = vmap(over: stack([x, 2 * x])) { f(c, $0) }
            return both[0] + 3 * both[1]
        } _: {
            $0 + 3 * $0.atDouble()
        },
        DerivativeOperator("vmap over both") { f, c, x in
            let both = vmap(over: stack([c, c]), stack([x, 2 * x]), outputAxis: 1) { f($0, $1) }
            return both[0..., 0] + 3 * both[0..., 1]
        } _: {
            $0 + 3 * $0.atDouble()
        },
        DerivativeOperator("checkpointed") { f, c, x in
            checkpointed(x) { f(c, $0) }
        } _: {
            $0
        },
        DerivativeOperator("withCustomGradient") { f, c, x in
            withCustomGradient(named: "double", at: c, x, of: f) { g, _, c, x in
                let slopes = gradient(at: c, x) { c, x in f(c, x).sum() }
                return (g * slopes.0, 2 * g * slopes.1)
            }
        } _: { f in
            ClosedForm(value: f.value, byC: f.byC) { 2 * f.byX() }
        },
        DerivativeOperator("withCustomPullback") { f, c, x in
            let (y, twice) = withCustomPullback(named: "double", at: c, x) { c, x in
                (f(c, x), [2 * x])
            } pullback: { g, _, c, x in
                let slopes = gradient(at: c, x) { c, x in f(c, x).sum() }
                return (g.0 * slopes.0, 2 * g.0 * slopes.1 + 2 * g.1[0])
            }
            return y + twice[0] - 2 * x
        } _: { f in
            ClosedForm(value: f.value, byC: f.byC) { 2 * f.byX() }
        },
        DerivativeOperator("withoutDerivative") { f, c, x in
            f(c, x).withoutDerivative() + f(c, x)
        } _: { f in
            ClosedForm(value: (2 * f).value, byC: f.byC, byX: f.byX)
        },
        DerivativeOperator("withoutRecording") { f, c, x in
            withoutRecording { f(c, x) } + f(c, x)
        } _: { f in
            ClosedForm(value: (2 * f).value, byC: f.byC, byX: f.byX)
        },
    ]
}
