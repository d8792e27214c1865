/// A module beside others in one tree that have the same tied parts, but with values of its own: what an optimiser
/// remembers of a model, several times over. Parts are tied within it, not to what stands around it.
package struct SeparateTies<Wrapped: Module>: Module {
    /// The module itself.
    package var wrapped: Wrapped

    package init(_ wrapped: Wrapped) { self.wrapped = wrapped }

    /// Writes the module in its own place, without a level for this wrapper.
    package func encode(to encoder: any Encoder) throws {
        encoder.modulePosition?.endTies()
        try wrapped.encode(to: encoder)
        encoder.modulePosition?.endTies()
    }

    /// Reads the module.
    package init(from decoder: any Decoder) throws { wrapped = try Wrapped(from: decoder) }
}
