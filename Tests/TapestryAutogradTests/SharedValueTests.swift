import TapestryTestSupport
import Testing

@testable import TapestryAutograd

/// Values that are used more than once: cotangents add up, and no buffer that two of them share is changed.
@Suite struct SharedValueTests {
    private let a = Tensor<Double>([[1, 2], [3, 4]])
    private let b = Tensor<Double>([[-1, 0.5], [2, 7]])
    private let w = Tensor<Double>([[0.5, -1], [2, 0.25]])

    @Test func aSharedWeightUsedTwice() {
        let v = Tensor<Double>([[1, -2], [0.5, 3]])
        let gradient = gradient(at: w) { matmul(matmul(v, $0), $0).sum() }
        // ∂/∂W Σ vWW = vᵀ 1 Wᵀ + (vW)ᵀ 1
        let ones = Tensor<Double>.ones([2, 2])
        let expected = matmul(v.transposed(), matmul(ones, w.transposed())) + matmul(matmul(v, w).transposed(), ones)
        #expect(gradient.isClose(to: expected, relativeTolerance: 1e-14))
    }

    /// One buffer was handed to two gradients, and changed in place for the first of them.
    @Test func oneCotangentForTwoOperandsInBothOrders() {
        let productFirst = gradient(at: [a, b]) { ($0[0] * w).sum() + ($0[0] + $0[1]).sum() }
        let sumFirst = gradient(at: [a, b]) { ($0[0] + $0[1]).sum() + ($0[0] * w).sum() }
        for gradient in [productFirst, sumFirst] {
            #expect(gradient[0] == w + 1)
            #expect(gradient[1] == Tensor.ones([2, 2]))
        }
    }

    @Test func oneCotangentForTwoOperandsOfWholeTensors() {
        // The same with a cotangent that is a buffer of its own, not the view of a one.
        let c = Tensor<Double>([[3, -1], [2, 5]])
        // The walk goes backwards, so what is recorded last hands its cotangent on first.
        let sumLast = gradient(at: [a, b]) { ($0[0] * w).sum() + (($0[0] + $0[1]) * c).sum() }
        let sumFirst = gradient(at: [a, b]) { (($0[0] + $0[1]) * c).sum() + ($0[0] * w).sum() }
        let onTheWay = gradient(at: [a, b]) { inputs -> Tensor<Double> in
            let x = inputs[0] * 1
            return (x * w).sum() + ((x + inputs[1]) * c).sum()
        }
        for gradient in [sumLast, sumFirst, onTheWay] {
            #expect(gradient[0] == c + w)
            #expect(gradient[1] == c)
        }
    }

    @Test func oneOperandTwiceInOneOperation() {
        #expect(gradient(at: a) { ($0 + $0).sum() } == Tensor.ones([2, 2]) * 2)
        #expect(gradient(at: a) { ($0 * $0).sum() } == a * 2)
        #expect(gradient(at: a) { ($0 - $0).sum() } == Tensor.zeros([2, 2]))
        #expect(gradient(at: a) { ($0 / $0).sum() } == Tensor.zeros([2, 2]))
        #expect(gradient(at: a) { (concatenate([$0, $0, $0])).sum() } == Tensor.ones([2, 2]) * 3)
        #expect(gradient(at: a) { matmul($0, $0).sum() }.isClose(to: Tensor([[7, 11], [9, 13]])))
        #expect(gradient(at: a) { (select($0 .> 2, $0, $0)).sum() } == Tensor.ones([2, 2]))
    }

    @Test func manyUsesAddUp() {
        let gradient = gradient(at: a) { a in (0..<100).reduce(Tensor(0)) { $0 + (a * Double($1)).sum() } }
        #expect(gradient == Tensor(repeating: 4950, shape: [2, 2]))
    }

    @Test func slicesWholesAndRowsOfOneTensor() {
        let gradient = gradient(at: a) { a -> Tensor<Double> in
            let slices = a[0].sum() + a[0..., 1].sum() * 2 + a[1][0] * 16
            return slices + a.sum() * 4 + a.rows(at: Tensor([1, 1])).sum() * 8
        }
        #expect(gradient == Tensor([[5, 7], [36, 22]]))
    }

    @Test func theInputItselfIsTheResult() {
        #expect(gradient(at: Tensor(3.0)) { $0 } == Tensor(1))
        #expect(gradient(at: a) { $0[1, 1] } == Tensor([[0, 0], [0, 1]]))
    }

    @Test func inputsThatAreNotUsedHaveZeroGradients() {
        let gradient = gradient(at: [a, b]) { ($0[0] * 2).sum() }
        #expect(gradient[1] == Tensor.zeros([2, 2]))
        #expect(TapestryAutograd.gradient(at: a) { _ in Tensor(3.0) } == Tensor.zeros([2, 2]))
    }

    @Test func oneTensorAsTwoInputs() {
        let gradient = gradient(at: [a, a]) { ($0[0] * 2 + $0[1] * 3).sum() }
        #expect(gradient[0] == Tensor.ones([2, 2]) * 2)
        #expect(gradient[1] == Tensor.ones([2, 2]) * 3)
    }

    @Test func gradientsAreValuesOfTheirOwn() {
        var (first, second) = gradient(at: a, b) { ($0 + $1).sum() }
        let copy = second
        first += Tensor(1)
        second *= Tensor(5)
        #expect(first == Tensor.ones([2, 2]) * 2)
        #expect(second == Tensor.ones([2, 2]) * 5)
        #expect(copy == Tensor.ones([2, 2]))
    }

    @Test func aBiasOfOneElementIsBroadcastAndItsCotangentSummed() {
        let bias = Tensor([2.0])
        let gradient = gradient(at: [a, b, bias]) { inputs -> Tensor<Double> in
            let (x, weights, bias) = (inputs[0].value, inputs[1].value, inputs[2].value)
            return Tensor(Value.sumOfProducts([x, weights, bias])).sum()
        }
        #expect(gradient[2] == Tensor([4]))
        #expect(gradient[0] == matmul(Tensor.ones([2, 2]), b.transposed()))
    }

    @Test func reductionsAndSoftmaxOverAnAxisThatIsNotTheLast() {
        let x = Tensor(shape: [2, 3, 2], scalars: [0.1, -0.4, 0.8, 0.3, -0.9, 1.2, 0.6, -0.2, 0.5, 0.7, -0.3, 0.9])
        let c = Tensor(shape: [2, 3, 2], scalars: (0..<12).map { Double($0 * $0 % 7) - 3 })
        for axis in 0..<3 {
            let functions: [(Tensor<Double>) -> Tensor<Double>] = [
                { ($0.softmax(axis: axis) * c).sum() }, { ($0.logSoftmax(axis: axis) * c).sum() },
                { ($0.logSumExp(axes: [axis], keepingAxes: true) * c).sum() },
                { ($0.variance(axes: [axis], keepingAxes: true) * c).sum() },
                { ($0.max(axes: [axis], keepingAxes: true) * c).sum() },
            ]
            for (index, function) in functions.enumerated() {
                let expected = differenceGradient(at: [x]) { function($0[0]).scalar }[0]
                let error = blockError(gradient(at: x, of: function).scalars, expected)
                #expect(error < 1e-9, "function \(index) along axis \(axis)")
            }
        }
    }
}
