import TapestryAutograd
import TapestryOptimizers

/// Sets the learning rate by a schedule.
public struct ScheduledLearningRate<Model: Module>: TrainingCallback {
    /// What a schedule's steps are.
    public enum Count: Sendable {
        /// Step n is before the update after n others, across epochs.
        case updates
        /// Step n is all of epoch n, from 0.
        case epochs
    }

    private let schedule: any LearningRateSchedule
    private let count: Count

    /// A schedule over the updates of the optimiser, or over epochs.
    public init(_ schedule: any LearningRateSchedule, over count: Count = .updates) {
        self.schedule = schedule
        self.count = count
    }

    /// Sets the rate of the update that comes.
    public func stepWillUpdate(_ run: inout TrainingRun<Model>) {
        run.optimizer.learningRate = schedule.rate(at: count == .updates ? run.updateCount : run.epoch)
    }
}

/// Lowers the learning rate when a figure has not become better for some epochs.
public struct PlateauLearningRate<Model: Module>: TrainingCallback {
    /// The rate and the best figure so far.
    public var state: PlateauDecay
    private let name: String

    /// A rate that falls when a figure stays no better.
    ///
    /// - Parameters:
    ///   - decay: says when and how far the rate falls.
    ///   - name: the figure. A training whose epochs don't have it traps.
    public init(_ decay: PlateauDecay, watching name: String = "validation loss") {
        state = decay
        self.name = name
    }

    /// Sets the first rate.
    public func trainingWillStart(_ run: inout TrainingRun<Model>) { run.optimizer.learningRate = state.rate }

    /// Sets the rate of the epochs that come.
    public mutating func epochDidEnd(_ run: inout TrainingRun<Model>) {
        run.optimizer.learningRate = state.update(with: run.figure(name, for: "PlateauLearningRate"))
    }
}
