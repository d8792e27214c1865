import TapestryAutograd
import TapestryLayers
import TapestryTestSupport

extension Operation {
    static var neuralNetworks: [Operation] { normalizations + slidingWindows + layers + losses }

    private static var normalizations: [Operation] {
        [
            shares("softmax") { $0.softmax(axis: $1) },
            shares("logSoftmax") { $0.logSoftmax(axis: $1) },
            Operation("layerNorm") {
                [layerNorm(try $0(0), gain: try $0(1), bias: try $0(2), epsilon: try $0.setting("epsilon") ?? 1e-5)]
            }
            .example([2, 4], [4], [4], with: ["epsilon": 0.1])
            .example([2, 1, 3], [3], [3], with: ["epsilon": 0.01])
            .example([3], [3], [3], with: ["epsilon": 0.1])
            .example([2, 1], [1], [1], with: ["epsilon": 0.1])
            .example([0, 3], [3], [3], with: ["epsilon": 0.1])
            .example([2, 0], [0], [0], with: ["epsilon": 0.1]),
            Operation("rmsNorm") { [rmsNorm(try $0(0), gain: try $0(1), epsilon: try $0.setting("epsilon") ?? 1e-5)] }
                .example([2, 4], [4])
                .example([3], [3], with: ["epsilon": 0.1]),
            Operation("groupNorm") {
                [
                    groupNorm(
                        try $0(0), groups: try $0.required("groups"), gain: try $0(1), bias: try $0(2),
                        epsilon: try $0.setting("epsilon") ?? 1e-5)
                ]
            }
            .example([2, 4], [4], [4], with: ["groups": 2, "epsilon": 0.1])
            .example([2, 2, 3], [2], [2], with: ["groups": 1, "epsilon": 0.1])
            .example([2, 4, 2, 1], [4], [4], with: ["groups": 2, "epsilon": 0.1])
            .example([0, 2, 3], [2], [2], with: ["groups": 2, "epsilon": 0.1]),
            Operation("instanceNorm") {
                [instanceNorm(try $0(0), gain: try $0(1), bias: try $0(2), epsilon: try $0.setting("epsilon") ?? 1e-5)]
            }
            .example([2, 2, 3], [2], [2], with: ["epsilon": 0.1])
            .example([1, 2, 2, 2], [2], [2], with: ["epsilon": 0.1])
            .example([2, 2, 0], [2], [2], with: ["epsilon": 0.1]),
            Operation("batchNorm") {
                let (output, mean, variance) = batchNorm(
                    try $0(0), axes: try $0.setting("axes") ?? Array(0..<$0(0).rank),
                    epsilon: try $0.setting("epsilon") ?? 1e-5)
                return [output, mean, variance]
            }
            .example([4, 2], in: .distinct, with: ["axes": [0]], hasTies: true)
            .example([2, 2, 3], in: .distinct, with: ["axes": [0, 2], "epsilon": 0.1], hasTies: true),
            Operation("dropout") { [dropout(try $0(0), keeping: try $0.mask, rate: try $0.required("rate"))] }
                .example(
                    [2, 3], with: ["rate": 0.3], booleans: [Tensor([[true, false, true], [false, false, true]])]),
        ]
    }

    private static func shares(
        _ name: String, _ function: @escaping @Sendable (Tensor<Scalar>, Int) -> Tensor<Scalar>
    ) -> Operation {
        Operation(name) { [function(try $0(0), try $0.setting("axis") ?? -1)] }
            .example([2, 3])
            .alongEachAxis(of: [2, 3, 2])
            .example([4], with: ["axis": 0])
            .example([2, 3], with: ["axis": 0])
            .example([0, 3], with: ["axis": 1])
            .example([2, 0], with: ["axis": 1])
    }

