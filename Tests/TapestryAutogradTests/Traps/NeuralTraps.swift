import TapestryArrays
import TapestryTestSupport
import Testing

@testable import TapestryAutograd

extension TensorTrapTests {
    static let windows: [ExpectedTrap] = [
        ExpectedTrap(
            """
            convolution: inputs [2, 5] are not [batch, channels, axes…] with as many axes as the kernel in weights [4, 2]
            """
        ) {
            _ = convolution(zeros(2, 5), zeros(4, 2))
        },
        ExpectedTrap(
            """
            convolution: inputs [1, 2, 5] are not [batch, channels, axes…] with as many axes as the kernel in weights [4, 2, 3, 3]
            """
        ) {
            _ = convolution(zeros(1, 2, 5), zeros(4, 2, 3, 3))
        },
        ExpectedTrap(
            """
            convolution: inputs [1, 2, 5] are not [batch, channels, axes…] with as many axes as the kernel in weights [4]
            """
        ) {
            _ = convolution(zeros(1, 2, 5), zeros(4))
        },
        ExpectedTrap("convolution: a kernel of [0] has not from 1 to 16777216 elements along each axis") {
            _ = convolution(zeros(1, 2, 5), zeros(4, 2, 0))
        },
        ExpectedTrap("convolution: stride [0] is not a number from 1 to 16777216 for each of 1 axes") {
            _ = convolution(zeros(1, 2, 5), zeros(4, 2, 3), stride: [0])
        },
        ExpectedTrap("convolution: stride [1, 1] is not a number from 1 to 16777216 for each of 1 axes") {
            _ = convolution(zeros(1, 2, 5), zeros(4, 2, 3), stride: [1, 1])
        },
        ExpectedTrap("convolution: padding [-1] is not a number from 0 to 16777216 for each of 1 axes") {
            _ = convolution(zeros(1, 2, 5), zeros(4, 2, 3), padding: [-1])
        },
        ExpectedTrap(
            """
            convolution: padding [9223372036854775807] is not a number from 0 to 16777216 for each of 1 axes
            """
        ) {
            _ = convolution(zeros(1, 2, 5), zeros(4, 2, 3), padding: [.max])
        },
        ExpectedTrap("convolution: dilation [0] is not a number from 1 to 16777216 for each of 1 axes") {
            _ = convolution(zeros(1, 2, 5), zeros(4, 2, 3), dilation: [0])
        },
        ExpectedTrap(
            """
            convolution: inputs [1, 2, 5] and weights [4, 2, 3] do not fit in 0 groups: weights are [outputs, \
            channels / groups, kernel…], and groups divide both outputs and channels
            """
        ) {
            _ = convolution(zeros(1, 2, 5), zeros(4, 2, 3), groups: 0)
        },
        ExpectedTrap(
            """
            convolution: inputs [1, 3, 5] and weights [4, 2, 3] do not fit in 1 groups: weights are [outputs, \
            channels / groups, kernel…], and groups divide both outputs and channels
            """
        ) {
            _ = convolution(zeros(1, 3, 5), zeros(4, 2, 3))
        },
        ExpectedTrap(
            """
            convolution: inputs [1, 2, 5] and weights [4, 2, 3] do not fit in 9223372036854775807 groups: \
            weights are [outputs, channels / groups, kernel…], and groups divide both outputs and channels
            """
        ) {
            _ = convolution(zeros(1, 2, 5), zeros(4, 2, 3), groups: .max)
        },
        ExpectedTrap("convolution: a bias of shape [1] for 4 outputs") {
            _ = convolution(zeros(1, 2, 5), zeros(4, 2, 3), bias: zeros(1))
        },
        ExpectedTrap(
            """
            transposedConvolution: inputs [2, 5] are not [batch, channels, axes…] with as many axes as the kernel in \
            weights [4, 2]
            """
        ) {
            _ = transposedConvolution(zeros(2, 5), zeros(4, 2))
        },
        ExpectedTrap(
            """
            transposedConvolution: inputs [1, 2, 5] are not [batch, channels, axes…] with as many axes as the \
            kernel in weights [2, 4, 3, 3]
            """
        ) {
            _ = transposedConvolution(zeros(1, 2, 5), zeros(2, 4, 3, 3))
        },
        ExpectedTrap(
            """
            transposedConvolution: inputs [1, 2, 5] are not [batch, channels, axes…] with as many axes as the \
            kernel in weights [4]
            """
        ) {
            _ = transposedConvolution(zeros(1, 2, 5), zeros(4))
        },
        ExpectedTrap("transposedConvolution: a kernel of [0] has not from 1 to 16777216 elements along each axis") {
            _ = transposedConvolution(zeros(1, 2, 5), zeros(2, 4, 0))
        },
        ExpectedTrap("transposedConvolution: stride [0] is not a number from 1 to 16777216 for each of 1 axes") {
            _ = transposedConvolution(zeros(1, 2, 5), zeros(2, 4, 3), stride: [0])
        },
        ExpectedTrap("transposedConvolution: stride [1, 1] is not a number from 1 to 16777216 for each of 1 axes") {
            _ = transposedConvolution(zeros(1, 2, 5), zeros(2, 4, 3), stride: [1, 1])
        },
        ExpectedTrap("transposedConvolution: padding [-1] is not a number from 0 to 16777216 for each of 1 axes") {
            _ = transposedConvolution(zeros(1, 2, 5), zeros(2, 4, 3), padding: [-1])
        },
        ExpectedTrap(
            """
            transposedConvolution: padding [9223372036854775807] is not a number from 0 to 16777216 for each of \
            1 axes
            """
        ) {
            _ = transposedConvolution(zeros(1, 2, 5), zeros(2, 4, 3), padding: [.max])
        },
        ExpectedTrap("transposedConvolution: dilation [0] is not a number from 1 to 16777216 for each of 1 axes") {
            _ = transposedConvolution(zeros(1, 2, 5), zeros(2, 4, 3), dilation: [0])
        },
        ExpectedTrap(
            """
            transposedConvolution: inputs [1, 2, 5] and weights [2, 4, 3] do not fit in 0 groups: weights are \
            [channels, outputs / groups, kernel…], and groups divide the channels
            """
        ) {
            _ = transposedConvolution(zeros(1, 2, 5), zeros(2, 4, 3), groups: 0)
        },
        ExpectedTrap(
            """
            transposedConvolution: inputs [1, 3, 5] and weights [2, 4, 3] do not fit in 1 groups: weights are \
            [channels, outputs / groups, kernel…], and groups divide the channels
            """
        ) {
            _ = transposedConvolution(zeros(1, 3, 5), zeros(2, 4, 3))
        },
        ExpectedTrap(
            """
            transposedConvolution: inputs [1, 2, 5] and weights [2, 4, 3] do not fit in 9223372036854775807 \
            groups: weights are [channels, outputs / groups, kernel…], and groups divide the channels
            """
        ) {
            _ = transposedConvolution(zeros(1, 2, 5), zeros(2, 4, 3), groups: .max)
        },
        ExpectedTrap("transposedConvolution: a bias of shape [1] for 4 outputs") {
            _ = transposedConvolution(zeros(1, 2, 5), zeros(2, 4, 3), bias: zeros(1))
        },
        ExpectedTrap("convolution: inputs [1, 2, 5] and weights [3, 1, 3] do not fit in 2 groups") {
            _ = convolution(zeros(1, 2, 5), zeros(3, 1, 3), groups: 2)
        },
        ExpectedTrap("convolution: a kernel of [3] with dilation [3] does not fit into [1, 2, 5]") {
            _ = convolution(zeros(1, 2, 5), zeros(4, 2, 3), dilation: [3])
        },
        ExpectedTrap(
            """
            transposedConvolution: outputPadding [-1] is not a number from 0 to 16777216 for each of 1 axes
            """
        ) {
            _ = transposedConvolution(zeros(1, 2, 5), zeros(2, 4, 3), outputPadding: [-1])
        },
        ExpectedTrap("transposedConvolution: inputs [1, 2, 0] have an axis without a position") {
            _ = transposedConvolution(zeros(1, 2, 0), zeros(2, 4, 3))
        },
        ExpectedTrap("transposedConvolution: padding [9] leaves nothing of [1, 4, 7]") {
            _ = transposedConvolution(zeros(1, 2, 5), zeros(2, 4, 3), padding: [9])
        },
        ExpectedTrap("maxPooled: dilation [0] is not a number from 1 to 16777216 for each of 1 axes") {
            _ = maxPooled(zeros(1, 2, 5), window: [2], dilation: [0])
        },
    ]

