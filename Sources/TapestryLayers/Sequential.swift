import TapestryAutograd

/// Layers one after the other, each with its own static type: fₙ(… f₂(f₁(x))).
///
/// ```swift
/// let classifier = Sequential {
///     Linear<Float>(inputSize: 10, outputSize: 20)
///     Activation<Float>(.tanh)
///     Linear<Float>(inputSize: 20, outputSize: 2)
/// }
/// ```
///
/// The paths of the parameters count the layers, `layers.0.weights`, `layers.2.weights`, so that a layer added at the
/// end leaves the names of those before it, and with them patterns and checkpoints, as they are.
public struct Sequential<Layers: Layer>: Layer, LayerList {
    /// The chain: one layer, or pairs that nest in `first`.
    public var layers: Layers

    /// A chain of the layers in the order in which they are written.
    public init(@LayerBuilder _ layers: () -> Layers) { self.layers = layers() }

    /// Applies the layers one after the other. The input is what the first one takes, the output what the last one
    /// returns.
    public func callAsFunction(_ input: Layers.Input) -> Layers.Output { layers(input) }

    // One layer alone is a chain of one too: its name must not change when a second one joins it.

    private enum CodingKeys: String, CodingKey { case layers }

    /// Writes the layers as one list.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        var list = container.nestedUnkeyedContainer(forKey: .layers)
        try list.append(layers)
    }

    /// Reads the layers from one list. Throws if it is longer or shorter than the chain.
    public init(from decoder: any Decoder) throws {
        var list = try decoder.container(keyedBy: CodingKeys.self).nestedUnkeyedContainer(forKey: .layers)
        layers = try list.wholeChain()
    }
}

/// Two layers, the second applied to what the first returns: second(first(x)). Longer chains nest, and yet are one list
/// when they are encoded or walked over, whatever the nesting: `0.weights`, `1.weights`, `2.weights`.
public struct LayerPair<First: Layer, Second: Layer>: Layer where First.Output == Second.Input {
    /// What is applied first; itself a pair in a chain of more than two.
    public var first: First
    /// What is applied to the output of `first`.
    public var second: Second

    /// The chain of `first` and `second`.
    public init(_ first: First, _ second: Second) {
        self.first = first
        self.second = second
    }

    /// second(first(x)).
    public func callAsFunction(_ input: First.Input) -> Second.Output { second(first(input)) }

    /// Writes all layers of the chain as one list.
    public func encode(to encoder: any Encoder) throws {
        var list = encoder.unkeyedContainer()
        try list.append(self)
    }

    /// Reads all layers of the chain from one list. Throws if it is longer or shorter than the chain.
    public init(from decoder: any Decoder) throws {
        var list = try decoder.unkeyedContainer()
        self = try list.wholeChain()
    }
}

/// Builds a chain of layers, each of which takes what the one before returns.
@resultBuilder
public enum LayerBuilder {
    /// One layer is a chain.
    public static func buildPartialBlock<Only: Layer>(first: Only) -> Only { first }

    /// The chain so far, with one more layer at its end.
    public static func buildPartialBlock<Before: Layer, Next: Layer>(
        accumulated: Before, next: Next
    ) -> LayerPair<Before, Next> where Before.Output == Next.Input {
        LayerPair(accumulated, next)
    }
}
