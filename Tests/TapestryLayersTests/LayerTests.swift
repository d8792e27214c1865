import Foundation
import TapestryAutograd
import TapestryLayers
import TapestryTestSupport
import Testing

@Suite struct LinearTests {
    @Test("y = x · W + b, over the last axis of any rank")
    func values() {
        var layer = Linear<Double>(inputSize: 2, outputSize: 3)
        layer.weights = Tensor([[1, 2, 3], [4, 5, 6]])
        layer.bias = Tensor([10, 20, 30])
        #expect(layer(Tensor([[1, 0], [0, 1], [2, -1]])) == Tensor([[11, 22, 33], [14, 25, 36], [8, 19, 30]]))
        #expect(layer(Tensor([2, -1])) == Tensor([8, 19, 30]))
        #expect(layer(.ones([4, 5, 2])).shape == [4, 5, 3])
        layer.bias = nil
        #expect(layer(Tensor([2, -1])) == Tensor([-2, -1, 0]))
    }

    @Test("gradients of input, weights and bias agree with central differences")
    func gradients() {
        withRandomSeed(1) {
            let layer = Linear<Double>(inputSize: 2, outputSize: 3)
            let blocks = [Tensor<Double>.normal([4, 2, 2]), layer.weights, layer.bias!]
            let weights = Tensor<Double>.normal([4, 2, 3])
            func loss(_ blocks: [Tensor<Double>]) -> Tensor<Double> {
                var layer = layer
                layer.weights = blocks[1]
                layer.bias = blocks[2]
                return (tanh(layer(blocks[0])) * weights).sum()
            }
            let found = gradient(at: blocks) { loss($0) }
            let slopes = differenceGradient(at: blocks) { loss($0).scalar }
            for (found, slopes) in zip(found, slopes) { #expect(blockError(found.scalars, slopes) < 1e-9) }
        }
    }

    @Test("weights and bias start in ±1/√input, or as asked for")
    func initialValues() {
        let layer = withRandomSeed(1) { Linear<Double>(inputSize: 100, outputSize: 50) }
        for scalars in [layer.weights.scalars, layer.bias!.scalars] {
            #expect(scalars.allSatisfy { abs($0) <= 0.1 })
            #expect(scalars.map(abs).max()! > 0.09)
        }
        #expect(Linear<Float>(inputSize: 3, outputSize: 2, initializer: .constant(7)).weights == .ones([3, 2]) * 7)
        let bare = Linear<Float>(inputSize: 3, outputSize: 2, bias: false)
        #expect(bare.bias == nil && bare.parameters.map(\.path) == ["weights"])
    }
}

@Suite struct ActivationTests {
    @Test("every function is the one of its name", arguments: ActivationFunction.allCases)
    func functions(_ function: ActivationFunction) {
        let x = Tensor<Double>([-2, -0.5, 0.25, 3])
        let expected: Tensor<Double> =
            switch function {
            case .identity: x
            case .tanh: tanh(x)
            case .sigmoid: sigmoid(x)
            case .relu: Tensor([0, 0, 0.25, 3])
            case .softplus: log(1 + exp(x))
            case .softsign: Tensor([-2 / 3.0, -1 / 3.0, 0.2, 0.75])
            case .gelu: x * erfc(-x / 2.0.squareRoot()) / 2
            case .hardSigmoid: Tensor([1 / 6.0, 5 / 12.0, 13 / 24.0, 1])
            case .leakyRelu: Tensor([-0.02, -0.005, 0.25, 3])
            case .elu: Tensor([-0.8646647167633873, -0.3934693402873666, 0.25, 3])
            case .thresholdedRelu: Tensor([0, 0, 0, 3])
            case .scaledTanh: tanh(x)
            case .affine: x
            }
        #expect(blockError(Activation(function)(x).scalars, expected.scalars) < 1e-15)
    }

