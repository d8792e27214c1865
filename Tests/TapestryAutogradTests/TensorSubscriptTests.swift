import TapestryTestSupport
import Testing

@testable import TapestryAutograd

@Suite struct TensorSubscriptTests {
    /// 0 ..< 24 as [2, 3, 4].
    private let x = Tensor<Float>(shape: [2, 3, 4], scalars: (0..<24).map { Float($0) })

    @Test func positions() {
        #expect(x[1].shape == [3, 4])
        #expect(x[1].scalars == (12..<24).map { Float($0) })
        #expect(x[1, 2].scalars == [20, 21, 22, 23])
        #expect(x[1, 2, 3].scalar == 23)
        #expect(x[-1, -3, -4].scalar == 12)
        #expect(x[-2, 0, -1].scalar == 3)
    }

    @Test func ranges() {
        #expect(x[0..<1].shape == [1, 3, 4])
        #expect(x[0, 1..<3].scalars == [4, 5, 6, 7, 8, 9, 10, 11])
        #expect(x[0, 0, 1...2].scalars == [1, 2])
        #expect(x[0, 0, 2...].scalars == [2, 3])
        #expect(x[0, 0, ..<2].scalars == [0, 1])
        #expect(x[0, 0, ...2].scalars == [0, 1, 2])
        #expect(x[0, 0, (-3)...].scalars == [1, 2, 3])
        #expect(x[0, 0, ..<(-1)].scalars == [0, 1, 2])
        #expect(x[0, 0, ...(-2)].scalars == [0, 1, 2])
        #expect(x[0, 3..<3].shape == [0, 4])
        #expect(x[2...].shape == [0, 3, 4])
        #expect(x[0..., 0..., 1].scalars == [1, 5, 9, 13, 17, 21])
    }

    @Test func steps() {
        #expect(x[0, 0, stride(from: 0, to: 4, by: 2)].scalars == [0, 2])
        #expect(x[0, 0, stride(from: 1, through: 3, by: 2)].scalars == [1, 3])
        #expect(x[0, 0, stride(from: 1, to: 4, by: 3)].scalars == [1])
        #expect(x[0, 0, stride(from: 3, to: 3, by: 1)].shape == [0])
        #expect(x[stride(from: 0, to: 2, by: 1), stride(from: 0, to: 3, by: 2), 3].scalars == [3, 11, 15, 23])
    }

    @Test func negativeSteps() {
        #expect(x[0, 0, stride(from: 3, to: 0, by: -1)].scalars == [3, 2, 1])
        #expect(x[0, stride(from: 2, through: 0, by: -2), 1].scalars == [9, 1])
        checkFunction(at: Tensor([0.5, -1, 2, 0.25])) { $0[stride(from: 3, through: 0, by: -2)] }
    }

    @Test func assignment() {
        var y = Tensor<Double>([[0, 1, 2, 3], [4, 5, 6, 7]])
        let original = y
        y[1] = Tensor([9, 8, 7, 6])
        #expect(y.scalars == [0, 1, 2, 3, 9, 8, 7, 6] && original.scalars == [0, 1, 2, 3, 4, 5, 6, 7])
        y[0..., 1..<3] = Tensor(-1)
        #expect(y.scalars == [0, -1, -1, 3, 9, -1, -1, 6])
        y[0, stride(from: 3, through: 0, by: -2)] = Tensor([1, 2])
        #expect(y.scalars == [0, 2, -1, 1, 9, -1, -1, 6])
        y[1, 3] += 4
        #expect(y[1, 3].scalar == 10)
        y[2...] = Tensor(5)
        y[] = Tensor(5)
        #expect(y == Tensor(repeating: 5, shape: [2, 4]))
        var flags = Tensor<Bool>([true, true])
        flags[0] = Tensor(false)
        #expect(flags.scalars == [false, true])
    }

    @Test func newAxes() {
        #expect(x[.newAxis].shape == [1, 2, 3, 4])
        #expect(x[.newAxis, 0].shape == [1, 3, 4])
        #expect(x[0, .newAxis, 1..., .newAxis].shape == [1, 2, 1, 4])
        #expect(x[0..., .newAxis, .newAxis, 2].shape == [2, 1, 1, 4])
        #expect(x[1, .newAxis, 2, 3, .newAxis].shape == [1, 1])
        #expect(x[1, .newAxis, 2, 0...].scalars == [20, 21, 22, 23])
        let row = Tensor<Float>([1, 2, 3])
        #expect(row[0..., .newAxis] * row[.newAxis] == outer(row, row))
        #expect(Tensor<Float>(5)[.newAxis, .newAxis] == Tensor([[5]]))
    }

