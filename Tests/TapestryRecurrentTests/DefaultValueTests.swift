import TapestryAutograd
import TapestryLayers
import TapestryOptimizers
import TapestryRecurrent
import Testing

/// A model whose properties have default values. The compiler's decoding evaluates them again whenever the model is put
/// together, which must not be felt.
@Suite struct DefaultValueTests {
    private struct Model: Module {
        var lstm = LSTM<Double>(inputSize: 3, hiddenSize: 4)
        var dropout = Dropout<Double>(rate: 0.5)
        var output = Linear<Double>(inputSize: 4, outputSize: 2, initializer: .orthogonal)

        func loss(_ x: Tensor<Double>) -> Tensor<Double> {
            square(output(dropout(lstm(x).outputs))).mean()
        }
    }

    @Test("neither a gradient nor an update moves the source of random numbers")
    func randomNumbersStay() {
        func next(after body: (inout Model) -> Void) -> [Double] {
            withRandomSeed(7) {
                var model = Model()
                body(&model)
                return Tensor<Double>.normal([4]).scalars + [Double(RandomSource.current.integer(below: 1 << 20))]
            }
        }
        let untouched = next { _ in }
        #expect(next { $0 = $0.scaled(by: 2) } == untouched)
        #expect(next { model in _ = gradient(at: model, mode: .inference) { $0.loss(.ones([2, 1, 3])) } } == untouched)
        #expect(
            next { model in
                var optimizer = Adam(for: model)
                optimizer.update(&model, along: model)
            } == untouched)
    }

    @Test("the model that is put together has its own values, not those of the defaults")
    func valuesAreKept() {
        let model = Model().scaled(by: 3)
        let before = model.parameters.map { $0.tensor(as: Double.self).scalars }
        #expect(model.zerosLike.parameterNorm == 0)
        #expect(model.scaled(by: 1).parameters.map { $0.tensor(as: Double.self).scalars } == before)
    }
}
