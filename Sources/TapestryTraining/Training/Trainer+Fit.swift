import TapestryArrays
import TapestryAutograd
import TapestryFiles
import TapestryOptimizers

/// What a training is validated with after each epoch.
public enum ValidationData<Example> {
    /// Nothing.
    case none
    /// These examples.
    case examples([Example])
    /// A share of the training data, in 0 < share < 1, which the seed chooses and which is not trained on.
    case share(Double)
}

extension Trainer {
    /// Trains on the elements of a collection, in batches that are shuffled anew for each epoch.
    ///
    /// - Parameters:
    ///   - data: the examples. Traps if there are none.
    ///   - validation: what the model is validated with after each epoch; its figures begin with `validation`.
    ///   - epochs: how many times all data are gone through.
    ///   - batchSize: the examples of a batch; the last one of an epoch may have fewer.
    ///   - shuffles: whether the order is drawn for each epoch; otherwise it is that of the collection.
    ///   - callbacks: what happens beside the steps, in this order.
    ///   - checkpoint: where the training is saved, and from where it goes on.
    ///   - shouldStop: asked before each step; when it says so, the training is saved and ends, to go on another time.
    /// - Returns: what each epoch was like.
    /// - Throws: what closures and callbacks throw, and errors of the checkpoint's file. The model is what the last
    ///   step made.
    @discardableResult
    public mutating func fit<Data: RandomAccessCollection>(
        _ data: Data, validation: ValidationData<Data.Element> = .none, epochs: Int, batchSize: Int,
        shuffles: Bool = true, callbacks: [any TrainingCallback<Model>] = [], checkpoint: Checkpointing? = nil,
        until shouldStop: () -> Bool = { false }
    ) throws -> TrainingHistory where Batch == [Data.Element] {
        var examples = Array(data)
        var held: [Data.Element] = []
        switch validation {
        case .none: break
        case .examples(let others): held = others
        case .share(let share):
            guard share > 0, share < 1 else { trap("fit", "the validation share \(share) is not in 0 < share < 1") }
            let parts = examples.shuffled(by: .derived(from: seed, .split, 0)).split([1 - share, share])
            (examples, held) = (parts[0], parts[1])
        }
        return try fit(
            epochs: epochs, validation: held.batches(of: batchSize), callbacks: callbacks, checkpoint: checkpoint,
            until: shouldStop
        ) { _, source in
            examples.batches(of: batchSize, shuffledBy: shuffles ? source : nil)
        }
    }

    /// Trains on batches of any kind: buckets of sequences of similar lengths, windows of a stream, files.
    ///
    /// - Parameters:
    ///   - epochs: how many times `batches` is asked.
    ///   - validation: the batches that the model is validated with after each epoch; none for no validation.
    ///   - callbacks: what happens beside the steps, in this order.
    ///   - checkpoint: where the training is saved, and from where it goes on.
    ///   - shouldStop: asked before each step; when it says so, the training is saved and ends, to go on another time.
    ///   - batches: the batches of an epoch, counted from 0, with a source of random numbers of its own. The same
    ///     number and source must give the same batches, at least one.
    /// - Returns: what each epoch was like.
    @discardableResult
    public mutating func fit(
        epochs: Int, validation: [Batch] = [], callbacks: [any TrainingCallback<Model>] = [],
        checkpoint: Checkpointing? = nil, until shouldStop: () -> Bool = { false },
        batches: (_ epoch: Int, _ source: RandomSource) throws -> [Batch]
    ) throws -> TrainingHistory {
        var fit = Fit(
            trainer: self, epochs: epochs, validation: validation, callbacks: callbacks, checkpoint: checkpoint)
        defer {
            // A checkpoint that is refused leaves the trainer as it is.
            if fit.hasStarted { (model, optimizer) = (fit.run.model, fit.run.optimizer) }
        }
        try fit.train(until: shouldStop, batches)
        return fit.run.history
    }
}

/// One training on its way.
private struct Fit<Model: Module, Batch, Output> {
    let trainer: Trainer<Model, Batch, Output>
    let validation: [Batch]
    let checkpoint: Checkpointing?
    var callbacks: [any TrainingCallback<Model>]
    var run: TrainingRun<Model>
    /// Of the epoch that runs.
    var measurement: Measurement<Output, Batch>
    /// Whether the run is what it was when it was saved, or new.
    private(set) var hasStarted = false

