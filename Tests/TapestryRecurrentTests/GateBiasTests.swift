import Tapestry
import Testing

@Suite struct GateBiasTests {
    @Test func oneGateIsSetInAllCells() {
        let model = RecurrentLayers(cells: [
            LSTMCell<Float>(inputSize: 2, hiddenSize: 3), LSTMCell<Float>(inputSize: 3, hiddenSize: 3),
        ])
        let changed = model.settingBias(ofGate: "forget", to: 1.5)
        for (before, after) in zip(model.layers, changed.layers) {
            #expect(after.cell.input.bias![.forget] == Tensor([1.5, 1.5, 1.5]))
            for gate in [LSTMGate.input, .candidate, .output] {
                #expect(after.cell.input.bias![gate] == before.cell.input.bias![gate])
            }
            #expect(after.cell.input.weights.packed == before.cell.input.weights.packed)
            #expect(after.cell.recurrent.weights.packed == before.cell.recurrent.weights.packed)
        }
    }

    @Test func names() {
        let model = RecurrentSequential {
            Recurrent(LSTMCell<Float>(inputSize: 2, hiddenSize: 3))
            Recurrent(JANETCell<Float>(inputSize: 3, hiddenSize: 3))
        }
        #expect(model.biasedGateNames == ["forget", "input", "candidate", "output"])
        #expect(Linear<Float>(inputSize: 2, outputSize: 3).biasedGateNames.isEmpty)
    }

    /// Forget gates of 1000 units begin with memories of 2 to 200 steps, evenly, and input gates with their opposites.
    @Test func biasesForMemoriesOfEvenLengths() {
        let cell = withRandomSeed(1) {
            LSTMCell<Double>(inputSize: 1, hiddenSize: 1000)
                .drawingBiases(keeping: "forget", admitting: "input", length: 200)
        }
        let bias = cell.input.bias!
        let lengths = exp(bias[.forget])
        #expect(lengths.min().scalar >= 1 && lengths.max().scalar < 199)
        // The mean of u is 100, give or take 57 / √1000.
        #expect(abs(lengths.mean().scalar - 100) < 6)
        #expect(bias[.input] == -bias[.forget])
        let start = withRandomSeed(1) { LSTMCell<Double>(inputSize: 1, hiddenSize: 1000) }
        #expect(bias[.candidate] == start.input.bias![.candidate] && bias[.output] == start.input.bias![.output])
    }
}
