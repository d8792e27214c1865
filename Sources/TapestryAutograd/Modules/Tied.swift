/// A module that stands in several places of a model and stays one: its parameters are counted, differentiated and
/// updated once, the cotangents of all places added.
///
/// ```swift
/// let shared = Tied(Linear<Float>(inputSize: 8, outputSize: 8))
/// struct Siamese: Module { var left: Tied<Linear<Float>>; var right: Tied<Linear<Float>> }
/// ```
///
/// A `Tied` value and its copies are one module: where several of them stand in a model, its parameters have the path
/// of the first. They are copies, as all Swift values are, so assigning to `left.wrapped` leaves `right` as it was. A
/// model whose tied parts have come to differ in this way traps as soon as it is differentiated, updated or asked for
/// its parameters. To change what is tied, give all places the new value, `model.left = new; model.right = new`, or
/// make a new `Tied` of it.
@dynamicMemberLookup
public struct Tied<Wrapped: Module>: Module {
    let identity: UInt64
    /// The module itself. Assigning to it unties: other copies keep what they had.
    public var wrapped: Wrapped

    /// Ties a module: this value and its copies are one from here on. Another `Tied` of an equal module is another one.
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

    /// A property of what is tied, read as one of its own: `shared.weights`.
    public subscript<Member>(dynamicMember path: KeyPath<Wrapped, Member>) -> Member { wrapped[keyPath: path] }
}

/// A tied module, whatever is tied.
package protocol TiedModule: Module {
    associatedtype Wrapped: Module
    /// What all places of the module have in common, and no other one has.
    var tie: UInt64 { get }
    var wrapped: Wrapped { get set }
}

extension Tied: TiedModule { package var tie: UInt64 { identity } }
