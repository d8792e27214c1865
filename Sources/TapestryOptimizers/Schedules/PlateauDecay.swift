import TapestryAutograd

/// A learning rate that falls by a factor when a figure, such as the validation loss, has not become better for some
/// time.
///
/// ```swift
/// var plateau = PlateauDecay(from: 1e-3, patience: 3)
/// for epoch in 0..<epochs {
///     …
///     optimizer.learningRate = plateau.update(with: validationLoss)
/// }
/// ```
public struct PlateauDecay: Codable, Sendable {
    /// The rate now.
    public private(set) var rate: Double
    private let factor, threshold, leastRate: Double
    private let patience, coolDown: Int
    private let improvesUpward: Bool
    /// The best figure so far.
    private var best: Double?
    private var badCount = 0
    private var coolDownCount = 0

    /// Traps unless the rates are finite and at least 0, the factor and the threshold are in 0 ..< 1, and the counts
    /// not negative.
    ///
    /// - Parameters:
    ///   - rate: the first rate.
    ///   - factor: by what it is multiplied.
    ///   - patience: after how many figures that are no better the rate still stays.
    ///   - threshold: by what share of its magnitude the best figure must be beaten.
    ///   - coolDown: how many figures after a fall are not counted.
    ///   - leastRate: below which the rate does not fall.
    ///   - improvesUpward: whether a greater figure is a better one, as an accuracy is.
    public init(
        from rate: Double, factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4, coolDown: Int = 0,
        leastRate: Double = 0, improvesUpward: Bool = false
    ) {
        checkSchedule("rate", rate)
        checkSchedule("least rate", leastRate)
        guard 0..<1 ~= factor, 0..<1 ~= threshold else {
            trap("schedule", "the factor \(factor) and the threshold \(threshold) are not in 0 ..< 1")
        }
        guard patience >= 0, coolDown >= 0 else {
            trap("schedule", "the patience \(patience) and the cool-down \(coolDown), expected at least 0")
        }
        self.rate = rate
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.coolDown = coolDown
        self.leastRate = leastRate
        self.improvesUpward = improvesUpward
    }

    /// Takes a figure and gives the rate from here on. NaN is no better than anything.
    public mutating func update(with figure: Double) -> Double {
        if isBetter(figure) {
            best = figure
            badCount = 0
        } else {
            badCount += 1
        }
        if coolDownCount > 0 {
            coolDownCount -= 1
            badCount = 0
        }
        if badCount > patience {
            coolDownCount = coolDown
            badCount = 0
            rate = max(rate * factor, min(rate, leastRate))
        }
        return rate
    }

    private func isBetter(_ figure: Double) -> Bool {
        guard let best else { return !figure.isNaN }
        let margin = best.isFinite ? threshold * best.magnitude : 0
        return improvesUpward ? figure > best + margin : figure < best - margin
    }
}
