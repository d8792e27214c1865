import Testing

@testable import TapestryAutograd

/// Closures as users write them, with literals on both sides in one expression, without a type: that the compiler finds
/// the types of all of them in reasonable time is the point, and this file fails to compile where it does not.
@Suite struct ClosureInferenceTests {
    private let x = Tensor<Double>([1, 2])
    private let y = Tensor<Double>([3, 5])

    @Test func gradients() {
        #expect(gradient(at: x) { (0.5 * $0 * $0 + 2 * $0 - 1 / $0).sum() } == Tensor([4, 4.25]))
        let two = gradient(at: x, y) { x, y in (x * y + 2 * x * x - 0.5 * y).sum() }
        #expect(two == (Tensor([7, 13]), Tensor([0.5, 1.5])))
        let rosenbrock = gradient(at: x, y) { x, y in
            ((1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x)).sum()
        }
        #expect(rosenbrock == (Tensor([-800, -798]), Tensor([400, 200])))
        let three = gradient(at: x, y, x) { x, y, z in (x * y + 2 * x * z - 0.5 * y).sum() }
        #expect(three == (Tensor([5, 9]), Tensor([0.5, 1.5]), Tensor([2, 4])))
        let (value, (dx, dy)) = valueAndGradient(at: x, y) { x, y in (2 * x * y + 1 - y / 4).sum() }
        #expect(value.scalar == 26 && dx == 2 * y && dy == Tensor([1.75, 3.75]))
        #expect(valueAndGradient(at: x) { (0.5 * $0 * $0 + 2 * $0 - 1).sum() }.value.scalar == 6.5)
        let (sum, slopes) = valueAndGradient(at: x, y, x) { x, y, z in (2 * x * y + 1 - y * z / 4).sum() }
        #expect(sum.scalar == 24.75 && slopes.2 == -y / 4)
    }

    @Test func productsWithVectors() {
        let (value, pullback) = vjp(at: x, y) { x, y in 2 * x * y + 0.5 * x - 1 }
        #expect(value == Tensor([5.5, 20]) && pullback(x) == (Tensor([6.5, 21]), Tensor([2, 8])))
        #expect(vjp(at: x) { x in 2 * x * x + 0.5 * x - 1 }.pullback(y) == Tensor([13.5, 42.5]))
        let tangent = jvp(at: x, y, along: x, y) { x, y in 2 * x * y + 0.5 * x - 1 }.tangent
        #expect(tangent == Tensor([12.5, 41]))
        #expect(jvp(at: x, along: y) { 2 * $0 * $0 + 0.5 * $0 - 1 }.tangent == Tensor([13.5, 42.5]))
        let product = hessianVectorProduct(at: x, y, along: x, y) { x, y in (x * x * y + 2 * x - 0.5 * y).sum() }
        #expect(product == (Tensor([12, 40]), Tensor([2, 8])))
        let reverse = vectorHessianProduct(at: x, y, along: x, y) { x, y in (x * x * y + 2 * x - 0.5 * y).sum() }
        #expect(reverse == product)
    }

    @Test func matricesAndBatches() {
        let (byX, byY) = jacobian(at: x, y) { x, y in 2 * x * y + 0.5 * x - 1 }
        #expect(byX == Tensor([[6.5, 0], [0, 10.5]]) && byY == Tensor([[2, 0], [0, 4]]))
        let rows = hessianRows(at: x, y) { x, y in (2 * x * y + 0.5 * x * x - 1).sum() }
        #expect(rows["0"].1 == 2 * Tensor<Double>.identity(2) && rows["0"].0 == Tensor<Double>.identity(2))
        #expect(vmap(over: x, y) { x, y in 2 * x * y + 0.5 * x - 1 } == Tensor([5.5, 20]))
        #expect(vmap(over: x) { 2 * $0 * $0 + 0.5 * $0 - 1 } == Tensor([1.5, 8]))
        #expect(checkpointed(x, y) { x, y in 2 * x * y + 0.5 * x - 1 } == Tensor([5.5, 20]))
        #expect(checkpointed(x) { 2 * $0 * $0 + 0.5 * $0 - 1 } == Tensor([1.5, 8]))
        let each = vmap(over: x, y) { x, y in gradient(at: x, y) { x, y in x * y + 2 * x * x - 0.5 * y } }
        #expect(each == (Tensor([7, 13]), Tensor([0.5, 1.5])))
    }

    @Test func functionsWithNumbers() {
        #expect(gradient(at: x) { (maximum(2 * $0, 3) - minimum(0.5, $0 * $0)).sum() } == Tensor([0, 2]))
        let slopes = gradient(at: x, y) { x, y in
            (hypot(3 * x, 4) + 2 * maximum(0, x - y) + remainder(y, 2) - atan2(0.5, x * 0)).sum()
        }
        #expect(slopes.0.isClose(to: Tensor([1.8, 18 / 52.0.squareRoot()])))
        #expect(slopes.1 == Tensor([1, 1]))
        #expect(gradient(at: x) { select($0 .> 1.5, 0, 2 * $0 * $0).sum() } == Tensor([4, 0]))
        #expect(gradient(at: x) { select($0 .> 1.5, 2 * $0 * $0, 0).sum() } == Tensor([0, 8]))
        let single = Tensor<Float>([1, -2])
        #expect(maximum(single, 0) == Tensor([1, 0]) && minimum(0, single) == Tensor([0, -2]))
        #expect(hypot(single * 3, 4).scalars[0] == 5 && hypot(4, single * 3).scalars[0] == 5)
        #expect(remainder(7, single) == Tensor([0, -1]) && remainder(single, 2) == Tensor([1, 0]))
        #expect(atan2(single, 1) == atan2(single, Tensor(1)) && atan2(1, single) == atan2(Tensor(1), single))
        #expect(select(single .> 0, single, 5) == Tensor([1, 5]) && select(single .> 0, 5, single) == Tensor([5, -2]))
        #expect(select(Tensor<Int32>([1, 2]) .> 1, Tensor<Int32>([3, 4]), 0) == Tensor([0, 4]))
    }

    @Test func functionsOfOnesOwn() {
        let square = withCustomGradient(named: "f", at: x) { x in
            2 * x * x + 1
        } pullback: { g, _, x in
            4 * g * x
        }
        #expect(square == Tensor([3, 9]))
        let product = withCustomGradient(named: "f", at: x, y) { x, y in
            2 * x * y + 1
        } pullback: { g, _, x, y in
            (2 * g * y, 2 * g * x)
        }
        #expect(product == Tensor([7, 21]))
    }

    /// Several statements where nothing else gives the type of the result.
    @Test func severalStatementsInsideAnotherCall() {
        let text = String(
            describing: vmap(over: x) { x in
                let square = 2 * x * x
                return square + 0.5
            })
        #expect(text == "Tensor<Double>[2]\n[2.5, 8.5]")
        let sum = String(
            describing: vmap(over: x, y) { x, y in
                let product = x * y
                return product - 1
            })
        #expect(sum == "Tensor<Double>[2]\n[2, 9]")
    }
}
