import TapestryAutograd
import TapestryLayers
import TapestryTestSupport

extension Operation<Double> {
    /// Losses and modules that are compositions of operations.
    static var lossesAndModules: [Operation] { losses + sequenceLosses + attention + transformers + outputLayers }

    private static var losses: [Operation] {
        [
            Operation("focalLoss") {
                [
                    focalLoss(
                        try $0(0), try $0.indices, gamma: try $0.setting("gamma") ?? 2, reduction: try reduction($0))
                ]
            },
            Operation("binaryFocalLoss") {
                [
                    binaryFocalLoss(
                        try $0(0), try $0(1), alpha: try $0.setting("alpha"), gamma: try $0.setting("gamma") ?? 2,
                        reduction: try reduction($0))
                ]
            },
            Operation("huberLoss") {
                [huberLoss(try $0(0), try $0(1), delta: try $0.setting("delta") ?? 1, reduction: try reduction($0))]
            },
            Operation("klDivergence") { [klDivergence(try $0(0), try $0(1), reduction: try reduction($0))] },
            Operation("cosineSimilarity") { [cosineSimilarity(try $0(0), try $0(1))] },
            Operation("cosineEmbeddingLoss") {
                [
                    cosineEmbeddingLoss(
                        try $0(0), try $0(1), belongTogether: try $0.mask, margin: try $0.setting("margin") ?? 0,
                        reduction: try reduction($0))
                ]
            },
            Operation("tripletMarginLoss") {
                [
                    tripletMarginLoss(
                        anchors: try $0(0), positives: try $0(1), negatives: try $0(2),
                        margin: try $0.setting("margin") ?? 1, order: try $0.setting("order") ?? 2,
                        reduction: try reduction($0))
                ]
            },
        ]
    }

    private static var sequenceLosses: [Operation] {
        [
            Operation("ctcLoss") { call in
                let labels: [[Int32]] = try call.indices.nestedArray()
                let counts: [Int] = try call.required("labelCounts")
                return [
                    ctcLoss(
                        try call(0), zip(labels, counts).map { $0.prefix($1).map(Int.init) },
                        lengths: try call.setting("lengths"), blank: try call.setting("blank") ?? 0,
                        zeroInfinity: try call.setting("zeroInfinity") ?? false, reduction: try reduction(call))
                ]
            },
            Operation("conditionalRandomField") { call in
                var field = ConditionalRandomField<Scalar>(tagCount: try call(2).count)
                field.transitions = try call(1)
                field.start = try call(2)
                field.end = try call(3)
                return [field.logLikelihood(try call(0), try call.indices, lengths: try call.setting("lengths"))]
            },
        ]
    }

    private static var attention: [Operation] {
        [
            Operation("multiHeadAttention") { call in
                let sources = call.names.contains("sources") ? try call.named("sources") : nil
                let attention = try MultiHeadAttention<Scalar>(
                    size: call(0).shape[2], heads: call.required("heads"), sourceSize: sources?.shape[2]
                ).filled(from: call)
                return [
                    attention(
                        try call(0), sources: sources, sourceLengths: try call.setting("sourceLengths"),
                        mask: call.booleans.first, isCausal: try call.setting("isCausal") ?? false)
                ]
            },
            Operation("additiveAttention") { call in
                let hiddenSize = try call.named("score.weights").shape[0]
                let attention = try AdditiveAttention<Scalar>(
                    querySize: try call(0).shape.last!, sourceSize: try call(1).shape[2], hiddenSize: hiddenSize
                ).filled(from: call)
                return [
                    attention(try call(0), sources: try call(1), sourceLengths: try call.setting("sourceLengths"))
                ]
            },
            Operation("multiplicativeAttention") { call in
                let attention = try MultiplicativeAttention<Scalar>(
                    score: try call.choice("score"), querySize: try call(0).shape.last!,
                    sourceSize: try call(1).shape[2], hiddenSize: 5
                ).filled(from: call)
                return [
                    attention(try call(0), sources: try call(1), sourceLengths: try call.setting("sourceLengths"))
                ]
            },
            Operation("sinusoidalPositionalEncoding") {
                [SinusoidalPositionalEncoding()(try $0(0), from: try $0.setting("start") ?? 0)]
            },
            Operation("learnedPositionalEncoding") {
                var encoding = LearnedPositionalEncoding<Scalar>(positionCount: 0, size: 0)
                encoding.weights = try $0(1)
                return [encoding(try $0(0), from: try $0.setting("start") ?? 0)]
            },
        ]
    }

    private static var transformers: [Operation] {
        [
            Operation("transformerEncoderLayer") { call in
                let layer = try TransformerEncoderLayer<Scalar>(
                    size: call(0).shape[2], heads: call.required("heads"), dropoutRate: 0,
                    activation: call.choice("activation"), normalization: call.choice("normalization")
                ).filled(from: call)
                return [
                    layer(
                        try call(0), lengths: try call.setting("lengths"),
                        isCausal: try call.setting("isCausal") ?? false)
                ]
            },
            Operation("transformerDecoderLayer") { call in
                let layer = try TransformerDecoderLayer<Scalar>(
                    size: call(0).shape[2], heads: call.required("heads"), dropoutRate: 0,
                    activation: call.choice("activation"), normalization: call.choice("normalization")
                ).filled(from: call)
                return [
                    layer(
                        try call(0), sources: try call(1), lengths: try call.setting("lengths"),
                        sourceLengths: try call.setting("sourceLengths"))
                ]
            },
        ]
    }

    private static var outputLayers: [Operation] {
        [
            Operation("adaptiveSoftmax") { call in
                let layer = try AdaptiveSoftmax<Scalar>(
                    inputSize: call(0).shape.last!, classCount: call.required("classes"),
                    cutoffs: call.required("cutoffs"), divisor: call.required("divisor")
                ).filled(from: call)
                return [layer.logProbabilities(of: try call.indices, try call(0))]
            },
            Operation("sampledSoftmax") { call in
                let isUniform = try call.setting("distribution") == "uniform"
                let layer = try SampledSoftmax<Scalar>(
                    inputSize: call.named("weights").shape[1], classCount: call.named("bias").count,
                    distribution: isUniform ? .uniform : .logUniform
                ).filled(from: call)
                let samples: [Int] = try call.required("samples")
                return [layer.loss(try call(0), try call.indices, samples: samples, reduction: try reduction(call))]
            },
        ]
    }
}

extension OperationCall {
    /// The real operand of a name.
    func named(_ name: String) throws -> Tensor<Scalar> {
        guard let index = names.firstIndex(of: name) else { throw GoldenError("there is no operand \(name)") }
        return reals[index]
    }

    /// A setting that is one of several texts.
    fileprivate func choice<Choice: LosslessStringConvertible>(_ key: String) throws -> Choice {
        guard let choice = Choice(try required(key)) else { throw GoldenError("the attribute \(key) is not known") }
        return choice
    }

    /// A setting that is one of several texts.
    fileprivate func choice<Choice: RawRepresentable<String>>(_ key: String) throws -> Choice {
        guard let choice = Choice(rawValue: try required(key)) else {
            throw GoldenError("the attribute \(key) is not known")
        }
        return choice
    }
}

extension Module {
    /// The module with the call's operands as parameters, by their paths.
    fileprivate func filled<Scalar>(from call: OperationCall<Scalar>) throws -> Self {
        for parameter in parameters { _ = try call.named(parameter.path) }
        return mapLeaves { leaf in try! call.named(leaf.path).value }
    }
}
