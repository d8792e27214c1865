import Foundation
import TapestryTestSupport
import Testing

@testable import TapestryAutograd

/// Every operator on two, three and four arguments of different types, with one result and with tuples of results.
@Suite struct SeveralArgumentsTests {
    private struct Line: Module, Equatable {
        var slope: Tensor<Double>
        var inner: Inner
    }

    private struct Inner: Module, Equatable {
        var offset: Tensor<Double>
    }

    private static let line = Line(slope: Tensor([2, 3]), inner: Inner(offset: Tensor([5, 7])))
    private static let list = [Tensor<Double>([1, 2]), Tensor([4, 8])]
    private static let table = ["a": Tensor<Double>([1, -1]), "b": Tensor([0.5, 2])]
    private static let absent: Tensor<Double>? = nil

    /// (2 x₀ x₁ + a b + offset) · slope · y, where y is optional: it counts as 1.
    private static func function(
        _ line: Line, _ list: [Tensor<Double>], _ table: [String: Tensor<Double>], _ y: Tensor<Double>?
    ) -> Tensor<Double> {
        let product = 2 * list[0] * list[1] + table["a"]! * table["b"]!
        let sum = (product + line.inner.offset) * line.slope
        return y.map { sum * $0 } ?? sum
    }

    /// Its gradients where each element counts once, by hand, for y = 10.
    private static let slopes = (
        line: Line(slope: Tensor([135, 370]), inner: Inner(offset: Tensor([20, 30]))),
        list: [Tensor<Double>([160, 480]), Tensor([40, 120])],
        table: ["a": Tensor<Double>([10, 60]), "b": Tensor([20, -30])],
        y: Tensor<Double>([27, 111])
    )

    // MARK: Reverse mode

    @Test func gradientsOfFourArguments() {
        let (line, list, table, y) = gradient(at: Self.line, Self.list, Self.table, Optional(Tensor<Double>([10, 10])))
        {
            Self.function($0, $1, $2, $3).sum()
        }
        #expect(line == Self.slopes.line)
        #expect(list == Self.slopes.list)
        #expect(table == Self.slopes.table)
        #expect(y == Self.slopes.y)
    }

    @Test func anAbsentArgumentStaysAbsent() {
        let (value, slopes) = valueAndGradient(at: Self.line, Self.list, Self.table, Self.absent) {
            Self.function($0, $1, $2, $3).sum()
        }
        #expect(value.scalar == 138)
        #expect(slopes.0.slope == Tensor([13.5, 37]))
        #expect(slopes.3 == nil)
    }

    @Test func gradientsOfThreeScalarTypes() {
        let (x, y, indices) = gradient(at: Tensor<Double>([[1], [2]]), Tensor<Float>(3), Tensor<Int32>([1, 1])) {
            x, y, indices in
            let picked = x.rows(at: indices)
            return (picked * y.converted(to: Double.self)).sum()
        }
        #expect(x == Tensor([[0], [6]]))
        #expect(y == Tensor<Float>(4))
        #expect(indices == Tensor<Int32>([1, 1]))
    }

    @Test func anAuxiliaryResultBesideSeveralGradients() {
        let (value, slopes, auxiliary) = valueAndGradient(at: Tensor(2.0), Tensor(3.0)) { x, y in
            (loss: x * x * y, auxiliary: (x * 10, "text"))
        }
        #expect(value.scalar == 12)
        #expect(slopes.0.scalar == 12 && slopes.1.scalar == 4)
        #expect(auxiliary.0.scalar == 20 && auxiliary.1 == "text" && !auxiliary.0.isTracked)
    }

    @Test func frozenPathsBeginWithTheArgumentsNumber() {
        let (line, x) = gradient(at: Self.line, Tensor<Double>([1, 1]), freezing: ["0.inner.*", "1"]) { line, x in
            ((line.slope + line.inner.offset) * x).sum()
        }
        #expect(line == Line(slope: Tensor([1, 1]), inner: Inner(offset: Tensor([0, 0]))))
        #expect(x == Tensor([0, 0]))
    }

    private enum Failure: Error { case expected }

    private static func fail(_ x: Tensor<Double>, _ y: Tensor<Double>) throws(Failure) -> Tensor<Double> {
        throw .expected
    }

    private static func failPair(_ x: Tensor<Double>) throws(Failure) -> (Tensor<Double>, Tensor<Double>) {
        throw .expected
    }

