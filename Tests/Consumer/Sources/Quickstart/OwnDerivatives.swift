import Tapestry

private typealias T = Tensor<Double>

private struct Parts: Module {
    var w, b: T
}

/// Functions with derivatives of the user's own, in optimised code outside of the library: of one argument, two, three,
/// a module, and with several results. Fails when a gradient is wrong.
func checkOwnDerivatives() {
    let (x, y) = (T([0.5, -1]), T([2, 4]))
    let one = gradient(at: x) { x in
        withCustomGradient(named: "one", at: x) {
            sin($0)
        } pullback: { g, _, x in
            g * x
        }.sum()
    }
    expect(one == x)
    let two = gradient(at: x, y) { x, y in
        withCustomGradient(named: "two", at: x, y) {
            $0 + $1
        } pullback: { g, _, a, b in
            (g * b, g * a)
        }.sum()
    }
    expect(two == (y, x))
    let three = gradient(at: x, y, x) { x, y, z in
        withCustomGradient(named: "three", at: x, y, z) {
            $0 + $1 + $2
        } pullback: { g, _, a, b, _ in
            (g * b, g * a, 3 * g)
        }.sum()
    }
    expect(three == (y, x, T([3, 3])))
    let module = gradient(at: Parts(w: x, b: y)) { parts in
        withCustomGradient(named: "module", at: parts) {
            $0.w + $0.b
        } pullback: { g, _, parts in
            Parts(w: g * parts.b, b: g * parts.w)
        }.sum()
    }
    expect(module.w == y && module.b == x)
    let results = gradient(at: x) { (x: T) -> T in
        let (first, second) = withCustomPullback(named: "results", at: x) { x in
            (sin(x), cos(x))
        } pullback: { g, _, x in
            let first = g.0 * x
            return first + g.1
        }
        return (2 * first + second).sum()
    }
    expect(results == 2 * x + 1)
    let slopes = jvp(at: x, along: y) { x in
        withCustomGradient(named: "linear", at: x) {
            3 * $0
        } pullback: { g, _, _ in
            3 * g
        }
    }
    expect(slopes.tangent == 3 * y)
    print("the user's own derivatives are those of the user")
}

private func expect(_ isCorrect: Bool, line: Int = #line) {
    if !isCorrect { fatalError("the derivative of line \(line) is wrong") }
}
