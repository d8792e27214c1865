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

    @Test func whatHasNoSuchGateStaysAsItIs() {
        let cell = GRUCell<Double>(inputSize: 2, hiddenSize: 3)
        #expect(cell.settingBias(ofGate: "forget", to: 1).storedArrays() == cell.storedArrays())
    }
}
