import TapestryArrays
import TapestryAutograd
import TapestryOptimizers

/// Clips each gradient, by the norm of all parameters together or element by element.
public struct GradientClipping<Model: Module>: TrainingCallback {
    private let clip: @Sendable (Model) -> Model

    /// Scales gradients down to a norm: see `Module.clipped(toNorm:)`. Traps unless the limit is above 0.
    public init(norm limit: Double) {
        guard limit > 0 else { trap("GradientClipping", "the limit \(limit) is not above 0") }
        clip = { $0.clipped(toNorm: limit) }
    }

    /// Cuts elements off: see `Module.clipped(toValue:)`. Traps unless the limit is above 0.
    public init(value limit: Double) {
        guard limit > 0 else { trap("GradientClipping", "the limit \(limit) is not above 0") }
        clip = { $0.clipped(toValue: limit) }
    }

    /// Clips the gradient.
    public func stepWillUpdate(_ run: inout TrainingRun<Model>) { run.gradient = run.gradient.map(clip) }
}

/// Moves the model only after every n-th batch, along the mean of the gradients since, each weighted by how many
/// elements its batch has: batches n times as large, in the memory of one. What an epoch leaves over at its end, the
/// last batch takes. It comes before callbacks that look at the gradient of an update, such as clipping.
public struct GradientAccumulation<Model: Module>: TrainingCallback {
    /// The weighted sum of gradients since the last update.
    public struct State: Codable, Sendable {
        var sum: Model?
        var count = 0
        var weight = 0.0
    }

    /// The weighted sum of gradients since the last update.
    public var state = State()
    private let batchCount: Int

    /// Traps unless the number of batches is positive.
    public init(batches batchCount: Int) {
        guard batchCount > 0 else { trap("GradientAccumulation", "\(batchCount) batches, expected at least 1") }
        self.batchCount = batchCount
    }

    /// Adds the gradient up, or puts the mean in its place.
    public mutating func stepWillUpdate(_ run: inout TrainingRun<Model>) {
        guard let gradient = run.gradient else { return }
        let sum = state.sum?.moved(along: gradient, by: run.batchWeight) ?? gradient.scaled(by: run.batchWeight)
        state = State(sum: sum, count: state.count + 1, weight: state.weight + run.batchWeight)
        run.gradient = nil
        guard state.count == batchCount || run.isLastBatch else { return }
        run.gradient = sum.scaled(by: 1 / state.weight)
        state = State()
    }
}

/// Ends a training with an error as soon as a loss or a gradient is not finite, before the update that would spread it.
public struct StopOnNonFinite<Model: Module>: TrainingCallback {
    /// An infinity or NaN in a training.
    public struct Failure: Error, Sendable, CustomStringConvertible {
        /// How many steps had been taken.
        public let step: Int
        /// The loss.
        public let loss: Double
        /// Where the first such number came up, as a tape that records everything finds it; `nil` if the batch,
        /// recorded once more, is finite.
        public let origin: NonFiniteOrigin?

        /// What happened, and where it began.
        public var description: String {
            "step \(step): the loss is \(loss) or its gradient not finite; "
                + (origin.map { "it begins in the \($0)" } ?? "recorded once more, all is finite")
        }
    }

    /// Looks at each step.
    public init() {}

    /// Looks for numbers that are not finite. Throws a ``Failure``.
    public func stepWillUpdate(_ run: inout TrainingRun<Model>) throws {
        if run.loss.isFinite, run.gradient?.parameterNorm.isFinite ?? true { return }
        throw Failure(step: run.step, loss: run.loss, origin: try run.firstNonFiniteOrigin())
    }
}

/// Looks at the gradient of each parameter from time to time, and notes those that vanish, explode or are no numbers.
/// What is frozen is passed over.
public struct GradientMonitor<Model: Module>: TrainingCallback {
    private let period: Int
    private let least, greatest: Double
    private let report: (GradientStatistics, _ step: Int) -> Void

    /// Traps unless the period is positive.
    ///
    /// - Parameters:
    ///   - period: every how many updates it looks, the first one included. Without accumulation, steps are updates.
    ///   - least: a root mean square of a gradient below this has vanished.
    ///   - greatest: one above this explodes.
    ///   - report: gets the statistics each time.
    public init(
        every period: Int = 100, vanishingBelow least: Double = 1e-8, explodingAbove greatest: Double = 1e3,
        report: @escaping (GradientStatistics, _ step: Int) -> Void = { _, _ in }
    ) {
        guard period > 0 else { trap("GradientMonitor", "every \(period) updates, expected at least 1") }
        self.period = period
        self.least = least
        self.greatest = greatest
        self.report = report
    }

    /// Looks at the gradient.
    public func stepWillUpdate(_ run: inout TrainingRun<Model>) {
        guard run.updateCount.isMultiple(of: period), let gradient = run.gradient else { return }
        let statistics = GradientStatistics(of: gradient, for: run.model, except: run.frozen)
        report(statistics, run.step)
        for warning in statistics.warnings(vanishingBelow: least, explodingAbove: greatest) { run.note(warning) }
    }
}