    /// Both kinds of pooling take the same windows.
    static let pooling: [ExpectedTrap] = ["maxPooled", "averagePooled"].flatMap { name -> [ExpectedTrap] in
        @Sendable func pooled(_ x: Tensor<Double>, window: [Int], stride: [Int]? = nil, padding: [Int] = [0]) {
            _ =
                name == "maxPooled"
                ? maxPooled(x, window: window, stride: stride, padding: padding)
                : averagePooled(x, window: window, stride: stride, padding: padding)
        }
        let axes = "are not [batch, channels, axes…] with as many axes as the window"
        return [
            ExpectedTrap("\(name): inputs [2, 5] \(axes) [2]") { pooled(zeros(2, 5), window: [2]) },
            ExpectedTrap("\(name): inputs [1, 2, 5] \(axes) [2, 2]") { pooled(zeros(1, 2, 5), window: [2, 2]) },
            ExpectedTrap("\(name): inputs [1, 2, 5] \(axes) []") { pooled(zeros(1, 2, 5), window: []) },
            ExpectedTrap("\(name): a window of [0] has not from 1 to 16777216 elements along each axis") {
                pooled(zeros(1, 2, 5), window: [0])
            },
            ExpectedTrap("\(name): a window of [9223372036854775807] has not from 1 to 16777216 elements") {
                pooled(zeros(1, 2, 5), window: [.max])
            },
            ExpectedTrap("\(name): stride [-1] is not a number from 1 to 16777216 for each of 1 axes") {
                pooled(zeros(1, 2, 5), window: [2], stride: [-1])
            },
            ExpectedTrap("\(name): padding [-1] is not a number from 0 to 16777216 for each of 1 axes") {
                pooled(zeros(1, 2, 5), window: [2], padding: [-1])
            },
            ExpectedTrap("\(name): a window of [6] with dilation [1] does not fit into [1, 2, 5]") {
                pooled(zeros(1, 2, 5), window: [6])
            },
        ]
    }

