import TapestryTestSupport
import Testing

@testable import TapestryAutograd

/// Scaled dot-product attention.
@Suite struct AttentionTests {
    // The numbers are PyTorch's, in double precision.
    @Test func valuesAndGradients() {
        let query = Tensor<Double>([[0.5, -1], [1.5, 0.25], [-0.75, 2]])
        let key = Tensor<Double>([[1, 0.5], [-0.5, 1.25], [0.75, -1.5]])
        let values = Tensor<Double>([[1, -2], [0.5, 3], [-1.5, 0.25]])
        let result = scaledDotProductAttention(query, key, values, isCausal: true)
        #expect(
            blockError(
                result.scalars,
                [1, -2, 0.90564451068921, -1.0564451068921, 0.548888468636772, 2.30549325818015]) < 1e-13)
        #expect(
            blockError(
                weightedGradient(at: query) { scaledDotProductAttention($0, key, values, isCausal: true) },
                [0, 0, -1.50207203193484, 0.751036015967422, -1.76482154231756, 1.03572278903853]) < 1e-13)
        #expect(
            blockError(
                weightedGradient(at: key) { scaledDotProductAttention(query, $0, values, isCausal: true) },
                [
                    -0.664753030740694, -2.48319600850687, 0.610642906783136, 2.62748967239369, 0.0541101239575581,
                    -0.144293663886821,
                ]) < 1e-13)
        let mask = Tensor<Bool>([[true, true, false], [false, false, false], [true, false, true]])
        func masked(_ query: Tensor<Double>) -> Tensor<Double> {
            scaledDotProductAttention(query, key, values, mask: mask)
        }
        #expect(masked(query)[1].scalars == [0, 0])
        #expect(Array(weightedGradient(at: query, masked)[2..<4]) == [0, 0])
        checkFunction(at: query, masked)
        checkFunction(at: key) { scaledDotProductAttention(query, $0, values, mask: mask, isCausal: true) }
        checkFunction(at: values) { scaledDotProductAttention(query, key, $0) }
    }

    /// The second time may attend to nothing; no time may attend to the last source.
    private static let mask = Tensor<Bool>([
        [true, true, false, false], [false, false, false, false], [true, false, true, false],
    ])

    private static let inputs = withRandomSeed(4) {
        [Tensor<Double>.normal([3, 2]), Tensor<Double>.normal([4, 2]), Tensor<Double>.normal([4, 5])]
    }

    /// The inputs with numbers in what no result depends on.
    private static func padded(_ query: Double, _ key: Double, _ value: Double) -> [Tensor<Double>] {
        var inputs = inputs
        inputs[0][1] = Tensor(repeating: query, shape: [2])
        inputs[1][3] = Tensor(repeating: key, shape: [2])
        inputs[2][3] = Tensor(repeating: value, shape: [5])
        return inputs
    }

    private static func loss(_ inputs: [Tensor<Double>]) -> Tensor<Double> {
        let y = scaledDotProductAttention(inputs[0], inputs[1], inputs[2], mask: mask)
        return (y * y * Tensor<Double>.arange(from: 1, to: 6, by: 1)).sum() + y.sum()
    }

    /// Padding may hold anything: values and derivatives of both orders and modes are those with zeros in it.
    @Test(arguments: [[Double.nan, .nan, .nan], [.infinity, -.infinity, .infinity], [0.5, .nan, 2], [.nan, 1, 1]])
    func whatIsMaskedDoesNotLeak(_ padding: [Double]) {
        let (clean, padded) = (Self.padded(0, 0, 0), Self.padded(padding[0], padding[1], padding[2]))
        func expectSame(_ function: ([Tensor<Double>]) -> [Tensor<Double>], _ name: String) {
            for (result, expected) in zip(function(padded), function(clean)) {
                #expect(
                    expected.isFinite.all().scalar && result.isClose(to: expected, relativeTolerance: 1e-12), "\(name)")
            }
        }
        let direction = withRandomSeed(5) { Self.inputs.map { Tensor<Double>.normal($0.shape) } }
        expectSame({ [Self.loss($0)] }, "value")
        expectSame({ gradient(at: $0, of: Self.loss) }, "gradient")
        expectSame({ hessianVectorProduct(at: $0, along: direction, of: Self.loss) }, "forward over reverse")
        expectSame({ vectorHessianProduct(at: $0, along: direction, of: Self.loss) }, "reverse over reverse")
        expectSame({ [jvp(at: $0, along: direction, of: Self.loss).tangent] }, "forward")
        // One of the examples is clean.
        let batch = zip(clean, padded).map { stack([$0, $1]) }
        let gradients = vmap(over: batch) { gradient(at: $0, of: Self.loss) }
        for (gradient, expected) in zip(gradients, gradient(at: clean, of: Self.loss)) {
            #expect(gradient[0].isClose(to: expected) && gradient[1].isClose(to: expected))
        }
    }

    /// A NaN reaches the times that may attend to it, and no other.
    @Test func infinitiesReachWhoMayAttendToThem() {
        var values = Self.inputs[2]
        values[2, 0] = Tensor(.nan)
        let y = scaledDotProductAttention(Self.inputs[0], Self.inputs[1], values, mask: Self.mask)
        #expect(y[2, 0].scalar.isNaN && y[2, 1].scalar.isFinite)
        #expect(y[0].isFinite.all().scalar && y[1].scalars == [0, 0, 0, 0, 0])
        let key = Tensor<Double>([[1, 2], [3, .nan]])
        let causal = scaledDotProductAttention(key, key, key, isCausal: true)
        #expect(causal[0].scalars == [1, 2] && causal[1].isNaN.all().scalar)
    }

    @Test func masksAreBroadcast() {
        let inputs = Self.padded(.nan, 1, 1)
        func attention(_ mask: Tensor<Bool>, _ inputs: [Tensor<Double>]) -> Tensor<Double> {
            scaledDotProductAttention(inputs[0], inputs[1], inputs[2], mask: mask)
        }
        let (all, none) = (Tensor(true), Tensor(false))
        #expect(attention(none, inputs) == .zeros([3, 5]) && attention(none, Self.inputs) == .zeros([3, 5]))
        let plain = scaledDotProductAttention(Self.inputs[0], Self.inputs[1], Self.inputs[2])
        #expect(attention(all, Self.inputs).isClose(to: plain))
        #expect(attention(all, inputs)[1].isNaN.all().scalar && attention(all, inputs)[0].isFinite.all().scalar)
        for mask in [Tensor<Bool>([true, false, true, true]), Tensor([[true], [false], [true]])] {
            let whole = mask.expanded(to: [3, 4])
            for inputs in [inputs, Self.inputs] {
                #expect(
                    attention(mask, inputs).scalars.map(\.bitPattern)
                        == attention(whole, inputs).scalars.map(\.bitPattern))
            }
        }
    }

    @Test func leadingAxesAreBroadcast() {
        var keys = Tensor<Double>.normal([4, 2], using: RandomSource(seed: 7))
        let queries = Tensor<Double>.normal([6, 1, 3, 2], using: RandomSource(seed: 8))
        let values = Tensor<Double>.normal([5, 4, 2], using: RandomSource(seed: 9))
        let clean = scaledDotProductAttention(queries, keys, values[0], mask: Self.mask)
        keys[3] = Tensor([.nan, .infinity])
        let masked = scaledDotProductAttention(queries, keys, values, mask: Self.mask)
        #expect(masked.shape == [6, 5, 3, 2] && masked[0..., 0].isClose(to: clean[0..., 0]))
    }
}
