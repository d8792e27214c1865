import TapestryAutograd

/// How fast the running moments of gradients fade, and what keeps the root of the second one from 0: the settings that
/// Adam's family shares, each checked here alone.
struct MomentConstants: Codable, Sendable {
    /// β₁, of the gradients themselves; 0 where an optimiser takes them as they are.
    let firstDecay: Double
    /// β₂, of their squares; ρ or α where there is no other.
    let secondDecay: Double
    /// ε.
    let epsilon: Double

    /// Traps unless both decays are in `0 ..< 1`, and ε is finite and at least 0.
    init(firstDecay: Double, secondDecay: Double, epsilon: Double) {
        checkRange("first decay", firstDecay, below: 1)
        checkRange("second decay", secondDecay, below: 1)
        checkRange("epsilon", epsilon)
        (self.firstDecay, self.secondDecay, self.epsilon) = (firstDecay, secondDecay, epsilon)
    }

    /// Of squares alone. Traps unless that is in `0 ..< 1`, and ε is finite and at least 0.
    init(smoothing: Double, epsilon: Double) {
        checkRange("smoothing", smoothing, below: 1)
        checkRange("epsilon", epsilon)
        (firstDecay, secondDecay, self.epsilon) = (0, smoothing, epsilon)
    }

    /// Traps if ε is 0, for this reason.
    func requireEpsilon(_ reason: String) {
        if epsilon == 0 { trap("optimizer", reason) }
    }
}
