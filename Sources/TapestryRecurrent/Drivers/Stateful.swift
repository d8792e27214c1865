import TapestryAutograd

/// A recurrent layer that goes on where it stopped: each call begins with the state that the one before ended with,
/// whose derivative ends there.
///
/// ```swift
/// var stream = Stateful(layer)
/// for window in windows { let outputs = stream(window).outputs }
/// stream.reset()
/// ```
public struct Stateful<Layer: RecurrentLayer>: Module {
    /// The layer.
    public var layer: Layer
    /// What the next call begins with; `nil` before the first one. It is no parameter: a gradient's is not taken.
    public private(set) var state: Layer.State?

    /// A layer that has not run yet.
    public init(_ layer: Layer) { self.layer = layer }

    /// Runs over the next part of a sequence; see the layer's call.
    public mutating func callAsFunction(
        _ inputs: Layer.Input, mask: SequenceMask? = nil
    ) -> RecurrentResult<Layer.Output, Layer.State> {
        let result = layer(inputs, initialState: state, mask: mask)
        state = result.finalState.withoutDerivative()
        return result
    }

    /// Forgets the state: a new sequence begins.
    public mutating func reset() { state = nil }

    private enum CodingKeys: String, CodingKey { case layer }

    /// Writes the layer alone.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(layer, forKey: .layer)
    }

    /// Reads the layer; there is no state then.
    public init(from decoder: any Decoder) throws {
        layer = try decoder.container(keyedBy: CodingKeys.self).decode(Layer.self, forKey: .layer)
    }
}