    @Test func ellipses() {
        #expect(x[.ellipsis, 1] == x[0..., 0..., 1])
        #expect(x[..., 1] == x[0..., 0..., 1])
        #expect(x[..., 1..., 0] == x[0..., 1..., 0])
        #expect(x[...] == x && x[.ellipsis] == x)
        #expect(x[1, .ellipsis] == x[1])
        #expect(x[1, .ellipsis, -1].scalars == [15, 19, 23])
        #expect(x[1, 2, .ellipsis, 3].scalar == 23)
        #expect(x[0..., .ellipsis, .newAxis].shape == [2, 3, 4, 1])
        #expect(x[.newAxis, .ellipsis, .newAxis, 0].shape == [1, 2, 3, 1])
        #expect(x[1, .newAxis, .ellipsis, .newAxis, 2, 3].shape == [1, 1])
        #expect(Tensor<Float>(5)[...].shape == [])
    }

    @Test func assignmentThroughMarkers() {
        var y = x
        y[..., 0] = Tensor(-1)
        #expect(y[..., 0] == Tensor(repeating: -1, shape: [2, 3]) && y[..., 1...] == x[..., 1...])
        y[0, .ellipsis, 1...2] = Tensor([7, 8])
        #expect(
            y[0].scalars == [-1, 7, 8, 3, -1, 7, 8, 7, -1, 7, 8, 11] && y[1, .ellipsis, 1...] == x[1, .ellipsis, 1...])
        y[.newAxis, 1, 0..., .newAxis, 3] = Tensor([[[1], [2], [3]]])
        #expect(y[1, .ellipsis, 3].scalars == [1, 2, 3])
        // A new axis takes what is broadcast along it.
        y[0..., .newAxis, 0, 0] = Tensor([[5], [6]])
        #expect(y[.ellipsis, 0, 0].scalars == [5, 6])
        y[...] = Tensor(4)
        #expect(y == Tensor(repeating: 4, shape: [2, 3, 4]))
    }

    @Test func derivativesThroughMarkers() {
        let matrix = Tensor<Double>([[0.5, 1, 2], [4, -5, 6]]) * 0.25
        checkFunction(at: matrix) { $0[..., 1, .newAxis] * $0[.newAxis, 0] }
        checkFunction(at: matrix) {
            var y = $0 * 2
            y[.ellipsis, .newAxis, 2] = $0[0..., .newAxis, 0]
            return y
        }
    }

    @Test func derivativesOfAssignment() {
        func assigned(_ x: Tensor<Double>, _ part: Tensor<Double>) -> Tensor<Double> {
            var x = x
            x[1, stride(from: 0, to: 4, by: 2)] = part
            x[0..., 3] = part[..<1]
            return x
        }
        let (whole, part) = (Tensor<Double>([[0, 1, 2, 3], [4, 5, 6, 7]]) * 0.25, Tensor([0.5, -2]))
        checkFunction(at: whole) { assigned($0, part) }
        checkFunction(at: part) { assigned(whole, $0) }
        let (x, y) = gradient(at: whole, part) { assigned($0, $1).sum() }
        #expect(x == Tensor([[1, 1, 1, 0], [0, 1, 0, 0]]) && y == Tensor([3, 1]))
    }

    @Test func subscriptsOfViews() {
        #expect(x.transposed()[1, 3].scalars == [15, 19, 23])
        #expect(x[1][2][3].scalar == 23)
        #expect(x[0..., 1][1].scalars == [16, 17, 18, 19])
    }
}

@Suite struct TensorShapeTests {
    private let x = Tensor<Float>(shape: [2, 3, 4], scalars: (0..<24).map { Float($0) })