    @Test func errorsPassThroughWithTheirType() {
        func isThrown(_ body: () throws(Failure) -> Void) -> Bool {
            do {
                try body()
                return false
            } catch {
                return error == .expected
            }
        }
        let x = Tensor(1.0)
        #expect(isThrown { () throws(Failure) in _ = try gradient(at: x, x, of: Self.fail) })
        #expect(isThrown { () throws(Failure) in _ = try vjp(at: x, x, of: Self.fail) })
        #expect(isThrown { () throws(Failure) in _ = try vjp(at: x, of: Self.failPair) })
        #expect(isThrown { () throws(Failure) in _ = try jvp(at: x, along: x, of: Self.failPair) })
        #expect(isThrown { () throws(Failure) in _ = try jacobian(at: x, x, direction: .forward, of: Self.fail) })
    }

    @Test func pullbacks() {
        let (value, pullback) = vjp(at: Self.line, Self.list, Self.table) { Self.function($0, $1, $2, nil) }
        #expect(value == Tensor([27, 111]))
        let slopes = pullback(Tensor([10, 10]))
        #expect(slopes.0 == Self.slopes.line)
        #expect(slopes.1 == Self.slopes.list)
        #expect(slopes.2 == Self.slopes.table)
    }

    @Test func pullbacksOfTuples() {
        let ((product, sums), pullback) = vjp(at: Tensor<Double>([1, 2]), Tensor<Double>([3, 4])) { x, y in
            let sum = x + y
            return (x * y, ["sum": sum])
        }
        #expect(product == Tensor([3, 8]))
        #expect(sums == ["sum": Tensor([4, 6])])
        #expect(!product.isTracked && !sums["sum"]!.isTracked)
        let (dx, dy) = pullback(Tensor([1, 0]), ["sum": Tensor([10, 100])])
        #expect(dx == Tensor([13, 100]))
        #expect(dy == Tensor([11, 100]))
    }

    @Test func aTupleOfFourResultsOfOneArgument() {
        let ((a, b, c, d), pullback) = vjp(at: Tensor(2.0)) { x in
            let square = x * x
            return (x, square, [square * x], Line(slope: x, inner: Inner(offset: 4 * x)))
        }
        #expect(a.scalar == 2 && b.scalar == 4 && c[0].scalar == 8 && d.inner.offset.scalar == 8)
        let cotangent = Line(slope: Tensor(1000), inner: Inner(offset: Tensor(10_000)))
        #expect(pullback(Tensor(1), Tensor(10), [Tensor(100)], cotangent).scalar == 42_241)
    }

    @Test func severalInputsOfAnExplicitTape() {
        let tape = Tape()
        let (x, list) = tape.watch(Tensor(3.0), [Tensor(5.0)])
        let (dx, dList) = tape.gradient(of: x * x * list[0], at: x, list)
        #expect(dx.scalar == 30)
        #expect(dList[0].scalar == 9)
    }

    // MARK: Forward mode

    @Test func tangentsAlongSeveralDirections() {
        let (value, tangent) = jvp(
            at: Self.line, Self.list, Self.table, along: Self.slopes.line, Self.slopes.list, Self.slopes.table
        ) { Self.function($0, $1, $2, nil) }
        #expect(value == Tensor([27, 111]))
        // ⟨g, g⟩ by element, for the gradient g, which is 10 times the one of y = 1.
        let g = Self.slopes
        let squares = [g.line.slope, g.line.inner.offset, g.list[0], g.list[1], g.table["a"]!, g.table["b"]!]
        let expected = squares.map { $0 * $0 / 10 }.reduce(Tensor<Double>([0, 0])) { $0 + $1 }
        #expect(tangent.isClose(to: expected, relativeTolerance: 1e-14))
    }

    @Test func tangentsOfTuples() {
        let ((y, sums), (dy, dSums)) = jvp(at: Tensor(3.0), Tensor(5.0), along: Tensor(1.0), Tensor(10.0)) { x, h in
            (x * h, [x + h, x])
        }
        #expect(y.scalar == 15 && sums.map(\.scalar) == [8, 3])
        #expect(dy.scalar == 35 && dSums.map(\.scalar) == [11, 1])
    }

    // MARK: Batches, checkpoints, derivatives of one's own

