import Foundation
import TapestryArrays
import TapestryAutograd
import TapestryFiles
import TapestryOptimizers

/// Where a training is saved, so that it can go on later as if it had never been interrupted: to the same bits.
///
/// ```swift
/// try trainer.fit(data, epochs: 20, batchSize: 32, checkpoint: Checkpointing("run.safetensors", everySteps: 200))
/// ```
///
/// If the file is there, the training goes on from it; one that a callback has ended stays ended. The file holds the
/// model, the optimiser, what callbacks remember, what has accumulated in the epoch, and the history; random numbers
/// and the order of the data follow from the trainer's seed and the numbers of step and epoch. It is written beside the
/// last one and renamed, so that whenever the process ends, the last whole one is there.
public struct Checkpointing: Sendable {
    /// The file.
    public var path: String
    /// After how many steps it is written; `nil` for the ends of epochs alone. It is also written when a training ends.
    public var everySteps: Int?
    /// Whether a training goes on from a file that is there; otherwise it begins anew and writes over it.
    public var resumes: Bool

    /// Traps unless the number of steps is positive.
    public init(_ path: String, everySteps: Int? = nil, resumes: Bool = true) {
        if let everySteps, everySteps < 1 { trap("Checkpointing", "every \(everySteps) steps, expected at least 1") }
        self.path = path
        self.everySteps = everySteps
        self.resumes = resumes
    }

    /// Where a run is, beside its tensors.
    private struct Position: Codable, Sendable {
        var seed: UInt64
        var epoch, batch, batchCount, step, updateCount: Int
        var loss: Double
        var history: TrainingHistory
        var stopReason: String?
        /// The types of the callbacks that remember something, in order. Others may come and go.
        var callbacks: [String]
    }

    /// Writes all of a run.
    func save<Model, Output, Batch>(
        _ run: TrainingRun<Model>, _ callbacks: [any TrainingCallback<Model>],
        _ measurement: Measurement<Output, Batch>,
        seed: UInt64
    ) throws {
        var archive = StateArchive()
        let remembering = callbacks.filter(Checkpointing.remembers)
        let position = Position(
            seed: seed, epoch: run.epoch, batch: run.batch, batchCount: run.batchCount, step: run.step,
            updateCount: run.updateCount, loss: run.loss, history: run.history, stopReason: run.stopReason,
            callbacks: remembering.map(Checkpointing.name))
        try archive.add(position, as: "position")
        try archive.add(run.model, as: "model")
        try Checkpointing.add(run.optimizer, to: &archive)
        for (index, callback) in remembering.enumerated() { try Checkpointing.add(callback, index, to: &archive) }
        try measurement.save(into: &archive)
        try archive.write(to: path)
    }

    private static func remembers(_ callback: any TrainingCallback) -> Bool {
        func state(_ callback: some TrainingCallback) -> Any { callback.state }
        return !(state(callback) is EmptyModule)
    }

    private static func name(_ callback: any TrainingCallback) -> String { "\(type(of: callback))" }

    private static func add(_ optimizer: some Optimizer, to archive: inout StateArchive) throws {
        try archive.add(optimizer, as: "optimizer")
    }

    private static func add(
        _ callback: some TrainingCallback, _ index: Int, to archive: inout StateArchive
    ) throws {
        try archive.add(callback.state, as: "callback.\(index)")
    }

    /// Makes a run what it was when it was saved, if it is to go on and there is a file.
    ///
    /// - Throws: A `FileFormatError` if the file is no checkpoint of such a run.
    func restore<Model, Output, Batch>(
        _ run: inout TrainingRun<Model>, _ callbacks: inout [any TrainingCallback<Model>],
        _ measurement: inout Measurement<Output, Batch>, seed: UInt64
    ) throws {
        guard resumes, FileManager.default.fileExists(atPath: path) else { return }
        let archive = try StateArchive(contentsOf: path)
        let position = try archive.value(of: Position.self, named: "position")
        guard position.seed == seed else {
            throw FileFormatError(
                path: path, place: "position", reason: "the training had the seed \(position.seed), not \(seed)")
        }
        run.model = try archive.value(named: "model", like: run.model)
        run.optimizer = try restored(run.optimizer, archive)
        let remembering = callbacks.indices.filter { Checkpointing.remembers(callbacks[$0]) }
        let names = remembering.map { Checkpointing.name(callbacks[$0]) }
        guard names == position.callbacks else {
            throw FileFormatError(
                path: path, place: "position",
                reason: "what callbacks remember is of \(position.callbacks), and the training has \(names): give the "
                    + "same ones, or begin anew with resumes: false")
        }
        for (number, index) in remembering.enumerated() { try restore(&callbacks[index], number, archive) }
        try measurement.load(from: archive)
        (run.epoch, run.batch, run.batchCount) = (position.epoch, position.batch, position.batchCount)
        (run.step, run.updateCount, run.loss) = (position.step, position.updateCount, position.loss)
        (run.history, run.stopReason) = (position.history, position.stopReason)
    }

    private func restored<Model>(
        _ optimizer: some Optimizer<Model>, _ archive: StateArchive
    ) throws -> any Optimizer<Model> {
        func value<Same: Optimizer<Model>>(like _: Same) throws -> Same { try archive.value(named: "optimizer") }
        return try value(like: optimizer)
    }

    private func restore<Model>(
        _ callback: inout some TrainingCallback<Model>, _ index: Int, _ archive: StateArchive
    ) throws {
        callback.state = try archive.value(named: "callback.\(index)")
    }
}