    static let neural: [ExpectedTrap] = [
        ExpectedTrap("rmsNorm: a gain of shape [1] for features of shape [2]") {
            _ = rmsNorm(zeros(2), gain: zeros(1))
        },
        ExpectedTrap("rmsNorm: a gain of shape [] for features of shape []") { _ = rmsNorm(zeros(), gain: zeros()) },
        ExpectedTrap("rmsNorm: ε is -1.0, and must not be negative") {
            _ = rmsNorm(zeros(2), gain: zeros(2), epsilon: -1)
        },
        ExpectedTrap(
            "layerNorm: a gain of shape [2] and a bias of shape [1] for features of shape [3, 2]"
        ) { _ = layerNorm(zeros(3, 2), gain: zeros(2), bias: zeros(1)) },
        ExpectedTrap("layerNorm: a gain of shape [] and a bias of shape [] for features of shape []") {
            _ = layerNorm(zeros(), gain: zeros(), bias: zeros())
        },
        ExpectedTrap("layerNorm: ε is -1.0, and must not be negative") {
            _ = layerNorm(zeros(2), gain: zeros(2), bias: zeros(2), epsilon: -1)
        },
        ExpectedTrap("groupNorm: 3 groups do not divide the 4 channels of shape [2, 4, 5]") {
            _ = groupNorm(zeros(2, 4, 5), groups: 3, gain: zeros(4), bias: zeros(4))
        },
        ExpectedTrap("groupNorm: 0 groups do not divide the 4 channels of shape [2, 4, 5]") {
            _ = groupNorm(zeros(2, 4, 5), groups: 0, gain: zeros(4), bias: zeros(4))
        },
        ExpectedTrap("groupNorm: inputs of shape [4] are not [batch, channels, …]") {
            _ = groupNorm(zeros(4), groups: 2, gain: zeros(4), bias: zeros(4))
        },
        ExpectedTrap("groupNorm: ε is nan, and must not be negative") {
            _ = groupNorm(zeros(2, 4), groups: 2, gain: zeros(4), bias: zeros(4), epsilon: .nan)
        },
        ExpectedTrap(
            "instanceNorm: a gain of shape [1] and a bias of shape [4] for 4 channels of shape [2, 4, 5]"
        ) { _ = instanceNorm(zeros(2, 4, 5), gain: zeros(1), bias: zeros(4)) },
        ExpectedTrap("batchNorm: axis 2 does not exist in a tensor of shape [2, 3]") {
            _ = batchNorm(zeros(2, 3), axes: [2])
        },
        ExpectedTrap("batchNorm: axis 0 is named twice in [0, 0]") { _ = batchNorm(zeros(2, 3), axes: [0, 0]) },
        ExpectedTrap("batchNorm: ε is nan, and must not be negative") {
            _ = batchNorm(zeros(2, 3), axes: [0], epsilon: .nan)
        },
        ExpectedTrap("dropout: the rate 1.0 is not in 0 ..< 1") {
            _ = dropout(zeros(2), keeping: Tensor([true, false]), rate: 1)
        },
        ExpectedTrap("dropout: the rate nan is not in 0 ..< 1") {
            _ = dropout(zeros(2), keeping: Tensor([true, false]), rate: .nan)
        },
        ExpectedTrap("dropout: a mask of shape [3] cannot be broadcast to [2]") {
            _ = dropout(zeros(2), keeping: Tensor([true, false, true]), rate: 0.5)
        },
        ExpectedTrap("dropout: a mask of shape [3, 2] cannot be broadcast to [2]") {
            _ = dropout(zeros(2), keeping: Tensor(repeating: true, shape: [3, 2]), rate: 0.5)
        },
    ]
}