    init(
        trainer: Trainer<Model, Batch, Output>, epochs: Int, validation: [Batch],
        callbacks: [any TrainingCallback<Model>], checkpoint: Checkpointing?
    ) {
        guard epochs >= 0 else { trap("fit", "\(epochs) epochs, expected at least 0") }
        self.trainer = trainer
        self.validation = validation
        self.checkpoint = checkpoint
        self.callbacks = callbacks
        run = TrainingRun(trainer.model, trainer.optimizer, freezing: trainer.frozen, epochCount: epochs)
        measurement = Measurement(trainer.measures)
    }

    mutating func train(
        until shouldStop: () -> Bool, _ batches: (Int, RandomSource) throws -> [Batch]
    ) throws {
        // So that nothing is computed in vain.
        if let checkpoint { try OutputFile.checkWritable(checkpoint.path) }
        try checkpoint?.restore(&run, &callbacks, &measurement, seed: trainer.seed)
        var epochBatches = try nextBatches(batches)
        hasStarted = true
        try call { try $0.trainingWillStart(&$1) }
        training: while run.epoch < run.epochCount, run.stopReason == nil {
            while run.batch < run.batchCount, run.stopReason == nil {
                if shouldStop() { break training }
                try step(epochBatches[run.batch])
                if let every = checkpoint?.everySteps, run.step.isMultiple(of: every) { try save() }
            }
            guard run.stopReason == nil else { break }
            try endEpoch()
            if run.epoch < run.epochCount { try save() }
            epochBatches = try nextBatches(batches)
        }
        try save()
        try call { try $0.trainingDidEnd(&$1) }
    }

    /// The batches of the epoch that runs; none if all have ended.
    private mutating func nextBatches(_ batches: (Int, RandomSource) throws -> [Batch]) throws -> [Batch] {
        guard run.epoch < run.epochCount else { return [] }
        let next = try batches(run.epoch, .derived(from: trainer.seed, .order, run.epoch))
        guard !next.isEmpty else { trap("fit", "epoch \(run.epoch) has no batches") }
        if run.batch > 0, run.batchCount != next.count {
            throw FileFormatError(
                path: checkpoint?.path, place: "position",
                reason: "its epochs have \(run.batchCount) batches, and those of the data \(next.count)")
        }
        run.batchCount = next.count
        return next
    }

    private mutating func step(_ batch: Batch) throws {
        let (trainer, model) = (trainer, run.model)
        let number = run.step
        func source() -> RandomSource { .derived(from: trainer.seed, .step, number) }
        let result = try withRandomSource(source()) { try trainer.differentiate(model, batch, trainer.frozen) }
        run.batchWeight = weight(of: batch)
        run.loss = result.loss
        run.gradient = result.gradient
        run.nonFiniteSearch = { try withRandomSource(source()) { try trainer.findNonFinite(model, batch) } }
        try call { try $0.stepWillUpdate(&$1) }
        if let gradient = run.gradient {
            run.optimizer.update(&run.model, along: gradient, freezing: trainer.frozen)
            run.updateCount += 1
        }
        run.gradient = nil
        run.nonFiniteSearch = { nil }
        run.step += 1
        run.batch += 1
        measurement.add(result.loss, result.output, batch)
        run.figuresSoFar = { [measurement] in measurement.figures }
        try call { try $0.stepDidEnd(&$1) }
    }

    private mutating func endEpoch() throws {
        var figures = measurement.figures
        if !validation.isEmpty {
            figures.merge(try trainer.evaluate(run.evaluatedModel ?? run.model, validation).prefixed("validation "))
        }
        figures["learning rate"] = run.optimizer.learningRate
        run.history.epochs.append(.init(number: run.epoch + 1, step: run.step, figures: figures))
        try call { try $0.epochDidEnd(&$1) }
        run.epoch += 1
        run.batch = 0
        measurement = Measurement(trainer.measures)
    }

    private func save() throws { try checkpoint?.save(run, callbacks, measurement, seed: trainer.seed) }

    /// Calls all callbacks at one moment, in order.
    private mutating func call(
        _ moment: (inout any TrainingCallback<Model>, inout TrainingRun<Model>) throws -> Void
    ) rethrows {
        for index in callbacks.indices { try moment(&callbacks[index], &run) }
    }
}
