import TapestryAutograd

/// Recurrent layers of any kinds one after the other, each fed with the outputs of the one before.
///
/// ```swift
/// let encoder = RecurrentSequential {
///     Bidirectional(LSTMCell<Float>(inputSize: 8, hiddenSize: 16), LSTMCell<Float>(inputSize: 8, hiddenSize: 16))
///     TimeDistributed(Dropout<Float>(rate: 0.2))
///     Recurrent(GRUCell<Float>(inputSize: 32, hiddenSize: 24))
/// }
/// ```
///
/// Layers of one kind are `RecurrentLayers`; cells stacked within one step are `Stacked`.
public struct RecurrentSequential<Layers: RecurrentLayer>: RecurrentLayer {
    /// The type of the elements of parameters.
    public typealias Scalar = Layers.Scalar

    /// The chain: one layer, or pairs that nest in `first`.
    public var layers: Layers

    /// A chain of the layers in the order in which they are written.
    public init(@RecurrentLayerBuilder _ layers: () -> Layers) { self.layers = layers() }

    /// Runs the layers one after the other; see `callAsFunction(_:initialState:mask:)`.
    public func run(
        _ inputs: Layers.Input, initialState: Layers.State?, mask: SequenceMask?
    ) -> RecurrentResult<Layers.Output, Layers.State> {
        layers(inputs, initialState: initialState, mask: mask)
    }
}

/// Two recurrent layers, the second over the outputs of the first.
public struct RecurrentLayerPair<First: RecurrentLayer, Second: RecurrentLayer>: RecurrentLayer
where First.Output == Second.Input, First.Scalar == Second.Scalar {
    /// The type of the elements of parameters.
    public typealias Scalar = First.Scalar

    /// What is applied first; itself a pair in a chain of more than two.
    public var first: First
    /// What is applied to the outputs of `first`.
    public var second: Second

    /// The chain of `first` and `second`.
    public init(_ first: First, _ second: Second) {
        self.first = first
        self.second = second
    }

    /// Runs both; see `callAsFunction(_:initialState:mask:)`.
    public func run(
        _ inputs: First.Input, initialState: StatePair<First.State, Second.State>?, mask: SequenceMask?
    ) -> RecurrentResult<Second.Output, StatePair<First.State, Second.State>> {
        let below = withScope("first") { first(inputs, initialState: initialState?.first, mask: mask) }
        let above = withScope("second") { second(below.outputs, initialState: initialState?.second, mask: mask) }
        return RecurrentResult(outputs: above.outputs, finalState: StatePair(below.finalState, above.finalState))
    }
}

/// The states of two layers or cells.
public struct StatePair<First: Module, Second: Module>: Module {
    /// Of the first, which may be a pair itself.
    public var first: First
    /// Of the second.
    public var second: Second

    /// The states of two layers or cells.
    public init(_ first: First, _ second: Second) {
        self.first = first
        self.second = second
    }
}

/// Builds a chain of recurrent layers.
@resultBuilder
public enum RecurrentLayerBuilder {
    /// One layer is a chain.
    public static func buildPartialBlock<Only: RecurrentLayer>(first: Only) -> Only { first }

    /// The chain so far, with one more layer at its end.
    public static func buildPartialBlock<Before: RecurrentLayer, Next: RecurrentLayer>(
        accumulated: Before, next: Next
    ) -> RecurrentLayerPair<Before, Next> {
        RecurrentLayerPair(accumulated, next)
    }
}
