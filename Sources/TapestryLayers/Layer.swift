import TapestryAutograd

/// A module that is a function of one input.
public protocol Layer<Input, Output>: Module {
    /// What the layer takes: a tensor, or any other value.
    associatedtype Input
    /// What the layer returns.
    associatedtype Output
    /// Applies the layer. Traps if the input's shape does not fit it.
    func callAsFunction(_ input: Input) -> Output
}

extension Tied: Layer where Wrapped: Layer {
    /// Applies the layer that is tied.
    public func callAsFunction(_ input: Wrapped.Input) -> Wrapped.Output { wrapped(input) }
}
