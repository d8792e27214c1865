import TapestryAutograd
import TapestryRecurrent
import Testing

/// A training step of a recurrent model in a profile.
@Suite struct RecurrentProfileTests {
    @Test("a step of an LSTM has its time steps as scopes, in both directions, and the gradient that it has without")
    func trainingStep() throws {
        let model = withRandomSeed(3) { Recurrent(LSTMCell<Float>(inputSize: 3, hiddenSize: 4)) }
        let inputs = withRandomSeed(4) { Tensor<Float>.normal([5, 2, 3]) }
        func step() -> (value: Tensor<Float>, gradient: Recurrent<LSTMCell<Float>>) {
            valueAndGradient(at: model) { square($0(inputs).outputs).mean() }
        }
        let plain = step()
        let (measured, profile) = profiled(step)
        #expect(measured.value == plain.value)
        for (a, b) in zip(measured.gradient.parameters, plain.gradient.parameters) {
            let (a, b) = (a.tensor(as: Float.self), b.tensor(as: Float.self))
            #expect(a.scalars.map(\.bitPattern) == b.scalars.map(\.bitPattern))
        }
        let steps = profile.byScope.filter { $0.name.hasPrefix("t = ") }
        #expect(steps.map(\.name).sorted() == (0..<5).map { "t = \($0)" })
        for step in steps {
            // One product for all gates, four gates, and c and tanh of it, h: what lies between depends on the cell.
            #expect(step.forward.count == steps[0].forward.count && step.forward.count > 7)
            #expect(step.backward.count > 7)
            #expect(step.keptByteCount > 0)
        }
        let products = try #require(profile.byPrimitive.first { $0.name == "sumOfProducts" })
        #expect(products.forward.count == 5)
        #expect(products.backward.count == 5)
        #expect(profile.attributedSeconds <= profile.seconds)
    }

    @Test("a profile of two layers tells them apart")
    func layers() {
        let model = LSTM<Float>(inputSize: 3, hiddenSize: 4, layers: 2)
        let profile = profiled { gradient(at: model) { $0(.ones([2, 1, 3])).outputs.sum() } }.profile
        let names = Set(profile.byScope.filter { $0.forward.count > 0 && $0.backward.count > 0 }.map(\.name))
        #expect(names.isSuperset(of: (0..<2).flatMap { layer in (0..<2).map { "layer \(layer) / t = \($0)" } }))
    }
}
