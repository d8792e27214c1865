import TapestryAutograd
import TapestryChecks
import TapestryLayers
import TapestryTestSupport
import Testing

/// A key's bias adds the same to all scores of a query: its gradient is zero, and a check of it finds noise.
private let keyBiases: [ParameterPattern] = ["*.key.bias"]

@Suite struct AttentionTests {
    private let x = Tensor<Double>.normal([2, 4, 6], using: RandomSource(seed: 1))
    private let sources = Tensor<Double>.normal([2, 3, 5], using: RandomSource(seed: 2))
    private let heads = withRandomSeed(3) { MultiHeadAttention<Double>(size: 6, heads: 2) }
    private let cross = withRandomSeed(3) { MultiHeadAttention<Double>(size: 6, heads: 3, sourceSize: 5) }

    @Test("gradients agree with differences, of weights and of what is attended to")
    func gradients() {
        let within = checkGradients(
            of: { (layer, x) in square(layer(x, sourceLengths: [4, 2], isCausal: true)).mean() }, at: heads, x,
            freezing: keyBiases)
        #expect(within.isCorrect, "\(within)")
        let between = checkGradients(
            of: { (layer, s) in square(layer(x, sources: s)).mean() }, at: cross, sources, freezing: keyBiases)
        #expect(between.isCorrect, "\(between)")
        let slopes = gradient(at: cross) { square($0(x, sources: sources)).mean() }
        #expect(slopes.key.bias!.norm().scalar < 1e-15)
    }

    @Test("each head's weights are traced, and sum to 1")
    func weights() throws {
        let (_, traced) = tracing { cross(x, sources: sources, sourceLengths: [3, 2]) }
        let weights: Tensor<Double> = try #require(traced.first { $0.name == "attention" }).tensor()
        #expect(weights.shape == [2, 3, 4, 3])
        #expect(weights.sum(axes: [-1]).isClose(to: .ones([2, 3, 4]), relativeTolerance: 1e-14))
        #expect(weights[1, 0..., 0..., 2] == .zeros([3, 4]))
    }

    @Test("causal attention does not see later steps")
    func causal() {
        var changed = x
        changed[0..., 3] = Tensor(7)
        let (before, after) = (heads(x, isCausal: true), heads(changed, isCausal: true))
        #expect(before[0..., 0..<3] == after[0..., 0..<3] && before[0..., 3] != after[0..., 3])
    }

    @Test("padding reaches nothing, NaN included, on the way back neither")
    func padding() {
        var padded = x
        padded[1, 2...] = Tensor(.nan)
        let lengths = [4, 2]
        let (value, slopes) = valueAndGradient(at: heads) { layer in
            square(layer(padded, sourceLengths: lengths)[1, 0..<2]).sum()
        }
        let alone = valueAndGradient(at: heads) { square($0(x[1..<2, 0..<2])).sum() }
        #expect(value.isClose(to: alone.value, relativeTolerance: 1e-12))
        #expect(slopes.query.weights.isClose(to: alone.gradient.query.weights, relativeTolerance: 1e-10))
        #expect(slopes.value.weights.isClose(to: alone.gradient.value.weights, relativeTolerance: 1e-10))

        var beyond = sources
        beyond[0, 2...] = Tensor(.nan)
        for score in MultiplicativeAttention<Double>.Score.allCases {
            let attention = withRandomSeed(4) {
                MultiplicativeAttention<Double>(score: score, querySize: 5, hiddenSize: 3)
            }
            let queries = Tensor<Double>.normal([2, 5], using: RandomSource(seed: 5))
            let whole = attention(queries, sources: beyond, sourceLengths: [2, 3])
            let cut = attention(queries[0..<1], sources: sources[0..<1, 0..<2])
            #expect(whole[0..<1].isClose(to: cut, relativeTolerance: 1e-13), "\(score)")
        }
    }

    @Test("a query that may attend to nothing gets zeros, of several heads the output's bias")
    func nothing() {
        let none = Tensor<Bool>(repeating: false, shape: [4, 3])
        #expect(cross(x, sources: sources, mask: none)[0, 0] == cross.output.bias!)
        let additive = AdditiveAttention<Double>(querySize: 6, sourceSize: 5, hiddenSize: 4)
        #expect(additive(x, sources: sources, mask: none) == .zeros([2, 4, 5]))
    }

    @Test("gradients of scores agree with differences")
    func gradientsOfScores() {
        let additive = withRandomSeed(1) { AdditiveAttention<Double>(querySize: 6, sourceSize: 5, hiddenSize: 3) }
        let report = checkGradients(
            of: { (layer, s) in square(layer(x, sources: s, sourceLengths: [3, 2])).mean() }, at: additive, sources)
        #expect(report.isCorrect, "\(report)")
        for score in [MultiplicativeAttention<Double>.Score.general, .concat] {
            let layer = withRandomSeed(2) {
                MultiplicativeAttention<Double>(score: score, querySize: 6, sourceSize: 5, hiddenSize: 3)
            }
            let report = checkGradients(of: { (layer, s) in square(layer(x, sources: s)).mean() }, at: layer, sources)
            #expect(report.isCorrect, "\(report)")
        }
    }

