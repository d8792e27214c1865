import Tapestry
import Testing

@Suite struct InitializationTests {
    /// What Keras begins with, but for its drawing all gates as one matrix.
    @Test func parametersAreDrawnByTheirPaths() {
        let start = LSTM<Float>(inputSize: 40, hiddenSize: 30, layers: 2)
        let lstm =
            start.drawing("*.input.weights", from: .xavierUniform).drawing("*.recurrent.weights", from: .orthogonal)
            .drawing("*.bias", from: .zeros).settingBias(ofGate: "forget", to: 1)
        for (layer, inputSize) in zip(lstm.layers, [40.0, 30]) {
            let bias = layer.cell.input.bias!
            #expect(bias[.forget] == .ones([30]) && bias[.input] == .zeros([30]) && bias[.output] == .zeros([30]))
            let limit = (6 / (inputSize + 30)).squareRoot()
            for gate in LSTMGate.allCases {
                let largest = Double(abs(layer.cell.input.weights[gate]).max().scalar)
                #expect(largest <= limit && largest > 0.97 * limit)
                let square = layer.cell.recurrent.weights[gate]
                #expect(matmul(square, square.transposed()).isClose(to: .identity(30), absoluteTolerance: 1e-5))
            }
        }
        #expect(lstm.layers[0].cell.input.weights[.forget] != lstm.layers[0].cell.input.weights[.input])
    }

    @Test func whatIsNotMeantStays() {
        let linear = Linear<Double>(inputSize: 3, outputSize: 2)
        let changed = linear.drawing("weights", from: .constant(0.5))
        #expect(changed.weights == Tensor(repeating: 0.5, shape: [3, 2]) && changed.bias == linear.bias)
        struct Scaled: Module { var scale: Tensor<Double> }
        #expect(Scaled(scale: Tensor(3)).drawing("scale", from: .constant(2)).scale.scalar == 2)
    }

    /// Of kernels both fans count their elements: here 2 · 15 inputs and 40 · 15 units.
    @Test func kernelsAreDrawnByTheirFans() {
        let cell = ConvolutionProjection<LSTMGate, Double>(2, 40, kernel: [3, 5])
        let limits: [(Initializer, Double)] = [
            (.xavierUniform, (6 / 630.0).squareRoot()), (.kaimingUniform, (6 / 30.0).squareRoot()),
        ]
        for (initializer, limit) in limits {
            let largest = abs(cell.drawing("weights", from: initializer).weights[.forget]).max().scalar
            #expect(largest <= limit && largest > 0.97 * limit)
        }
    }

    @Test func tiedPartsAreDrawnOnce() {
        let tied = Tied(Linear<Float>(inputSize: 2, outputSize: 2))
        let model = Model(
            embedding: Embedding(vocabularySize: 3, size: 2), norm: LayerNorm(featureCount: 2), left: tied, right: tied)
        let drawn = model.drawing("*.weights", from: .kaimingNormal)
        #expect(drawn.left.weights == drawn.right.weights && drawn.left.weights != model.left.weights)
        #expect(drawn.embedding.weights != model.embedding.weights && drawn.norm.gain == model.norm.gain)
    }

    @Test func drawnWithTheCurrentSource() {
        func weights(_ seed: UInt64) -> Tensor<Float> {
            let gru = GRU<Float>(inputSize: 2, hiddenSize: 3)
            let drawn = withRandomSeed(seed) { gru.drawing("*.weights", from: .kaimingNormal) }
            return drawn.layers[0].cell.input.weights.packed
        }
        #expect(weights(1) == weights(1) && weights(1) != weights(2))
    }

    @Test func layersWithoutBiases() {
        let lstm = LSTM<Float>(inputSize: 3, hiddenSize: 4, layers: 2, bias: false)
        #expect(lstm.parameterCount == 3 * 16 + 4 * 16 + 2 * (4 * 16))
        #expect(lstm.layers.allSatisfy { $0.cell.input.bias == nil } && lstm.biasedGateNames.isEmpty)
        let gru = GRU<Float>(inputSize: 3, hiddenSize: 4, bias: false)
        #expect(gru.layers[0].cell.candidateBias == nil && gru.parameterCount == 3 * 12 + 4 * 12)
        #expect(gru(.ones([5, 2, 3])).outputs.shape == [5, 2, 4])
        #expect(gradient(at: lstm) { $0(.ones([5, 2, 3])).outputs.sum() }.layers[1].cell.input.bias == nil)
    }

    private struct Model: Module {
        var embedding: Embedding<Float>
        var norm: LayerNorm<Float>
        var left, right: Tied<Linear<Float>>
    }

    @Test func whatNormsAddStays() {
        let tied = Tied(Linear<Float>(inputSize: 2, outputSize: 2))
        let model = Model(
            embedding: Embedding(vocabularySize: 3, size: 2), norm: LayerNorm(featureCount: 2), left: tied, right: tied)
        let bare = model.withoutBiases()
        #expect(bare.parameters.map(\.path) == ["embedding.weights", "norm.gain", "norm.bias", "left.wrapped.weights"])
        #expect(bare.right.bias == nil && bare.right.weights == model.left.weights)
        #expect(model.left.bias != nil)
    }

    @Test func batchNormsStayWhole() {
        let cell = BatchNormLSTMCell<Float>(inputSize: 2, hiddenSize: 3)
        let bare = cell.withoutBiases()
        #expect(bare.cellNorm.bias != nil && bare.input.bias == nil && cell.input.bias != nil)
    }
}