    @Test("numbers of a function are used, each for what its name says")
    func numbers() {
        let cases: [(function: ActivationFunction, y: [Double])] = [
            (.hardSigmoid(slope: 0.2, offset: 0.4), [0, 0.3, 0.45, 1]),
            (.leakyRelu(slope: 0.5), [-1.5, -0.25, 0.25, 3]),
            (.elu(alpha: 2), [2 * expm1(-3), 2 * expm1(-0.5), 0.25, 3]),
            (.thresholdedRelu(threshold: 0.2), [0, 0, 0.25, 3]),
            (.scaledTanh(factor: 2, slope: 0.5), [2 * tanh(-1.5), 2 * tanh(-0.25), 2 * tanh(0.125), 2 * tanh(1.5)]),
            (.affine(slope: 2, offset: 1), [-5, 0, 1.5, 7]),
        ]
        for (function, y) in cases {
            #expect(blockError(function(Tensor<Double>([-3, -0.5, 0.25, 3])).scalars, y) < 1e-15, "\(function)")
        }
    }

    @Test(
        "a function is saved with its numbers",
        arguments: ActivationFunction.allCases + [.hardSigmoid(slope: 0.3, offset: 0.1)])
    func coding(_ function: ActivationFunction) throws {
        let layer = Activation<Double>(function)
        let data = try JSONEncoder().encode(layer)
        #expect(try JSONDecoder().decode(Activation<Double>.self, from: data).function == function)
        #expect(layer.converted(to: Activation<Float>.self).function == function)
    }

    @Test(
        "what names no function is not read",
        arguments: ["", "cosine", "hardSigmoid", "elu(x)", "elu(1, 2)", "tanh(1)"])
    func badNames(_ name: String) {
        #expect(ActivationFunction(name) == nil)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([ActivationFunction].self, from: Data("[\"\(name)\"]".utf8))
        }
    }
}

@Suite struct EmbeddingTests {
    private let embedding = withRandomSeed(1) { Embedding<Double>(vocabularySize: 4, size: 3) }

    @Test("each index gives its row, in the shape of the indices")
    func rows() {
        let found = embedding(Tensor<Int32>(shape: [2, 2], scalars: [3, 0, 0, 2]))
        #expect(found.shape == [2, 2, 3])
        for (place, row) in [3, 0, 0, 2].enumerated() {
            #expect(found.reshaped(to: 4, 3)[place] == embedding.weights[row])
        }
        #expect(embedding(Tensor<Int32>(2)) == embedding.weights[2])
    }

    @Test("the cotangents of repeated indices add up, and what is not looked up has none")
    func repeatedIndices() {
        let cotangents = Tensor<Double>(shape: [5, 3], scalars: (1...15).map(Double.init))
        let found = gradient(at: embedding) { embedding in
            (embedding(Tensor<Int32>([2, 0, 2, 3, 2])) * cotangents).sum()
        }
        // Row 2 is looked up three times: 1 + 7 + 13 and so on.
        #expect(found.weights == Tensor([[4, 5, 6], [0, 0, 0], [21, 24, 27], [10, 11, 12]]))
    }

    @Test("rows start from the normal distribution with standard deviation 1")
    func initialValues() {
        let scalars = Embedding<Double>(vocabularySize: 500, size: 40).weights.scalars
        let variance = scalars.reduce(0) { $0 + $1 * $1 } / Double(scalars.count)
        #expect(abs(variance - 1) < 0.05)
    }
}

@Suite struct LayerNormTests {
    @Test("over the last axis, the mean becomes 0 and the variance 1, whatever scale and offset were")
    func moments() {
        let x = Tensor<Double>.normal([3, 5, 64], using: RandomSource(seed: 1)) * 7 + 40
        let y = LayerNorm<Double>(featureCount: 64)(x)
        #expect(y.shape == x.shape)
        #expect(y.mean(axes: [-1]).scalars.allSatisfy { abs($0) < 1e-13 })
        #expect(y.variance(axes: [-1]).scalars.allSatisfy { abs($0 - 1) < 1e-5 })
    }

    @Test("one feature is normalised to the bias")
    func singleFeature() {
        let layer = LayerNorm<Double>(featureCount: 1)
        #expect(layer.featureCount == 1)
        #expect(layer(Tensor([[3], [4]])) == Tensor([[0], [0]]))
    }

    @Test("a row of equal features gives the bias, and finite gradients")
    func constantRow() {
        var layer = LayerNorm<Double>(featureCount: 3)
        layer.bias = Tensor([1, 2, 3])
        #expect(layer(.ones([2, 3]) * 5) == Tensor([[1, 2, 3], [1, 2, 3]]))
        let found = gradient(at: Tensor<Double>.ones([2, 3])) { (layer($0) * Tensor([1, 2, 4])).sum() }
        #expect(found.scalars.allSatisfy { $0.isFinite })
    }
}
