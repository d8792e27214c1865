import TapestryAutograd

/// An exponential moving average of a model's parameters, which often generalises better than the last of them:
///
///     a ← d a + (1 − d) p,    with d = min(decay, (1 + t) / (10 + t)) at update t = 1, 2, … of a warm one
///
/// ```swift
/// var average = MovingAverage(of: model, decay: 0.999)
/// for batch in batches {
///     …
///     optimizer.update(&model, along: gradient)
///     average.update(with: model)
/// }
/// let averaged = average.model
/// ```
///
/// Reference: B. Polyak and A. Juditsky, "Acceleration of stochastic approximation by averaging", 1992.
public struct MovingAverage<Model: Module>: Codable, Sendable {
    /// The averaged parameters; buffers and settings are those of the model seen last.
    public private(set) var model: Model
    private let decay: Double
    private let warmsUp: Bool
    private var updateCount = 0

    /// An average that begins with the parameters of a model.
    ///
    /// - Parameters:
    ///   - model: where the average begins.
    ///   - decay: in `0 ..< 1`; else it traps.
    ///   - warmsUp: whether the decay grows over the first updates, so that the beginning is forgotten soon.
    public init(of model: Model, decay: Double = 0.999, warmsUp: Bool = false) {
        checkRange("decay of a moving average", decay, below: 1)
        self.model = model.withoutDerivative()
        self.decay = decay
        self.warmsUp = warmsUp
    }

    /// Moves the average toward the parameters. Traps if they are others than before.
    public mutating func update(with model: Model) {
        updateCount += 1
        let growing = Double(1 + updateCount) / Double(10 + updateCount)
        let share = 1 - (warmsUp ? min(decay, growing) : decay)
        var tree = ModuleTree(of: model.withoutDerivative())
        let averages = ModuleTree(of: self.model).leaves
        guard averages.count == tree.leaves.count else {
            trap("optimizer", "the model has \(tree.leaves.count) tensors and its average \(averages.count)")
        }
        for index in tree.leaves.indices where tree.leaves[index].isParameter {
            let (average, leaf) = (averages[index].value, tree.leaves[index])
            guard average.shape == leaf.value.shape else {
                trap("optimizer", "\(leaf.path) has shape \(leaf.value.shape) and its average \(average.shape)")
            }
            tree.leaves[index].value = average + (leaf.value - average) * share
        }
        self.model = tree.module()
    }
}
