/// A module that stands in several places of a model and stays one: its parameters are counted, differentiated and
/// updated once, the cotangents of all places added.
///
/// ```swift
/// let shared = Tied(Linear<Float>(inputSize: 8, outputSize: 8))
/// struct Siamese: Module { var left: Tied<Linear<Float>>; var right: Tied<Linear<Float>> }
/// ```
///
/// Copies of a `Tied` are tied to each other wherever they stand in one model. A model whose tied parts differ, because
/// one of them was assigned to, traps when it is used as a module: assign to all of them, or tie anew.
@dynamicMemberLookup
public struct Tied<Wrapped: Module>: Module {
    let identity: UInt64
    public var wrapped: Wrapped

    public init(_ wrapped: Wrapped) {
        self.wrapped = wrapped
        // Random, since files carry identities too: a counter would tie what is read to what is made in this process.
        identity = .random(in: .min ... .max)
    }

    /// Writes the identity and what is tied; in a module's walk, what is tied for the first place alone.
    public func encode(to encoder: any Encoder) throws {
        if let position = encoder.modulePosition { return try position.addTied(self) }
        try encodeProperties(to: encoder)
    }

    func encodeProperties(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(identity, forKey: .identity)
        try container.encode(wrapped, forKey: .wrapped)
    }

    public subscript<Member>(dynamicMember path: KeyPath<Wrapped, Member>) -> Member { wrapped[keyPath: path] }
}
