import TapestryAutograd

/// Shows a training as a ``ProgressBar`` with the mean loss of the epoch so far and what is measured, and with a line
/// for each epoch and for each note.
public struct ProgressReport<Model: Module>: TrainingCallback {
    private let output: ProgressOutput
    private let unit: String
    private var bar: ProgressBar?
    private var noteCount = 0

    /// A bar, and a line for each epoch and each note.
    ///
    /// - Parameters:
    ///   - output: where it is shown.
    ///   - unit: what a batch is called, in the plural.
    public init(to output: ProgressOutput = .standardError, unit: String = "batches") {
        self.output = output
        self.unit = unit
    }

    /// Starts the bar.
    public mutating func trainingWillStart(_ run: inout TrainingRun<Model>) {
        let steps = (run.epochCount - run.epoch) * run.batchCount - run.batch
        bar = ProgressBar(total: max(steps, 0), unit: unit, output: output)
        noteCount = run.history.notes.count
    }

    /// Moves the bar.
    public mutating func stepDidEnd(_ run: inout TrainingRun<Model>) {
        showNotes(of: run)
        let (epoch, figures) = (Double(run.epoch + 1), run.figuresSoFar)
        bar?.advance {
            [.init(name: "epoch", value: epoch)] + figures().all.map { .init(name: $0.name, value: $0.value) }
        }
    }

    /// Shows the epoch's figures.
    public mutating func epochDidEnd(_ run: inout TrainingRun<Model>) {
        showNotes(of: run)
        let figures = run.figures.all.map { "\($0.name) \(ProgressState.text($0.value))" }.joined(separator: ", ")
        bar?.note("epoch \(run.epoch + 1): \(figures)")
    }

    /// Ends the bar.
    public mutating func trainingDidEnd(_ run: inout TrainingRun<Model>) {
        showNotes(of: run)
        bar?.finish()
    }

    private mutating func showNotes(of run: TrainingRun<Model>) {
        for note in run.history.notes.dropFirst(noteCount) { bar?.note("step \(note.step): \(note.text)") }
        noteCount = run.history.notes.count
    }
}
