import TapestryAutograd
import TapestryLayers
import TapestryOptimizers
import TapestryTestSupport
import Testing

/// What breaks a rule of layers, losses and optimisers ends the program and says what.
@Suite struct LayerTrapTests {
    static let traps: [ExpectedTrap] = [
        ExpectedTrap("crossEntropy: target 3 at position 1 is outside 0 ..< 3") {
            _ = crossEntropy(Tensor<Float>.zeros([2, 3]), Tensor<Int32>([0, 3]))
        },
        ExpectedTrap("crossEntropy: target -1 at position 0 is outside 0 ..< 3") {
            _ = crossEntropy(Tensor<Float>.zeros([2, 3]), Tensor<Int32>([-1, 0]))
        },
        ExpectedTrap("crossEntropy: targets [3] do not match logits [2, 3], whose last axis are the classes") {
            _ = crossEntropy(Tensor<Float>.zeros([2, 3]), Tensor<Int32>([0, 1, 2]))
        },
        ExpectedTrap("crossEntropy: targets [] do not match logits []") {
            _ = crossEntropy(Tensor<Float>(1), Tensor<Int32>(0))
        },
        ExpectedTrap("meanSquaredError: predictions [2, 3] and targets [3] must have the same shape") {
            _ = meanSquaredError(Tensor<Float>.zeros([2, 3]), .zeros([3]))
        },
        ExpectedTrap("binaryCrossEntropy: predictions [2, 1] and targets [2] must have the same shape") {
            _ = binaryCrossEntropy(Tensor<Float>.zeros([2, 1]), .zeros([2]))
        },
        ExpectedTrap("crossEntropy: a label smoothing of -0.1 is not in 0...1") {
            _ = crossEntropy(Tensor<Float>.zeros([2, 3]), Tensor<Int32>([0, 1]), labelSmoothing: -0.1)
        },
        ExpectedTrap("focalLoss: target 3 at position 1 is outside 0 ..< 3") {
            _ = focalLoss(Tensor<Float>.zeros([2, 3]), Tensor<Int32>([0, 3]))
        },
        ExpectedTrap("focalLoss: γ is -1.0, and may not be negative") {
            _ = focalLoss(Tensor<Float>.zeros([2, 3]), Tensor<Int32>([0, 1]), gamma: -1)
        },
        ExpectedTrap("binaryFocalLoss: predictions [2, 3] and targets [3] must have the same shape") {
            _ = binaryFocalLoss(Tensor<Float>.zeros([2, 3]), .zeros([3]))
        },
        ExpectedTrap("binaryFocalLoss: γ is nan, and may not be negative") {
            _ = binaryFocalLoss(Tensor<Float>.zeros([3]), .zeros([3]), gamma: .nan)
        },
        ExpectedTrap("binaryFocalLoss: α is 1.5, and not in 0...1") {
            _ = binaryFocalLoss(Tensor<Float>.zeros([3]), .zeros([3]), alpha: 1.5)
        },
        ExpectedTrap("huberLoss: predictions [3] and targets [1] must have the same shape") {
            _ = huberLoss(Tensor<Float>.zeros([3]), .zeros([1]))
        },
        ExpectedTrap("huberLoss: δ is 0.0, and not positive") {
            _ = huberLoss(Tensor<Float>.zeros([3]), .zeros([3]), delta: 0)
        },
        ExpectedTrap("klDivergence: predictions [2, 3] and targets [3] must have the same shape") {
            _ = klDivergence(Tensor<Float>.zeros([2, 3]), .zeros([3]))
        },
        ExpectedTrap("klDivergence: a scalar is no distribution: the last axis are the classes") {
            _ = klDivergence(Tensor<Float>(0), Tensor(1))
        },
        ExpectedTrap("cosineSimilarity: vectors of shapes [2, 3] and [2, 1] differ in the last axis") {
            _ = cosineSimilarity(Tensor<Float>.zeros([2, 3]), .zeros([2, 1]))
        },
        ExpectedTrap("cosineEmbeddingLoss: vectors [2, 3] and [2, 3], and [3] for whether they belong together") {
            let vectors = Tensor<Float>.zeros([2, 3])
            _ = cosineEmbeddingLoss(vectors, vectors, belongTogether: Tensor([true, true, false]))
        },
        ExpectedTrap("tripletMarginLoss: anchors [2, 3], positives [2, 3] and negatives [3] must all be […, features]")
        {
            let vectors = Tensor<Float>.zeros([2, 3])
            _ = tripletMarginLoss(anchors: vectors, positives: vectors, negatives: vectors[0])
        },
        ExpectedTrap("ctcLoss: the shape [2, 3] is not [batch, time, classes] with at least one step") {
            _ = ctcLoss(Tensor<Float>.zeros([2, 3]), [[1]])
        },
        ExpectedTrap("ctcLoss: there are labels for 1 sequences, and the batch has 2") {
            _ = ctcLoss(Tensor<Float>.zeros([2, 4, 3]), [[1]])
        },
        ExpectedTrap("ctcLoss: label 3 of sequence 1 is outside 0 ..< 3, or the blank, 0") {
            _ = ctcLoss(Tensor<Float>.zeros([2, 4, 3]), [[1], [2, 3]])
        },
        ExpectedTrap("ctcLoss: label 2 of sequence 0 is outside 0 ..< 3, or the blank, 2") {
            _ = ctcLoss(Tensor<Float>.zeros([2, 4, 3]), [[2], []], blank: 2)
        },
        ExpectedTrap("ctcLoss: the blank, 3, is outside 0 ..< 3") {
            _ = ctcLoss(Tensor<Float>.zeros([2, 4, 3]), [[1], []], blank: 3)
        },
        ExpectedTrap("ctcLoss: sequence 1 has length 5, which is not from 1 to the 4 steps there are") {
            _ = ctcLoss(Tensor<Float>.zeros([2, 4, 3]), [[1], []], lengths: [4, 5])
        },
        ExpectedTrap("ctcGreedyDecoding: there are 1 lengths, [4], for a batch of 2 sequences") {
            _ = ctcGreedyDecoding(Tensor<Float>.zeros([2, 4, 3]), lengths: [4])
        },
        ExpectedTrap("ctcGreedyDecoding: the blank, -1, is outside 0 ..< 3") {
            _ = ctcGreedyDecoding(Tensor<Float>.zeros([2, 4, 3]), blank: -1)
        },
        ExpectedTrap("conditionalRandomField: 0 tags: there must be at least one") {
            _ = ConditionalRandomField<Float>(tagCount: 0)
        },
        ExpectedTrap("conditionalRandomField: emissions [2, 4, 3] do not have the 2 tags of the field") {
            _ = ConditionalRandomField<Float>(tagCount: 2).decoded(.zeros([2, 4, 3]))
        },
        ExpectedTrap("conditionalRandomField: tags [2, 3] do not match emissions [2, 4, 3]") {
            _ = ConditionalRandomField<Float>(tagCount: 3).loss(.zeros([2, 4, 3]), Tensor([[0, 1, 2], [0, 1, 2]]))
        },
        ExpectedTrap("conditionalRandomField: target 3 at position 1 is outside 0 ..< 3") {
            _ = ConditionalRandomField<Float>(tagCount: 3).loss(.zeros([1, 2, 3]), Tensor([[0, 3]]))
        },
        ExpectedTrap("conditionalRandomField: sequence 0 has length 0, which is not from 1 to the 2 steps there are") {
            _ = ConditionalRandomField<Float>(tagCount: 3).decoded(.zeros([1, 2, 3]), lengths: [0])
        },
        ExpectedTrap("multiHeadAttention: 6 features cannot be cut into 4 heads of equal size") {
            _ = MultiHeadAttention<Float>(size: 6, heads: 4)
        },
        ExpectedTrap("multiHeadAttention: the shape [3, 4] is not [batch, time, features] with at least one step") {
            _ = MultiHeadAttention<Float>(size: 4, heads: 2)(.zeros([3, 4]))
        },
        ExpectedTrap("multiHeadAttention: queries [2, 3, 4] and sources [1, 3, 4] differ in the batch") {
            _ = MultiHeadAttention<Float>(size: 4, heads: 2)(.zeros([2, 3, 4]), sources: .zeros([1, 3, 4]))
        },
        ExpectedTrap("multiHeadAttention: the mask [3] is neither [time, sources] nor [batch, time, sources]") {
            _ = MultiHeadAttention<Float>(size: 4, heads: 2)(.zeros([2, 3, 4]), mask: Tensor([true, true, false]))
        },
        ExpectedTrap("multiHeadAttention: sequence 0 has length 4, which is not from 1 to the 3 steps there are") {
            _ = MultiHeadAttention<Float>(size: 4, heads: 2)(.zeros([2, 3, 4]), sourceLengths: [4, 1])
        },
        ExpectedTrap("additiveAttention: queries [3] are not [batch, time, features]") {
            let attention = AdditiveAttention<Float>(querySize: 3, sourceSize: 4, hiddenSize: 2)
            _ = attention(.zeros([3]), sources: .zeros([2, 3, 4]))
        },
        ExpectedTrap("additiveAttention: the mask [1, 1, 3, 3] has an axis of heads") {
            let attention = AdditiveAttention<Float>(querySize: 4, sourceSize: 4, hiddenSize: 2)
            let x = Tensor<Float>.zeros([2, 3, 4])
            _ = attention(x, sources: x, mask: Tensor(repeating: true, shape: [1, 1, 3, 3]))
        },
        ExpectedTrap("multiplicativeAttention: dot products of 3 and 4 features") {
            _ = MultiplicativeAttention<Float>(score: .dot, querySize: 3, sourceSize: 4)
        },
        ExpectedTrap("multiplicativeAttention: queries [2, 1, 4] and keys [2, 5, 3] differ in the features") {
            _ = MultiplicativeAttention<Float>(score: .dot, querySize: 3)(.zeros([2, 4]), sources: .zeros([2, 5, 3]))
        },
        ExpectedTrap("sinusoidalPositionalEncoding: the shape [4] is not […, time, features]") {
            _ = SinusoidalPositionalEncoding<Float>()(.zeros([4]))
        },
        ExpectedTrap("learnedPositionalEncoding: -1 positions of 2 features: neither may be negative") {
            _ = LearnedPositionalEncoding<Float>(positionCount: -1, size: 2)
        },
        ExpectedTrap("learnedPositionalEncoding: steps [3, 2] from position 2 on do not fit the weights [4, 2]") {
            _ = LearnedPositionalEncoding<Float>(positionCount: 4, size: 2)(.zeros([3, 2]), from: 2)
        },
        ExpectedTrap("transformerEncoderLayer: there are 1 lengths, [3], for a batch of 2 sequences") {
            _ = TransformerEncoderLayer<Float>(size: 4, heads: 2)(.zeros([2, 3, 4]), lengths: [3])
        },
        ExpectedTrap("transformerDecoderLayer: the shape [3, 4] is not [batch, time, features]") {
            _ = TransformerDecoderLayer<Float>(size: 4, heads: 2)(.zeros([3, 4]), sources: .zeros([2, 3, 4]))
        },
        ExpectedTrap("adaptiveSoftmax: cutoffs [3, 3] do not ascend between 0 and 9 classes (of 4 features)") {
            _ = AdaptiveSoftmax<Float>(inputSize: 4, classCount: 9, cutoffs: [3, 3])
        },
        ExpectedTrap("adaptiveSoftmax: the divisor 0.5 is less than 1") {
            _ = AdaptiveSoftmax<Float>(inputSize: 4, classCount: 9, cutoffs: [3], divisor: 0.5)
        },
        ExpectedTrap("adaptiveSoftmax: targets [3] do not match features [2, 4]: […] and […, input]") {
            let layer = AdaptiveSoftmax<Float>(inputSize: 4, classCount: 9, cutoffs: [3])
            _ = layer.loss(.zeros([2, 4]), Tensor([0, 1, 2]))
        },
        ExpectedTrap("adaptiveSoftmax: target 9 at position 1 is outside 0 ..< 9") {
            _ = AdaptiveSoftmax<Float>(inputSize: 4, classCount: 9, cutoffs: [3]).loss(.zeros([2, 4]), Tensor([0, 9]))
        },
        ExpectedTrap("sampledSoftmax: 0 classes of 4 features: there must be one class at least") {
            _ = SampledSoftmax<Float>(inputSize: 4, classCount: 0)
        },
        ExpectedTrap("sampledSoftmax: 0 samples: there must be at least one") {
            _ = SampledSoftmax<Float>(inputSize: 4, classCount: 9).loss(.zeros([4]), Tensor(0), sampleCount: 0)
        },
        ExpectedTrap("sampledSoftmax: features [3] and targets [] do not fit weights [9, 4]: [classes, input]") {
            _ = SampledSoftmax<Float>(inputSize: 4, classCount: 9).loss(.zeros([3]), Tensor(0), sampleCount: 2)
        },
        ExpectedTrap("sampledSoftmax: target 9 at position 0 is outside 0 ..< 9") {
            _ = SampledSoftmax<Float>(inputSize: 4, classCount: 9).loss(.zeros([4]), Tensor(0), samples: [9])
        },
        ExpectedTrap("dropout: the rate 1.0 is not in 0 ..< 1") { _ = Dropout<Float>(rate: 1) },
        ExpectedTrap("dropout: the rate -0.1 is not in 0 ..< 1") { _ = Dropout<Float>(rate: -0.1) },
        ExpectedTrap("dropout: the rate nan is not in 0 ..< 1") { _ = Dropout<Float>(rate: .nan) },
        ExpectedTrap("embedding: index 4 at position 1 is outside 0 ..< 4 (axis 0 of shape [4, 3])") {
            _ = Embedding<Float>(vocabularySize: 4, size: 3)(Tensor<Int32>([0, 4]))
        },
        ExpectedTrap("orthogonal: the shape [3] is not that of a matrix") {
            let _: Tensor<Float> = Initializer.orthogonal.tensor([3])
        },
        ExpectedTrap("embedding: index -1 at position 0 is outside 0 ..< 4 (axis 0 of shape [4, 3])") {
            _ = vmap(over: Tensor<Int32>([-1, 0])) { Embedding<Float>(vocabularySize: 4, size: 3)($0) }
        },
        ExpectedTrap("embedding: sizes must not be negative: vocabulary -1, vectors 2") {
            _ = Embedding<Float>(vocabularySize: -1, size: 2)
        },
        ExpectedTrap("linear: inputs of shape [2, 4] for weights of shape [3, 5]: [input, output]") {
            _ = Linear<Float>(inputSize: 3, outputSize: 5)(.zeros([2, 4]))
        },
        ExpectedTrap("linear: inputs of shape [] for weights of shape [3, 5]: [input, output]") {
            _ = Linear<Float>(inputSize: 3, outputSize: 5)(.zeros([]))
        },
        ExpectedTrap("linear: sizes must not be negative: input 3, output -1") {
            _ = Linear<Float>(inputSize: 3, outputSize: -1)
        },
        ExpectedTrap("crossEntropy: target 3 at position 1 is outside 0 ..< 3") {
            _ = vmap(over: Tensor<Float>.zeros([2, 3]), Tensor<Int32>([0, 3])) { crossEntropy($0, $1) }
        },
        ExpectedTrap("uniform: from 1.0 to -1.0 is no range of finite length") {
            let _: Tensor<Float> = Initializer.uniform(limit: -1).tensor([3])
        },
        ExpectedTrap("normal: a mean of 0.0 and a standard deviation of nan are of no distribution") {
            let _: Tensor<Float> = Initializer.normal(standardDeviation: .nan).tensor([3])
        },
        ExpectedTrap("layerNorm: -1 features and an ε of 1e-05: neither may be negative") {
            _ = LayerNorm<Float>(featureCount: -1)
        },
        ExpectedTrap("layerNorm: 2 features and an ε of -1.0: neither may be negative") {
            _ = LayerNorm<Float>(featureCount: 2, epsilon: -1)
        },
        ExpectedTrap("layerNorm: the last axis of [2, 1] does not hold the 4 features of the layer") {
            _ = LayerNorm<Float>(featureCount: 4)(.zeros([2, 1]))
        },
        ExpectedTrap("layerNorm: the last axis of [2, 4] does not hold the 1 features of the layer") {
            _ = LayerNorm<Float>(featureCount: 1)(.zeros([2, 4]))
        },
        ExpectedTrap("layerNorm: the last axis of [] does not hold the 1 features of the layer") {
            _ = LayerNorm<Float>(featureCount: 1)(Tensor(3))
        },
        ExpectedTrap("optimizer: weights has shape [3, 5] and its gradient [3, 4]") {
            var model = Linear<Float>(inputSize: 3, outputSize: 5)
            var optimizer = SGD(for: model, learningRate: 0.1)
            optimizer.update(&model, along: Linear(inputSize: 3, outputSize: 4))
        },
        ExpectedTrap("optimizer: the gradient has 1 tensors and the model 2") {
            var model = Linear<Float>(inputSize: 3, outputSize: 5)
            var optimizer = Adam(for: model)
            optimizer.update(&model, along: Linear(inputSize: 3, outputSize: 5, bias: false))
        },
    ]

    @Test(arguments: traps.indices)
    func trap(_ index: Int) async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [index] in
            Self.traps[index].run()
        }
        #expect(Self.traps[index].complaint(about: result?.standardErrorContent) == nil)
    }
}