    @Test func batchesOfSeveralArguments() {
        let x = Tensor<Double>([[1, 2], [3, 4], [5, 6]])
        let (sums, products) = vmap(over: x, [x], ["a": Tensor<Double>([1, 10, 100])]) { x, list, table in
            let sum = (x + list[0]).sum()
            return (sum * table["a"]!, [x * list[0]])
        }
        #expect(sums == Tensor([6, 140, 2200]))
        #expect(products == [x * x])
        let one = vmap(over: x, x, x, axis: 1, outputAxis: -1) { a, b, c in
            let product = a * b
            return product * c
        }
        #expect(one == x * x * x)
    }

    @Test func checkpointsOfSeveralArguments() {
        func run(_ x: Tensor<Double>, _ h: Tensor<Double>, _ isCheckpointed: Bool) -> Tensor<Double> {
            func step(_ x: Tensor<Double>, _ h: [Tensor<Double>]) -> (Tensor<Double>, [Tensor<Double>]) {
                let state = tanh(x * h[0])
                return (state * x, [state])
            }
            let (y, next) = isCheckpointed ? checkpointed(x, [h], of: step) : step(x, [h])
            let product = isCheckpointed ? checkpointed(y, next[0]) { $0 * $1 } : y * next[0]
            return product.sum()
        }
        let (x, h) = (Tensor<Double>([0.5, 2]), Tensor<Double>([1.5, 0.3]))
        let plain = gradient(at: x, h) { run($0, $1, false) }
        let again = gradient(at: x, h) { run($0, $1, true) }
        #expect(plain.0.isClose(to: again.0, relativeTolerance: 1e-14))
        #expect(plain.1.isClose(to: again.1, relativeTolerance: 1e-14))
        #expect(plain.0.scalars[0] != 0)
    }

    @Test func aGradientOfOnesOwnOfSeveralArguments() {
        /// x y with cotangents of another function.
        func product(_ x: Tensor<Double>, _ list: [Tensor<Double>]) -> Tensor<Double> {
            withCustomGradient(named: "product", at: x, list) { x, list in
                x * list[0]
            } pullback: { g, y, x, list in
                (g * y, [2 * g * x])
            }
        }
        let (dx, dList) = gradient(at: Tensor(3.0), [Tensor(5.0)]) { product($0, $1) }
        #expect(dx.scalar == 15 && dList[0].scalar == 6)
        // Its forward mode is the transpose, and its batches are those of the pullback.
        let (x, list) = (Tensor(3.0), [Tensor(5.0)])
        let tangent = jvp(at: x, list, along: Tensor(1.0), [Tensor(10.0)]) { product($0, $1) }.tangent
        #expect(tangent.scalar == 75)
        let each = vmap(over: Tensor<Double>([3, 1])) { x in gradient(at: x, [Tensor(5.0)]) { product($0, $1) }.1[0] }
        #expect(each == Tensor([6, 2]))
    }

    // MARK: Jacobians and Hessians

    @Test(arguments: [nil, .forward, .reverse] as [DerivativeDirection?])
    func jacobiansOfSeveralArguments(_ direction: DerivativeDirection?) {
        let (x, matrix) = (Tensor<Double>([1, 2]), Tensor<Double>([[3, 4], [5, 6], [7, 8]]))
        let (byMatrix, byX, byBias) = jacobian(at: matrix, [x], Tensor(1.0), direction: direction) { m, x, b in
            matmul(m, x[0]) + b
        }
        #expect(byX == [matrix])
        #expect(byBias == Tensor([1, 1, 1]))
        // ∂y[i] / ∂m[k, l] = δ[i, k] x[l]
        #expect(byMatrix == Tensor<Double>.identity(3).reshaped(to: 3, 3, 1) * x)
    }

    @Test(arguments: [nil, .forward, .reverse] as [DerivativeDirection?])
    func jacobianByEveryParameterInBothDirections(_ direction: DerivativeDirection?) {
        let x = Tensor<Double>([1, 2, 3])
        let line = Line(slope: Tensor(2), inner: Inner(offset: Tensor([1, 1, 1])))
        let jacobian = jacobian(at: line, direction: direction) { $0.slope * x + $0.inner.offset }
        #expect(jacobian == Line(slope: x, inner: Inner(offset: .identity(3))))
    }

