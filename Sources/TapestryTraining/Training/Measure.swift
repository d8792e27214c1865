import TapestryArrays
import TapestryFiles

/// Something that is accumulated over the batches of an epoch beside the loss, and the figures that it gives.
///
/// ```swift
/// Measure(ConfusionMatrix(classCount: 10), ["accuracy": \.accuracy, "macro F1": \.macroF1]) { matrix, logits, batch in
///     matrix.add(scores: logits, targets: labels(batch))
/// }
/// ```
public struct Measure<Output, Batch> {
    /// What its figures are called.
    let names: [String]
    let start: () -> Running

    /// A measure of any value that outputs and batches are added to.
    ///
    /// - Parameters:
    ///   - initial: what each epoch begins with; saved in checkpoints.
    ///   - figures: names and values of what has accumulated. A name that another figure of the training has, such as
    ///     `loss`, traps where the training begins.
    ///   - add: adds the outputs for a batch.
    public init<Accumulated: Codable & Sendable>(
        _ initial: Accumulated, _ figures: KeyValuePairs<String, (Accumulated) -> Double>,
        add: @escaping (inout Accumulated, Output, Batch) -> Void
    ) {
        names = figures.map(\.key)
        start = {
            var accumulated = initial
            return Running(
                add: { add(&accumulated, $0, $1) },
                figures: {
                    var result = Figures()
                    for (name, value) in figures { result[name] = value(accumulated) }
                    return result
                },
                save: { archive, name in try archive.add(accumulated, as: name) },
                load: { archive, name in accumulated = try archive.value(named: name) })
        }
    }

    /// One accumulation.
    struct Running {
        let add: (Output, Batch) -> Void
        let figures: () -> Figures
        let save: (inout StateArchive, String) throws -> Void
        let load: (StateArchive, String) throws -> Void
    }
}

/// The mean loss of some batches, and what is measured beside it.
struct Measurement<Output, Batch> {
    private(set) var loss = RunningMean()
    let measures: [Measure<Output, Batch>.Running]

    /// What else a line of a history has.
    private static var otherNames: [String] { ["epoch", "step", "loss", "validation loss", "learning rate"] }

    init(_ measures: [Measure<Output, Batch>]) {
        var names = Set(Measurement.otherNames)
        for name in measures.flatMap(\.names) {
            for name in [name, "validation \(name)"] where !names.insert(name).inserted {
                trap("Measure", "two figures are called \(name.quoted)")
            }
        }
        self.measures = measures.map { $0.start() }
    }

    mutating func add(_ loss: Double, _ output: Output, _ batch: Batch) {
        self.loss.add(loss, weight: weight(of: batch))
        for measure in measures { measure.add(output, batch) }
    }

    var figures: Figures {
        var figures = Figures()
        figures["loss"] = loss.value
        for measure in measures { figures.merge(measure.figures()) }
        return figures
    }

    func save(into archive: inout StateArchive) throws {
        try archive.add(loss, as: "loss")
        for (index, measure) in measures.enumerated() { try measure.save(&archive, "measure.\(index)") }
    }

    mutating func load(from archive: StateArchive) throws {
        loss = try archive.value(named: "loss")
        for (index, measure) in measures.enumerated() { try measure.load(archive, "measure.\(index)") }
    }
}

/// What a batch counts among others: as many as it has elements, where it is a collection, so that a smaller last one
/// counts less; else 1.
func weight(of batch: some Any) -> Double { (batch as? any Collection).map { Double($0.count) } ?? 1 }
