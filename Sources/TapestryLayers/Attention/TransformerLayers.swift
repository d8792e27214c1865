import TapestryAutograd

/// Where a Transformer's layers normalise.
public enum NormalizationPlacement: String, Sendable, Codable, CaseIterable {
    /// x + f(norm(x)): before each part, whose sum is left as it is. Deep stacks train without a warm-up; they end with
    /// a normalisation of their own. R. Xiong et al., "On layer normalization in the Transformer architecture", 2020.
    case before
    /// norm(x + f(x)): after each part, as in the paper.
    case after
}

/// One layer of a Transformer's encoder: attention of a sequence to itself, then a network of two layers at each step,
/// with a residual connection and a normalisation around both.
///
/// Reference: A. Vaswani et al., "Attention is all you need", 2017.
public struct TransformerEncoderLayer<Scalar: DifferentiableScalar>: Module {
    /// Attention within the sequence.
    public var attention: MultiHeadAttention<Scalar>
    /// φ(x W₁ + b₁) W₂ + b₂, step by step.
    public var feedForward: TransformerFeedForward<Scalar>
    /// What is around the attention.
    public var attentionResidual: TransformerResidual<Scalar>
    /// What is around the network.
    public var feedForwardResidual: TransformerResidual<Scalar>

    /// A layer of attention and a network, step by step.
    ///
    /// - Parameters:
    ///   - size: the features of a step. Traps unless it is a multiple of the number of heads.
    ///   - heads: the number of heads.
    ///   - hiddenSize: the units of the network; four times the features by default.
    ///   - dropoutRate: the probability with which weights, hidden units and results are dropped while training.
    ///   - activation: φ.
    ///   - normalization: before or after each part.
    public init(
        size: Int, heads: Int, hiddenSize: Int? = nil, dropoutRate: Double = 0.1,
        activation: ActivationFunction = .relu, normalization: NormalizationPlacement = .before
    ) {
        attention = MultiHeadAttention(size: size, heads: heads, dropoutRate: dropoutRate)
        feedForward = TransformerFeedForward(
            size: size, hiddenSize: hiddenSize ?? 4 * size, dropoutRate: dropoutRate, activation: activation)
        let residual = TransformerResidual<Scalar>(size: size, dropoutRate: dropoutRate, normalization: normalization)
        (attentionResidual, feedForwardResidual) = (residual, residual)
    }

    /// `[batch, time, size]` to the same.
    ///
    /// - Parameters:
    ///   - x: a sequence.
    ///   - lengths: the number of steps of each sequence, all by default. Steps beyond are set to zero, reach no other,
    ///     and what comes out there means nothing.
    ///   - mask: which steps each step may attend to, as for `MultiHeadAttention`.
    ///   - isCausal: whether a step may attend to no later one.
    public func callAsFunction(
        _ x: Tensor<Scalar>, lengths: [Int]? = nil, mask: Tensor<Bool>? = nil, isCausal: Bool = false
    ) -> Tensor<Scalar> {
        let x = presentSequence(x, lengths, "transformerEncoderLayer")
        let attended = attentionResidual(x) {
            attention($0, sourceLengths: lengths, mask: mask, isCausal: isCausal)
        }
        return feedForwardResidual(attended) { feedForward($0) }
    }
}

/// One layer of a Transformer's decoder: attention of a sequence to itself, to no later steps, then to what the encoder
/// made of another sequence, then a network of two layers at each step, with a residual connection and a normalisation
/// around each. Weights are named in the scopes `self` and `cross`.
///
/// Reference: A. Vaswani et al., "Attention is all you need", 2017.
public struct TransformerDecoderLayer<Scalar: DifferentiableScalar>: Module {
    /// Attention within the sequence.
    public var selfAttention: MultiHeadAttention<Scalar>
    /// Attention to the encoder's sequence.
    public var crossAttention: MultiHeadAttention<Scalar>
    /// φ(x W₁ + b₁) W₂ + b₂, step by step.
    public var feedForward: TransformerFeedForward<Scalar>
    /// What is around the attention within the sequence.
    public var selfResidual: TransformerResidual<Scalar>
    /// What is around the attention to the encoder's sequence.
    public var crossResidual: TransformerResidual<Scalar>
    /// What is around the network.
    public var feedForwardResidual: TransformerResidual<Scalar>

