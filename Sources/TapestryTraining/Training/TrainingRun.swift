import TapestryArrays
import TapestryAutograd
import TapestryOptimizers

/// A training while it runs: what callbacks see and may change.
public struct TrainingRun<Model: Module> {
    /// The model that is trained.
    public var model: Model
    /// What moves it.
    public var optimizer: any Optimizer<Model>
    /// The gradient of the batch, between its computation and the update; `nil` at other times. A callback that sets it
    /// to another one changes the step, and one that sets it to `nil` leaves the update out.
    public var gradient: Model?
    /// What is validated and saved in the model's place, such as an average; `nil` for the model itself.
    public var evaluatedModel: Model?
    /// Parameters that stay as they are, by path.
    public let frozen: [ParameterPattern]

    /// What the last batch counts among others: as many as it has elements, where it is a collection; else 1.
    public internal(set) var batchWeight = 1.0
    /// The loss of the last batch.
    public internal(set) var loss = Double.nan
    /// The epoch that runs, from 0.
    public internal(set) var epoch = 0
    /// How many epochs there are to be.
    public let epochCount: Int
    /// How many batches of the epoch are done.
    public internal(set) var batch = 0
    /// How many batches the epoch has.
    public internal(set) var batchCount = 0
    /// How many batches are done in all epochs.
    public internal(set) var step = 0
    /// How many times the optimiser has moved the model.
    public internal(set) var updateCount = 0
    /// The epochs that have ended, and what was noted.
    public internal(set) var history = TrainingHistory()
    /// Why the training has been ended early, if it has.
    public internal(set) var stopReason: String?

    /// The mean loss of the epoch that runs, and what is measured, up to the last batch.
    var figuresSoFar: () -> Figures = { Figures() }

    /// Finds where the first number that is not finite comes from in the last batch's loss and gradient.
    var nonFiniteSearch: () throws -> NonFiniteOrigin? = { nil }

    init(_ model: Model, _ optimizer: any Optimizer<Model>, freezing frozen: [ParameterPattern], epochCount: Int) {
        self.model = model
        self.optimizer = optimizer
        self.frozen = frozen
        self.epochCount = epochCount
    }

    /// The figures of the last epoch that has ended; none before.
    public var figures: Figures { history.epochs.last?.figures ?? Figures() }

    /// Whether the batch is the last one of its epoch, between its gradient and the update.
    public var isLastBatch: Bool { batch == batchCount - 1 }

    /// Ends the training after this step, for a reason that is noted.
    public mutating func stop(_ reason: String) {
        if stopReason == nil { stopReason = reason }
        note(reason)
    }

    /// Writes something into the history.
    public mutating func note(_ text: String) { history.notes.append(.init(step: step, text: text)) }

    /// Where the first infinity or NaN comes from in the loss of the batch that was just differentiated, or in its
    /// gradient: records the batch once more, with the same random numbers; `nil` if all is finite.
    public func firstNonFiniteOrigin() throws -> NonFiniteOrigin? { try nonFiniteSearch() }

    /// A figure of the epoch that has just ended. Traps if it has none of the name, as what was to be watched would be
    /// watched in vain.
    func figure(_ name: String, for watcher: String) -> Double {
        guard let value = figures[name] else {
            let names = figures.all.map { "\"\($0.name)\"" }.joined(separator: ", ")
            trap(watcher, "the epoch has no figure \"\(name)\", only \(names)")
        }
        return value
    }
}