    @Test func reshaping() {
        #expect(x.reshaped(to: [6, 4]).shape == [6, 4])
        #expect(x.reshaped(to: 4, -1).shape == [4, 6])
        #expect(x.reshaped(to: -1).scalars == x.scalars)
        #expect(x.flattened().shape == [24])
        #expect(x.transposed().reshaped(to: [24]).scalars.prefix(3) == [0, 4, 8])
        #expect(Tensor<Float>.zeros([0, 3]).reshaped(to: 3, -1).shape == [3, 0])
        #expect(Tensor<Float>(1).reshaped(to: []).shape == [])
    }

    @Test func transposingAndPermuting() {
        #expect(x.transposed().shape == [2, 4, 3])
        #expect(x.transposed(0, 1).shape == [3, 2, 4])
        #expect(x.transposed(0, -1)[3, 2, 1].scalar == 23)
        #expect(x.permuted([2, 0, 1]).shape == [4, 2, 3])
        #expect(x.permuted([-1, 0, 1])[3, 1, 2].scalar == 23)
    }

    @Test func squeezingAndExpanding() {
        let y = x.unsqueezed(axis: 1)
        #expect(y.shape == [2, 1, 3, 4])
        #expect(x.unsqueezed(axis: -1).shape == [2, 3, 4, 1])
        #expect(x.unsqueezed(axis: 3).shape == [2, 3, 4, 1])
        #expect(y.squeezed().shape == [2, 3, 4])
        #expect(y.squeezed(axes: [1]).scalars == x.scalars)
        #expect(y.squeezed(axes: [-3]).shape == [2, 3, 4])
        #expect(y.squeezed(axes: []).shape == y.shape)
        #expect(y.expanded(to: [2, 5, 3, 4])[1, 4].scalars == x[1].scalars)
    }

    @Test func cuttingAndJoining() {
        let parts = x.split([1, 0, 2], axis: 1)
        #expect(parts.map(\.shape) == [[2, 1, 4], [2, 0, 4], [2, 2, 4]])
        #expect(concatenate(parts, axis: 1) == x)
        #expect(concatenate(x.split(count: 2, axis: -1), axis: -1) == x)
        #expect(stack(x.unstacked(axis: 1), axis: 1) == x)
        #expect(stack(x.unstacked()) == x)
        #expect(stack(x.unstacked(axis: -1), axis: -1) == x)
        #expect(x.slice(axis: -1, at: -1).shape == [2, 3])
        #expect(concatenate([x]) == x)
    }

    @Test func rowsByIndex() {
        let table = Tensor<Float>([[1, 2], [3, 4], [5, 6]])
        #expect(table.rows(at: Tensor([2, 0])) == Tensor([[5, 6], [1, 2]]))
        #expect(table.transposed().rows(at: Tensor([[1], [1]])) == Tensor([[[2, 4, 6]], [[2, 4, 6]]]))
        #expect(table.rows(at: Tensor(1)) == Tensor([3, 4]))
    }
}

@Suite struct TensorOperatorTests {
    private let x = Tensor([1.0, -2, 3])

    @Test func withNumbersOnEitherSide() {
        #expect((x + 1).scalars == [2, -1, 4])
        #expect((1 + x).scalars == [2, -1, 4])
        #expect((x - 1).scalars == [0, -3, 2])
        #expect((1 - x).scalars == [0, 3, -2])
        #expect((x * 2).scalars == [2, -4, 6])
        #expect((2 * x).scalars == [2, -4, 6])
        #expect((x / 2).scalars == [0.5, -1, 1.5])
        #expect((6 / x).scalars == [6, -3, 2])
        #expect((-x).scalars == [-1, 2, -3])
        #expect((Tensor<Int32>([7, -7]) / 2).scalars == [3, -3])
    }

    @Test func comparisonsAndLogic() {
        let y = Tensor([1.0, 5, -1])
        #expect((x .== y).scalars == [true, false, false])
        #expect((x .!= y).scalars == [false, true, true])
        #expect((x .< y).scalars == [false, true, false])
        #expect((x .<= y).scalars == [true, true, false])
        #expect((x .> y).scalars == [false, false, true])
        #expect((x .>= y).scalars == [true, false, true])
        #expect((x .> 0).scalars == [true, false, true])
        #expect((x .<= 1).scalars == [true, true, false])
        #expect((x .== 3).scalars == [false, false, true])
        let isNaN = Tensor([Double.nan])
        #expect(!(isNaN .== isNaN).scalar && (isNaN .!= isNaN).scalar && !(isNaN .>= isNaN).scalar)
        let (a, b) = (Tensor([true, true, false, false]), Tensor([true, false, true, false]))
        #expect((a .& b).scalars == [true, false, false, false])
        #expect((a .| b).scalars == [true, true, true, false])
        #expect((a .^ b).scalars == [false, true, true, false])
        #expect((.!a).scalars == [false, false, true, true])
        #expect((x .< Tensor([[0.0], [10]])).shape == [2, 3])
    }