    /// A layer of attention to its own steps, attention to the encoder's, and a network.
    ///
    /// - Parameters:
    ///   - size: the features of a step. Traps unless it is a multiple of the number of heads.
    ///   - heads: the number of heads.
    ///   - sourceSize: the features of the encoder's steps; by default as many.
    ///   - hiddenSize: the units of the network; four times the features by default.
    ///   - dropoutRate: the probability with which weights, hidden units and results are dropped while training.
    ///   - activation: φ.
    ///   - normalization: before or after each part.
    public init(
        size: Int, heads: Int, sourceSize: Int? = nil, hiddenSize: Int? = nil, dropoutRate: Double = 0.1,
        activation: ActivationFunction = .relu, normalization: NormalizationPlacement = .before
    ) {
        selfAttention = MultiHeadAttention(size: size, heads: heads, dropoutRate: dropoutRate)
        crossAttention = MultiHeadAttention(
            size: size, heads: heads, sourceSize: sourceSize, dropoutRate: dropoutRate)
        feedForward = TransformerFeedForward(
            size: size, hiddenSize: hiddenSize ?? 4 * size, dropoutRate: dropoutRate, activation: activation)
        let residual = TransformerResidual<Scalar>(size: size, dropoutRate: dropoutRate, normalization: normalization)
        (selfResidual, crossResidual, feedForwardResidual) = (residual, residual, residual)
    }

    /// `[batch, time, size]` to the same.
    ///
    /// - Parameters:
    ///   - x: the sequence, of which each step sees no later one.
    ///   - sources: what the encoder made of the other sequence, `[batch, sources, sourceSize]`.
    ///   - lengths: the number of steps of each sequence, all by default, as for the encoder's layer.
    ///   - sourceLengths: the number of sources of each sequence, all by default.
    public func callAsFunction(
        _ x: Tensor<Scalar>, sources: Tensor<Scalar>, lengths: [Int]? = nil, sourceLengths: [Int]? = nil
    ) -> Tensor<Scalar> {
        let x = presentSequence(x, lengths, "transformerDecoderLayer")
        let within = selfResidual(x) { x in
            withScope("self") { selfAttention(x, sourceLengths: lengths, isCausal: true) }
        }
        let across = crossResidual(within) { x in
            withScope("cross") { crossAttention(x, sources: sources, sourceLengths: sourceLengths) }
        }
        return feedForwardResidual(across) { feedForward($0) }
    }
}

/// φ(x W₁ + b₁) W₂ + b₂ over the last axis, with hidden units dropped while training.
public struct TransformerFeedForward<Scalar: DifferentiableScalar>: Layer {
    /// W₁ and b₁, `[…, size]` to `[…, hidden]`.
    public var hidden: Linear<Scalar>
    /// W₂ and b₂, `[…, hidden]` to `[…, size]`.
    public var output: Linear<Scalar>
    /// φ.
    public let activation: ActivationFunction
    /// Drops hidden units while training.
    public let dropout: Dropout<Scalar>

    /// The network with first weights as `Linear` has them.
    public init(size: Int, hiddenSize: Int, dropoutRate: Double, activation: ActivationFunction) {
        hidden = Linear(inputSize: size, outputSize: hiddenSize)
        output = Linear(inputSize: hiddenSize, outputSize: size)
        self.activation = activation
        dropout = Dropout(rate: dropoutRate)
    }

    /// `[…, size]` to the same.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> { output(dropout(activation(hidden(x)))) }
}

/// A residual connection around a part of a Transformer, and its normalisation: x + f(norm(x)) or norm(x + f(x)), with
/// elements of f's result dropped while training.
public struct TransformerResidual<Scalar: DifferentiableScalar>: Module {
    /// The normalisation.
    public var norm: LayerNorm<Scalar>
    /// Before or after the part.
    public let normalization: NormalizationPlacement
    /// Drops elements of the part's result while training.
    public let dropout: Dropout<Scalar>

    /// The connection, with a normalisation that changes neither scale nor offset.
    public init(size: Int, dropoutRate: Double, normalization: NormalizationPlacement) {
        norm = LayerNorm(featureCount: size)
        self.normalization = normalization
        dropout = Dropout(rate: dropoutRate)
    }

    /// The part with what is around it, `[…, size]` to the same.
    public func callAsFunction(
        _ x: Tensor<Scalar>, around part: (Tensor<Scalar>) -> Tensor<Scalar>
    ) -> Tensor<Scalar> {
        switch normalization {
        case .before: x + dropout(part(norm(x)))
        case .after: norm(x + dropout(part(x)))
        }
    }
}

/// The sequence with zeros beyond the lengths.
private func presentSequence<Scalar: DifferentiableScalar>(
    _ x: Tensor<Scalar>, _ lengths: [Int]?, _ operation: String
) -> Tensor<Scalar> {
    checkSequences(operation, x.shape, lengths, "features")
    guard let lengths else { return x }
    return select(presentSteps(lengths, stepCount: x.shape[1]).unsqueezed(axis: 2), x, Tensor(0))
}