    @Test("weights are dropped while training alone")
    func dropout() {
        let layer = withRandomSeed(3) { MultiHeadAttention<Double>(size: 6, heads: 2, dropoutRate: 0.5) }
        #expect(layer(x) == heads(x))
        #expect(withRandomSeed(1) { withMode(.training) { layer(x) } } != layer(x))
    }

    @Test("positions are told apart, and a sequence in pieces is that in one")
    func positions() {
        let sinusoidal = SinusoidalPositionalEncoding<Double>()
        let learned = withRandomSeed(1) { LearnedPositionalEncoding<Double>(positionCount: 6, size: 6) }
        let (first, rest) = (x[0..., 0..<2], x[0..., 2...])
        #expect(concatenate([sinusoidal(first), sinusoidal(rest, from: 2)], axis: 1) == sinusoidal(x))
        #expect(concatenate([learned(first), learned(rest, from: 2)], axis: 1) == learned(x))
        #expect(learned(rest) != learned(rest, from: 2))
        let waves = SinusoidalPositionalEncoding<Float>()(.zeros([1_000, 8]), from: 100_000_000)
        #expect(waves[500] != waves[501])
    }
}

@Suite struct TransformerTests {
    private let x = Tensor<Double>.normal([2, 3, 4], using: RandomSource(seed: 1))
    private let sources = Tensor<Double>.normal([2, 2, 4], using: RandomSource(seed: 2))

    @Test("gradients agree with differences", arguments: NormalizationPlacement.allCases)
    func gradients(_ normalization: NormalizationPlacement) {
        let encoder = withRandomSeed(1) {
            TransformerEncoderLayer<Double>(
                size: 4, heads: 2, hiddenSize: 3, activation: .gelu, normalization: normalization)
        }
        let weights = Tensor<Double>.normal([2, 3, 4], using: RandomSource(seed: 3))
        let encoded = checkGradients(
            of: { (layer, x) in (layer(x, lengths: [3, 2]) * weights).sum() }, at: encoder, x, freezing: keyBiases)
        #expect(encoded.isCorrect, "\(encoded)")
        let decoder = withRandomSeed(2) {
            TransformerDecoderLayer<Double>(
                size: 4, heads: 2, hiddenSize: 3, activation: .tanh, normalization: normalization)
        }
        let decoded = checkGradients(
            of: { (layer, s) in (layer(x, sources: s, sourceLengths: [2, 1]) * weights).sum() }, at: decoder, sources,
            freezing: keyBiases)
        #expect(decoded.isCorrect, "\(decoded)")
    }

    @Test("a decoder sees no later steps, and traces both attentions apart")
    func decoder() {
        let decoder = withRandomSeed(2) { TransformerDecoderLayer<Double>(size: 4, heads: 2) }
        var changed = x
        changed[0..., 2] = Tensor([1, 2, 3, 5])
        let (result, traced) = tracing { decoder(x, sources: sources) }
        #expect(result[0..., 0..<2] == decoder(changed, sources: sources)[0..., 0..<2])
        #expect(traced.filter { $0.name == "attention" }.map(\.scope) == [["self"], ["cross"]])
    }

    @Test("padding reaches neither steps nor gradients of weights, NaN included")
    func padding() {
        let encoder = withRandomSeed(1) { TransformerEncoderLayer<Double>(size: 4, heads: 2, hiddenSize: 3) }
        var padded = x
        padded[1, 2...] = Tensor(.nan)
        let (value, slopes) = valueAndGradient(at: encoder, mode: .inference) {
            square($0(padded, lengths: [3, 2])[1, 0..<2]).sum()
        }
        let alone = square(encoder(x[1..<2, 0..<2])).sum()
        #expect(value.isClose(to: alone, relativeTolerance: 1e-12))
        #expect(slopes.parameterNorm.isFinite)
    }

    @Test("results of a part are dropped while training alone", arguments: NormalizationPlacement.allCases)
    func residualDropout(_ normalization: NormalizationPlacement) {
        let residual = TransformerResidual<Double>(size: 4, dropoutRate: 0.5, normalization: normalization)
        let whole = residual(x) { $0 }
        #expect(withRandomSeed(1) { withMode(.training) { residual(x) { $0 } } } != whole)
        #expect(whole == (normalization == .before ? x + residual.norm(x) : residual.norm(x + x)))
    }

    @Test("dropout acts while training alone, and settings are saved with a layer")
    func settings() throws {
        let layer = withRandomSeed(1) {
            TransformerEncoderLayer<Double>(
                size: 4, heads: 2, dropoutRate: 0.5, activation: .gelu, normalization: .after)
        }
        #expect(layer(x) == layer(x))
        #expect(withRandomSeed(1) { withMode(.training) { layer(x) } } != layer(x))
        let float = layer.converted(to: TransformerEncoderLayer<Float>.self)
        #expect(float(x.converted()).converted().isClose(to: layer(x), absoluteTolerance: 1e-5))
        #expect(float.feedForward.activation == .gelu && float.attentionResidual.normalization == .after)
    }
}
