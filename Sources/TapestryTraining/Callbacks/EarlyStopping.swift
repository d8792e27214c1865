import TapestryArrays
import TapestryAutograd

/// A figure of epochs to watch, and which way is better.
public struct WatchedFigure: Sendable {
    /// Its name, `validation loss`.
    public let name: String
    /// Whether a greater one is better, as of an accuracy.
    public let improvesUpward: Bool
    /// By how much the best one must be beaten.
    public let margin: Double

    /// Traps unless the margin is at least 0.
    public init(_ name: String, improvesUpward: Bool = false, margin: Double = 0) {
        guard margin >= 0 else { trap("WatchedFigure", "the margin \(margin) is not at least 0") }
        self.name = name
        self.improvesUpward = improvesUpward
        self.margin = margin
    }

    /// Whether a value is better than the best so far. NaN never is.
    func isBetter(_ value: Double, than best: Double?) -> Bool {
        guard let best else { return !value.isNaN }
        return improvesUpward ? value > best + margin : value < best - margin
    }
}

/// Ends a training when a figure has not become better for some epochs, and gives back the model that was best.
///
/// ```swift
/// EarlyStopping(watching: WatchedFigure("validation loss"), patience: 5)
/// ```
public struct EarlyStopping<Model: Module>: TrainingCallback {
    /// The best epoch so far.
    public struct State: Codable, Sendable {
        var best: Double?
        var model: Model?
        var badCount = 0
    }

    /// The best epoch so far.
    public var state = State()
    private let figure: WatchedFigure
    private let patience: Int
    private let restoresBest: Bool

    /// Traps unless the patience is at least 0.
    ///
    /// - Parameters:
    ///   - figure: what is watched. A training whose epochs don't have it traps.
    ///   - patience: after how many epochs that are no better the training still goes on.
    ///   - restoresBest: whether the model is at the end that of the best epoch.
    public init(watching figure: WatchedFigure, patience: Int = 0, restoresBest: Bool = true) {
        guard patience >= 0 else { trap("EarlyStopping", "the patience \(patience) is not at least 0") }
        self.figure = figure
        self.patience = patience
        self.restoresBest = restoresBest
    }

    /// Compares the epoch with the best.
    public mutating func epochDidEnd(_ run: inout TrainingRun<Model>) {
        let value = run.figure(figure.name, for: "EarlyStopping")
        if figure.isBetter(value, than: state.best) {
            state = State(best: value, model: restoresBest ? run.evaluatedModel ?? run.model : nil)
        } else {
            state.badCount += 1
            if state.badCount > patience {
                run.stop("\(figure.name) has not become better than \(state.best ?? .nan) for \(state.badCount) epochs")
            }
        }
    }

    /// Gives the best model back.
    public func trainingDidEnd(_ run: inout TrainingRun<Model>) {
        if let best = state.model { run.model = best }
    }
}
