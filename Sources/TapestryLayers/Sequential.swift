import TapestryAutograd

/// Layers one after the other, each with its own static type.
///
/// ```swift
/// let classifier = Sequential {
///     Linear<Float>(inputSize: 10, outputSize: 20)
///     Activation<Float>(.tanh)
///     Linear<Float>(inputSize: 20, outputSize: 2)
/// }
/// ```
public struct Sequential<Body: Layer>: Layer {
    public var body: Body

    public init(@LayerBuilder _ layers: () -> Body) { body = layers() }

    public func callAsFunction(_ input: Body.Input) -> Body.Output { body(input) }
}

/// Two layers, the second applied to what the first returns. Longer chains nest in `first`.
public struct LayerPair<First: Layer, Second: Layer>: Layer where First.Output == Second.Input {
    public var first: First
    public var second: Second

    public init(_ first: First, _ second: Second) {
        self.first = first
        self.second = second
    }

    public func callAsFunction(_ input: First.Input) -> Second.Output { second(first(input)) }
}

/// Builds a chain of layers.
@resultBuilder
public enum LayerBuilder {
    public static func buildPartialBlock<Only: Layer>(first: Only) -> Only { first }

    public static func buildPartialBlock<Before: Layer, Next: Layer>(
        accumulated: Before, next: Next
    ) -> LayerPair<Before, Next> where Before.Output == Next.Input {
        LayerPair(accumulated, next)
    }
}