    @Test(arguments: [nil, .forward, .reverse] as [DerivativeDirection?])
    func jacobianRowsOfAModule(_ direction: DerivativeDirection?) {
        let rows = jacobianRows(at: Tensor<Double>([1, 2]), direction: direction) { x in
            ["square": x * x, "sum": x.sum(), "constant": Tensor([7])]
        }
        #expect(rows.paths == ["constant", "square", "sum"])
        #expect(rows["square"] == Tensor([[2, 0], [0, 4]]))
        #expect(rows["sum"] == Tensor([1, 1]))
        #expect(rows["constant"] == Tensor([[0, 0]]))
    }

    @Test(arguments: [nil, .forward, .reverse] as [DerivativeDirection?])
    func jacobianRowsOfTuples(_ direction: DerivativeDirection?) {
        let rows = jacobianRows(at: Self.line, Tensor(10.0), direction: direction) { line, x in
            let product = line.slope * x
            return (product, Line(slope: x * x, inner: line.inner))
        }
        #expect(rows.paths == ["0", "1.slope", "1.inner.offset"])
        let identity = Tensor<Double>.identity(2)
        let zeros = Tensor<Double>.zeros([2, 2])
        #expect(rows["0"].0 == Line(slope: 10 * identity, inner: Inner(offset: zeros)))
        #expect(rows["0"].1 == Tensor([2, 3]))
        #expect(rows["1.slope"].1 == Tensor(20))
        #expect(rows["1.inner.offset"].0 == Line(slope: zeros, inner: Inner(offset: identity)))
    }

