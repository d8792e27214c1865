import Foundation

/// What a mean cross-entropy in nats says in other units.
public struct Surprise: Sendable, Equatable {
    /// The mean of −ln p, in nats per token.
    public let nats: Double

    /// Of a mean in nats per token.
    public init(nats: Double) { self.nats = nats }

    /// In bits per token: nats / ln 2. If the tokens are characters, bits per character.
    public var bits: Double { nats / log(2) }

    /// e to the power of the nats: of how many equally likely tokens one would be as hard to guess.
    public var perplexity: Double { exp(nats) }
}
