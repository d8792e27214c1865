import Tapestry

/// A way in which the normalisations of a cell can be wrong, and what the check says of it.
enum NormMutation: String, Codable, Sendable, CaseIterable {
    case none
    case leftOut, blocksApart, overTheBatch, withoutEpsilon, epsilonOutside, meanKept, rootMeanSquare, unbiased,
        byVariance
    case ofTheSum, biasFirst, exchanged, allUnbiased, multiplied, normalizedInput, normalizedResult, softmax

    var statement: String? {
        let first = "the layer norm with inputNorm.gain"
        let second = "the layer norm with stateNorm.gain"
        return switch self {
        case .none: nil
        case .leftOut: "\(first) is left out"
        case .blocksApart: "\(first) normalises each of 2 blocks apart, and not all together"
        case .overTheBatch: "\(first) normalises over the rows of the batch, and not over the features"
        case .withoutEpsilon: "\(first) has no ε where 1e-05 belongs"
        case .epsilonOutside: "\(first) adds ε to the standard deviation, and not to the variance"
        case .meanKept: "\(first) does not subtract the mean"
        case .rootMeanSquare: "\(first) divides by the root of the mean square, and does not subtract the mean"
        case .unbiased: "\(first) takes the variance over n − 1, and not over n"
        case .byVariance: "\(first) divides by the variance, and not by its root"
        case .ofTheSum: "\(first) is that of the sum, and \(second) is left out"
        case .biasFirst: "\(first) adds the bias before it multiplies by the gain"
        // The biases are added up, and whose is whose does not show.
        case .exchanged: "inputNorm.gain and stateNorm.gain are exchanged"
        case .allUnbiased: "every layer norm takes the variance over n − 1, and not over n"
        case .multiplied: "\(first) and \(second) are multiplied, not added"
        case .normalizedInput: "the input is normalised"
        case .normalizedResult: "hidden is normalised"
        case .softmax: "hidden has softmax over the units where the reference has tanh"
        }
    }
}

/// h = tanh(LN(x W) + LN′(h U)), wrong on purpose.
struct MutantNormCell: RecurrentCell {
    var inputWeights, recurrentWeights: Tensor<Double>
    var inputNorm, stateNorm: LayerNorm<Double>
    let mutation: NormMutation

    init(inputSize: Int, hiddenSize: Int, mutation: NormMutation) {
        inputWeights = .ones([inputSize, hiddenSize])
        recurrentWeights = .ones([hiddenSize, hiddenSize])
        inputNorm = LayerNorm(featureCount: hiddenSize)
        stateNorm = LayerNorm(featureCount: hiddenSize)
        self.mutation = mutation
    }

    func initialState(batchSize: Int) -> Tensor<Double> { .zeros([batchSize, recurrentWeights.shape[0]]) }

    func step(_ x: Tensor<Double>, _ h: Tensor<Double>) -> (output: Tensor<Double>, state: Tensor<Double>) {
        let fromInput = matmul(mutation == .normalizedInput ? standardized(x) : x, inputWeights)
        let fromState = matmul(h, recurrentWeights)
        let hidden = activated(fromInput, fromState).named("hidden")
        return (hidden, hidden)
    }

    private func activated(_ a: Tensor<Double>, _ u: Tensor<Double>) -> Tensor<Double> {
        let (gain, bias) = (inputNorm.gain, inputNorm.bias)
        return switch mutation {
        case .ofTheSum: tanh(inputNorm(a + u))
        case .exchanged: tanh(stateNorm(a) + inputNorm(u))
        case .multiplied: tanh(inputNorm(a) * stateNorm(u))
        case .allUnbiased:
            tanh(
                scaled(a, correction: 1) * gain + bias + scaled(u, correction: 1) * stateNorm.gain + stateNorm.bias)
        case .normalizedResult: standardized(tanh(inputNorm(a) + stateNorm(u)))
        case .softmax: (inputNorm(a) + stateNorm(u)).softmax()
        default: tanh(ofInput(a) + stateNorm(u))
        }
    }

    /// What should be LN(a).
    private func ofInput(_ a: Tensor<Double>) -> Tensor<Double> {
        let (gain, bias) = (inputNorm.gain, inputNorm.bias)
        let centered = a - a.mean(axes: [1], keepingAxes: true)
        let variance = square(centered).mean(axes: [1], keepingAxes: true)
        return switch mutation {
        case .leftOut: a
        case .blocksApart:
            concatenate(a.split(count: 2, axis: 1).map(standardized), axis: 1) * gain + bias
        case .overTheBatch: standardized(a.transposed()).transposed() * gain + bias
        case .withoutEpsilon: centered / sqrt(variance) * gain + bias
        case .epsilonOutside: centered / (sqrt(variance) + 1e-5) * gain + bias
        case .meanKept: a / sqrt(variance + 1e-5) * gain + bias
        case .rootMeanSquare: a / sqrt(square(a).mean(axes: [1], keepingAxes: true) + 1e-5) * gain + bias
        case .unbiased: scaled(a, correction: 1) * gain + bias
        case .byVariance: centered / (variance + 1e-5) * gain + bias
        case .biasFirst: (standardized(a) + bias) * gain
        default: inputNorm(a)
        }
    }

    private func standardized(_ a: Tensor<Double>) -> Tensor<Double> { scaled(a, correction: 0) }

    private func scaled(_ a: Tensor<Double>, correction: Int) -> Tensor<Double> {
        let variance = a.variance(axes: [-1], correction: correction, keepingAxes: true)
        return (a - a.mean(axes: [-1], keepingAxes: true)) / sqrt(variance + 1e-5)
    }
}