    @Test func hessianRowsOfAModuleAndOfSeveralArguments() {
        // f = Σ slope² offset
        let byModule = hessianRows(at: Self.line) { ($0.slope * $0.slope * $0.inner.offset).sum() }
        #expect(
            byModule["slope"]
                == Line(slope: Tensor([[10, 0], [0, 14]]), inner: Inner(offset: Tensor([[4, 0], [0, 6]]))))
        #expect(byModule["inner.offset"].inner.offset == .zeros([2, 2]))
        // f = Σ w x b²
        let x = Tensor<Double>([1, 2])
        let rows = hessianRows(at: Tensor<Double>([3, 4]), [Tensor(5.0)]) { w, b in (w * x * b[0] * b[0]).sum() }
        #expect(rows["0"].0 == .zeros([2, 2]))
        #expect(rows["0"].1 == [Tensor([10, 20])])
        #expect(rows["1.0"].0 == Tensor([10, 20]))
        #expect(rows["1.0"].1 == [Tensor(22)])
    }

    @Test func rowsPrintAsATable() {
        let rows = jacobianRows(at: Self.line, Tensor<Double>([1, 2, 3, 4, 5, 6, 7, 8, 9])) { line, x in
            (line.slope * x[..<2], -2.5 * x)
        }
        #expect(
            rows.description == """
                of  by              shape   elements
                0   0.slope         [2, 2]  [[1, 0], [0, 2]]
                0   0.inner.offset  [2, 2]  [[0, 0], [0, 0]]
                0   1               [2, 9]  largest magnitude 3
                1   0.slope         [9, 2]  largest magnitude 0
                1   0.inner.offset  [9, 2]  largest magnitude 0
                1   1               [9, 9]  largest magnitude 2.5
                """)
        #expect(
            "\(hessianRows(at: Tensor(3.0)) { $0 * $0 * $0 })" == """
                of  by  shape  elements
                ·   ·   []     18
                """)
        let empty = jacobianRows(at: Tensor<Double>.zeros([0])) { ["sum": $0.sum(), "twice": 2 * $0] }
        #expect(
            "\(empty)" == """
                of     by  shape   elements
                sum    ·   [0]     []
                twice  ·   [0, 0]  []
                """)
    }

    @Test func theOriginOfANumberThatIsNotFiniteAmongSeveralArguments() {
        let origin = firstNonFinite(at: Self.line, Tensor<Double>([0, -.infinity])) { line, x in (line.slope * x).sum()
        }
        #expect(origin?.primitive == "input" && origin?.name == "1" && origin?.element == [1])
    }

    @Test func hessianTimesVectorsOfSeveralArguments() {
        // f = x² y + y³: H = [[2y, 2x], [2x, 6y]]
        let (x, y) = (Tensor(3.0), [Tensor(5.0)])
        func f(_ x: Tensor<Double>, _ y: [Tensor<Double>]) -> Tensor<Double> { x * x * y[0] + y[0] * y[0] * y[0] }
        let forward = hessianVectorProduct(at: x, y, along: Tensor(1.0), [Tensor(10.0)], of: f)
        #expect(forward.0.scalar == 70 && forward.1[0].scalar == 306)
        let reverse = vectorHessianProduct(at: x, y, along: Tensor(1.0), [Tensor(10.0)], of: f)
        #expect(reverse.0.scalar == 70 && reverse.1[0].scalar == 306)
    }

    static let traps: [ExpectedTrap] = [
        ExpectedTrap("jacobianRows: \"b\" is none of the tensors of the result: a") {
            _ = jacobianRows(at: Tensor(1.0)) { ["a": $0] }["b"]
        },
        ExpectedTrap("jacobian: the input has no parameter") {
            _ = jacobian(at: Tensor<Int32>([1]), Tensor<Int32>([2]), direction: .forward) { _, _ in Tensor(1.0) }
        },
        ExpectedTrap("jvp: a direction of shape [2] for tensor 1.slope of the input, of shape []") {
            let line = Line(slope: Tensor(1), inner: Inner(offset: Tensor(1)))
            var direction = line
            direction.slope = Tensor([1, 2])
            _ = jvp(at: Tensor(1.0), line, along: Tensor(1.0), direction) { $0 * $1.slope }
        },
        ExpectedTrap("vjp: a cotangent of shape [2] for tensor 1 of the result, of shape []") {
            let (_, pullback) = vjp(at: Tensor(1.0)) { ($0, $0) }
            _ = pullback(Tensor(1.0), Tensor([1.0, 2]))
        },
        ExpectedTrap(
            """
            vmap: tensors with different numbers of examples along axis 0: 2 in argument 0 of shape [2], \
            3 in argument 1.0 of shape [3]
            """
        ) {
            _ = vmap(over: Tensor<Double>([1, 2]), [Tensor<Double>([1, 2, 3])]) { $0 * $1[0] }
        },
        ExpectedTrap("gradient: the frozen pattern \"slope\" matches none of the parameters 0.slope, 0.inner.offset, 1")
        {
            let line = Line(slope: Tensor(1), inner: Inner(offset: Tensor(1)))
            _ = gradient(at: line, Tensor(1.0), freezing: ["slope"]) { $0.slope * $1 }
        },
        ExpectedTrap(
            "vmap: the function returns nothing; write the type of a tuple out without labels, `-> (A, B) in`"
        ) {
            vmap(over: Tensor<Double>([1, 2])) { _ in }
        },
    ]

    @Test(arguments: traps.indices)
    func trapsWithItsMessage(_ index: Int) async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [index] in
            Self.traps[index].run()
        }
        #expect(Self.traps[index].complaint(about: result?.standardErrorContent) == nil)
    }

    // MARK: Nested

    /// The operators on two arguments each, within each other, with values from outside.
    @Test func withinEachOther() {
        // f(x, y) = x³ y² c; ∂²f / ∂x ∂y = 6 x² y c; along (1, 1) of that: 12 x y c + 6 x² c; by c: 12 x y + 6 x².
        let (x, y) = (Tensor(2.0), Tensor(3.0))
        let (half, one, zero) = (Tensor(0.5), Tensor(1.0), Tensor(0.0))
        func f(_ x: Tensor<Double>, _ y: Tensor<Double>, _ c: Tensor<Double>) -> Tensor<Double> {
            x * x * x * y * y * c
        }
        let slope = gradient(at: half, one) { c, _ in
            jvp(at: x, y, along: one, one) { x, y in
                gradient(at: x, y) { x, y in
                    let (_, pullback) = vjp(at: x, y) { x, y in (f(x, y, c), x) }
                    return pullback(one, zero).1
                }.0
            }.tangent
        }
        #expect(slope.0.scalar == 96)
        #expect(slope.1.scalar == 0)
        // For each of a batch of c, and there by c again: linear.
        let each = vmap(over: Tensor<Double>([1, 2]), Tensor<Double>([5, 7])) { c, d in
            let (product, first) = checkpointed(c, d) { c, d in (c * d, c) }
            return gradient(at: x, y) { x, y in (x * y * product + first) }
        }
        #expect(each.0 == Tensor([15, 42]))
        #expect(each.1 == Tensor([10, 28]))
    }
}