    @Test func selecting() {
        #expect(select(Tensor([true, false, true]), x, Tensor(0)).scalars == [1, 0, 3])
        let words = select(Tensor([true, false]), Tensor<Int32>([1, 2]), Tensor<Int32>([3, 4]))
        #expect(words.scalars == [1, 4])
        #expect(
            select(Tensor([true, false]), Tensor([true, true]), Tensor([false, false])).scalars == [true, false])
    }

    @Test func reductionsOfWholeNumbers() {
        let numbers = Tensor<Int32>([[1, -5, 3], [7, 2, 0]])
        #expect(numbers.sum().scalar == 8)
        #expect(numbers.sum(axes: [0]).scalars == [8, -3, 3])
        #expect(numbers.max(axes: [1]).scalars == [3, 7])
        #expect(numbers.min(axes: [-1], keepingAxes: true).shape == [2, 1])
    }

    @Test func statistics() {
        let rows = Tensor<Double>([[1, 2, 3, 6], [2, 2, 2, 2]])
        #expect(rows.mean(axes: [1]).scalars == [3, 2])
        #expect(rows.variance(axes: [1]).scalars == [3.5, 0])
        #expect(rows.variance(axes: [1], correction: 1, keepingAxes: true).isClose(to: Tensor([[14.0 / 3], [0]])))
        #expect(rows.mean().scalar == 2.5)
        // A divisor of at most zero is zero.
        #expect(rows.variance(axes: [1], correction: 9).scalars[0] == .infinity)
        #expect(rows.variance(axes: [1], correction: 4).scalars[1].isNaN)
        #expect(rows.variance(axes: [1], correction: 9).scalars[1].isNaN)
        // A common offset of 1e8 costs no digit of the variance.
        #expect((rows + 1e8).variance(axes: [1]).scalars == [3.5, 0])
    }

    // MARK: Values

    @Test func copiesNeverChange() {
        var a = Tensor<Float>(repeating: 1, shape: [1000])
        let b = a
        let c = a + 1
        a += c
        a *= a
        #expect(b == Tensor(repeating: 1, shape: [1000]))
        #expect(c == Tensor(repeating: 2, shape: [1000]))
        #expect(a == Tensor(repeating: 9, shape: [1000]))
    }

    @Test func viewsNeverChange() {
        var a = Tensor<Float>([[1, 2], [3, 4]])
        let (row, column, wide) = (a[1], a[0..., 0], a[0].expanded(to: [3, 2]))
        a += a
        a -= Tensor(1)
        a = -a
        #expect(row == Tensor([3, 4]))
        #expect(column == Tensor([1, 3]))
        #expect(wide[2] == Tensor([1, 2]))
        #expect(a == Tensor([[-1, -3], [-5, -7]]))
    }

    @Test func aChainOfOperatorsLeavesItsOperandsAlone() {
        let (a, b) = (Tensor([1.0, 2]), Tensor([3.0, 4]))
        #expect((-(a + b) * (a - b) + a / b * 12).scalars == [12, 18])
        #expect(exp(a - a) + tanh(b - b) == Tensor([1, 1]))
        #expect(a == Tensor([1, 2]))
        #expect(b == Tensor([3, 4]))
    }

    @Test func whatATapeKeepsNeverChanges() {
        let x = Tensor([1.0, 2, 3])
        let (value, pullback) = vjp(at: x) { x in
            var y = exp(x)
            let saved = y
            y *= y
            y += Tensor(1)
            y = -y
            return y + saved
        }
        let e = exp(x)
        #expect(value.isClose(to: e - e * e - 1))
        for _ in 0..<2 {
            #expect(pullback(Tensor([1, 1, 1])).isClose(to: e - 2 * e * e, relativeTolerance: 1e-12))
        }
    }
}
