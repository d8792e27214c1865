import TapestryAutograd
import TapestryLayers
import TapestryRecurrent
import TapestryTestSupport
import Testing

/// The derivative operators on whole recurrent models.
@Suite struct DerivativeOperatorTests {
    private static func model() -> Recurrent<LSTMCell<Double>> {
        withRandomSeed(3) { Recurrent(LSTMCell(inputSize: 2, hiddenSize: 3)) }
    }

    /// `[time, batch, features]`
    private static let inputs = withRandomSeed(4) { Tensor<Double>.normal([4, 5, 2]) }

    private static func loss(_ model: Recurrent<LSTMCell<Double>>, _ inputs: Tensor<Double>) -> Tensor<Double> {
        square(model(inputs).outputs).mean()
    }

    private static func expectClose(
        _ a: some Module, _ b: some Module, _ tolerance: Double = 1e-10, _ comment: Comment? = nil
    ) {
        for (a, b) in zip(a.parameters, b.parameters) {
            let (left, right) = (a.tensor(as: Double.self), b.tensor(as: Double.self))
            #expect(left.shape == right.shape, comment)
            #expect(
                left.isClose(to: right, relativeTolerance: tolerance, absoluteTolerance: tolerance * 1e-2), comment)
        }
    }

    @Test func aGradientForEachExample() {
        let model = Self.model()
        let each = vmap(over: Self.inputs, axis: 1) { sequence in
            gradient(at: model) { Self.loss($0, sequence.unsqueezed(axis: 1)) }
        }
        for number in 0..<5 {
            let expected = gradient(at: model) { Self.loss($0, Self.inputs[0..., number..<(number + 1)]) }
            Self.expectClose(each.mapParameters { $0[number] }, expected, 1e-10, "example \(number)")
        }
    }

    @Test func forwardModeIsTheAdjointOfReverseMode() {
        let model = Self.model()
        let direction = withRandomSeed(5) { model.mapParameters { Tensor<Double>.normal($0.shape) } }
        let tangent = jvp(at: model, along: direction) { Self.loss($0, Self.inputs) }.tangent
        let slope = gradient(at: model) { Self.loss($0, Self.inputs) }
        let expected = zip(slope.parameters, direction.parameters).reduce(0.0) { sum, pair in
            sum + (pair.0.tensor(as: Double.self) * pair.1.tensor(as: Double.self)).sum().scalar
        }
        #expect((tangent.scalar - expected).magnitude < 1e-12 * Swift.max(1, expected.magnitude))
    }

    @Test func hessianVectorProductsAgree() {
        let model = Self.model()
        let direction = withRandomSeed(6) { model.mapParameters { Tensor<Double>.normal($0.shape) } }
        let forward = hessianVectorProduct(at: model, along: direction) { Self.loss($0, Self.inputs) }
        let reverse = vectorHessianProduct(at: model, along: direction) { Self.loss($0, Self.inputs) }
        Self.expectClose(forward, reverse)
    }

    @Test func checkpointedSegmentsHaveTheSameGradient() {
        let model = Self.model()
        let plain = gradient(at: model) { model -> Tensor<Double> in
            let first = model(Self.inputs[0..<2])
            return square(model(Self.inputs[2...], initialState: first.finalState).outputs).sum()
        }
        let segmented = gradient(at: model) { model -> Tensor<Double> in
            let start = model.cell.initialState(batchSize: 5)
            let middle = checkpointed(start) { model(Self.inputs[0..<2], initialState: $0).finalState }
            return square(checkpointed(middle) { model(Self.inputs[2...], initialState: $0).outputs }).sum()
        }
        Self.expectClose(plain, segmented, 1e-12)
    }
}

extension Module {
    /// The same module with other parameters.
    fileprivate func mapParameters(_ transform: (Tensor<Double>) -> Tensor<Double>) -> Self {
        mapValues { transform(Tensor($0)).value }
    }
}
