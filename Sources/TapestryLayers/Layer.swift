import TapestryAutograd

/// A module that is a function of one input.
public protocol Layer<Input, Output>: Module {
    associatedtype Input
    associatedtype Output
    /// Applies the layer.
    func callAsFunction(_ input: Input) -> Output
}