    private static var slidingWindows: [Operation] {
        [
            Operation("convolution") { call in
                [
                    convolution(
                        try call(0), try call(1), bias: call.reals.count > 2 ? try call(2) : nil,
                        stride: try call.setting("stride") ?? [1], padding: try call.setting("padding") ?? [0],
                        dilation: try call.setting("dilation") ?? [1], groups: try call.setting("groups") ?? 1)
                ]
            }
            .example([2, 2, 5], [2, 2, 3], [2])
            .example([1, 2, 6], [4, 1, 2], with: ["stride": [2], "padding": [1], "dilation": [2], "groups": 2])
            .example([1, 2, 4, 3], [2, 2, 2, 2], with: ["stride": [2, 1], "padding": [0, 1]]),
            Operation("transposedConvolution") { call in
                [
                    transposedConvolution(
                        try call(0), try call(1), bias: call.reals.count > 2 ? try call(2) : nil,
                        stride: try call.setting("stride") ?? [1], padding: try call.setting("padding") ?? [0],
                        outputPadding: try call.setting("outputPadding") ?? [0],
                        dilation: try call.setting("dilation") ?? [1], groups: try call.setting("groups") ?? 1)
                ]
            }
            .example([2, 2, 3], [2, 2, 3], [2])
            .example([1, 4, 3], [4, 1, 2], with: ["stride": [2], "padding": [1], "outputPadding": [1], "groups": 2])
            .example([1, 2, 2, 2], [2, 1, 2, 2], with: ["dilation": [1, 2]]),
            Operation("maxPooled") { call in
                let window: [Int] = try call.required("window")
                return [
                    maxPooled(
                        try call(0), window: window, stride: try call.setting("stride"),
                        padding: try call.setting("padding") ?? [0], dilation: try call.setting("dilation") ?? [1])
                ]
            }
            .example([1, 2, 6], in: .distinct, with: ["window": [2]], hasTies: true)
            .example(
                [1, 1, 4, 4], in: .distinct, with: ["window": [2, 3], "stride": [2, 1], "padding": [1, 1]],
                hasTies: true
            )
            .example([1, 1, 6], in: .distinct, with: ["window": [2], "stride": [1], "dilation": [2]], hasTies: true),
            Operation("averagePooled") { call in
                [
                    averagePooled(
                        try call(0), window: try call.required("window"), stride: try call.setting("stride"),
                        padding: try call.setting("padding") ?? [0],
                        countsPadding: try call.setting("countsPadding") ?? true)
                ]
            }
            .example([1, 2, 6], with: ["window": [2]])
            .example([1, 2, 5], with: ["window": [2], "stride": [3]])
            .example(
                [1, 1, 4, 4], with: ["window": [2, 3], "stride": [2, 1], "padding": [1, 1], "countsPadding": false]),
        ]
    }

    private static var layers: [Operation] {
        [
            Operation("scaledDotProductAttention") { call in
                if call.booleans.count > 1 { throw GoldenError("more than one mask") }
                return [
                    scaledDotProductAttention(
                        try call(0), try call(1), try call(2), mask: call.booleans.first,
                        isCausal: try call.setting("isCausal") ?? false)
                ]
            }
            .example([2, 3], [4, 3], [4, 2])
            .example([2, 3, 2], [2, 3, 2], [2, 3, 1], with: ["isCausal": true])
            .example([2, 3], [2, 3], [2, 2], booleans: [Tensor([[true, false], [false, false]])]),
            Operation("linear") { call in
                let weights = try call(1)
                let hasBias = call.reals.count > 2
                var layer = Linear<Scalar>(inputSize: weights.shape[0], outputSize: weights.shape[1], bias: hasBias)
                layer.weights = weights
                if hasBias { layer.bias = try call(2) }
                return [layer(try call(0))]
            }
            .example([2, 3], [3, 2], [2])
            .example([2, 2, 3], [3, 1]),
            Operation("embedding") {
                let weights = try $0(0)
                var layer = Embedding<Scalar>(vocabularySize: weights.shape[0], size: weights.shape[1])
                layer.weights = weights
                return [layer(try $0.indices)]
            }
            .example([4, 3], integers: [Tensor([[2, 0, 2], [1, 1, 2]])])
            .example([4, 3], integers: [Tensor(2)])
            .example([4, 3], integers: [Tensor(shape: [0], scalars: [])]),
        ]
    }

    private static var losses: [Operation] {
        [
            Operation("crossEntropy") {
                [
                    crossEntropy(
                        try $0(0), try $0.indices, labelSmoothing: try $0.setting("labelSmoothing") ?? 0,
                        reduction: try reduction($0))
                ]
            }
            .example([2, 3], integers: [Tensor([2, 0])])
            .example([2, 2, 3], with: ["reduction": "sum"], integers: [Tensor([[2, 0], [0, 1]])]),
            Operation("binaryCrossEntropy") { [binaryCrossEntropy(try $0(0), try $0(1), reduction: try reduction($0))] }
                .example([2, 3], [2, 3], in: .unit)
                .example([2, 3], [2, 3], in: .unit, with: ["reduction": "sum"]),
            Operation("meanSquaredError") { [meanSquaredError(try $0(0), try $0(1), reduction: try reduction($0))] }
                .example([2, 3], [2, 3])
                .example([3], [3], with: ["reduction": "sum"]),
        ]
    }

    static func reduction(_ call: OperationCall<Scalar>) throws -> LossReduction {
        switch try call.setting("reduction") ?? "mean" {
        case "mean": .mean
        case "sum": .sum
        case let other: throw GoldenError("reduction \(other) is not known")
        }
    }
}
