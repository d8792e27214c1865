/// A weighted mean that grows, Σ w x / Σ w: of the losses of batches, weighted by their sizes; NaN of nothing.
///
/// ```swift
/// var loss = RunningMean()
/// loss.add(crossEntropy(logits, targets).scalar, weight: Double(targets.count))
/// print(Surprise(nats: loss.value).perplexity)
/// ```
public struct RunningMean: Codable, Sendable, Equatable {
    /// Σ w x.
    private var total = 0.0
    /// Σ w.
    public private(set) var weight = 0.0

    /// Of nothing yet.
    public init() {}

    /// Adds a value.
    public mutating func add(_ value: Double, weight: Double = 1) {
        total += value * weight
        self.weight += weight
    }

    /// Adds a value.
    public mutating func add(_ value: Float, weight: Double = 1) { add(Double(value), weight: weight) }

    /// Σ w x / Σ w.
    public var value: Double { total / weight }

    /// The mean as one of nats: with its bits per token and its perplexity.
    public var surprise: Surprise { Surprise(nats: value) }
}
