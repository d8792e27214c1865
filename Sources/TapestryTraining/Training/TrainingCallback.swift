import TapestryAutograd

/// What happens beside the steps of a training: at each of five moments it sees the run and may change it.
///
/// ```swift
/// struct StopAtLoss: TrainingCallback {
///     let limit: Double
///     func epochDidEnd(_ run: inout TrainingRun<Classifier>) {
///         if run.figures["loss"]! < limit { run.stop("the loss is below \(limit)") }
///     }
/// }
/// ```
///
/// Callbacks are called in the order in which they are given. What one has to remember from step to step is its
/// `state`, which is saved in checkpoints; settings, closures and the like, which a program makes anew, stay outside of
/// it.
public protocol TrainingCallback<Model> {
    /// The type of the model.
    associatedtype Model: Module
    /// What is remembered; nothing, unless a callback has a property `state`.
    associatedtype State: Codable & Sendable = EmptyModule

    /// What is remembered.
    var state: State { get set }

    /// Before the first step, also of a training that goes on from a checkpoint.
    mutating func trainingWillStart(_ run: inout TrainingRun<Model>) throws
    /// Between the gradient and the update.
    mutating func stepWillUpdate(_ run: inout TrainingRun<Model>) throws
    /// After each batch.
    mutating func stepDidEnd(_ run: inout TrainingRun<Model>) throws
    /// After each epoch, with its figures, those of the validation included.
    mutating func epochDidEnd(_ run: inout TrainingRun<Model>) throws
    /// After the last step, also of a training that ends early.
    mutating func trainingDidEnd(_ run: inout TrainingRun<Model>) throws
}

extension TrainingCallback where State == EmptyModule {
    /// Nothing.
    public var state: EmptyModule {
        get { EmptyModule() }
        set {}
    }
}

extension TrainingCallback {
    /// Does nothing.
    public mutating func trainingWillStart(_ run: inout TrainingRun<Model>) throws {}
    /// Does nothing.
    public mutating func stepWillUpdate(_ run: inout TrainingRun<Model>) throws {}
    /// Does nothing.
    public mutating func stepDidEnd(_ run: inout TrainingRun<Model>) throws {}
    /// Does nothing.
    public mutating func epochDidEnd(_ run: inout TrainingRun<Model>) throws {}
    /// Does nothing.
    public mutating func trainingDidEnd(_ run: inout TrainingRun<Model>) throws {}
}
