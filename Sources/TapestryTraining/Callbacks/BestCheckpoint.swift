import TapestryAutograd
import TapestryFiles

/// Saves the model whenever a figure has become better, as a safetensors file that `Module.load(from:)` reads.
public struct BestCheckpoint<Model: Module>: TrainingCallback {
    /// The best value so far.
    public struct State: Codable, Sendable { var best: Double? }

    /// The best value so far.
    public var state = State()
    private let path: String
    private let figure: WatchedFigure

    /// Saves to a path, beside what is there, and renames it into place.
    public init(_ path: String, watching figure: WatchedFigure) {
        self.path = path
        self.figure = figure
    }

    /// Throws if no file can be written there, so that nothing is computed in vain.
    public func trainingWillStart(_ run: inout TrainingRun<Model>) throws { try OutputFile.checkWritable(path) }

    /// Saves the model if the epoch is the best.
    public mutating func epochDidEnd(_ run: inout TrainingRun<Model>) throws {
        let value = run.figure(figure.name, for: "BestCheckpoint")
        guard figure.isBetter(value, than: state.best) else { return }
        state.best = value
        let metadata = ["epoch": "\(run.epoch + 1)", figure.name: "\(value)"]
        try (run.evaluatedModel ?? run.model).save(to: path, metadata: metadata)
    }
}
