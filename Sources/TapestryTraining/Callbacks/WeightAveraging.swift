import TapestryAutograd
import TapestryOptimizers

/// Keeps an exponential moving average of the parameters, which is what is validated, saved as the best, and the model
/// at the end. It comes before callbacks that look at the validated model.
public struct WeightAveraging<Model: Module>: TrainingCallback {
    /// The average, and the number of updates that it has seen.
    public struct State: Codable, Sendable {
        var average: MovingAverage<Model>?
        var updateCount = 0
    }

    /// The average, and the number of updates that it has seen.
    public var state = State()
    private let decay: Double
    private let warmsUp: Bool

    /// An average as ``MovingAverage`` has it. The decay grows over the first updates here unless `warmsUp` is false.
    public init(decay: Double = 0.999, warmsUp: Bool = true) {
        self.decay = decay
        self.warmsUp = warmsUp
    }

    /// Begins the average with the model, or goes on with the one there is.
    public mutating func trainingWillStart(_ run: inout TrainingRun<Model>) {
        if state.average == nil { state.average = MovingAverage(of: run.model, decay: decay, warmsUp: warmsUp) }
        run.evaluatedModel = state.average?.model
    }

    /// Takes the update into the average.
    public mutating func stepDidEnd(_ run: inout TrainingRun<Model>) {
        guard run.updateCount > state.updateCount else { return }
        state.updateCount = run.updateCount
        state.average?.update(with: run.model)
        run.evaluatedModel = state.average?.model
    }

    /// Makes the average the model.
    public func trainingDidEnd(_ run: inout TrainingRun<Model>) {
        if let average = state.average { run.model = average.model }
    }
}
