import Foundation
import Tapestry
import TapestryCellEquations
import TapestryCommand

/// What came of a cell.
struct Outcome {
    let cell: String
    let parameterCount: Int
    /// The length to which sequences had grown after half of the training; `nil` for a model that was loaded.
    let grownLength: Int?
    /// The error at the length that was asked for and, of parities, at longer ones.
    let errors: [(length: Int, error: Double)]
    let flows: [(moment: String, flow: GradientFlow)]
    /// The parameters and buffers, named after the cell.
    let tensors: [String: Tensor<Float>]
}

/// Trains a cell, or takes the parameters that were saved.
struct Study: CellVisitor {
    let name: String
    let settings: Settings
    /// The parameters of all cells that were saved, each named after its cell.
    let saved: [String: StoredArray]?

    func visit<Cell: StructuredRecurrentCell<Double>, Single: StructuredRecurrentCell<Float>>(
        _ entry: CatalogueEntry<Cell, Single>
    ) -> Result<Outcome, any Error> {
        guard let cell = entry.single as? any RecurrentCell<Float> else {
            return .failure(CommandError("--cells: \(name) takes another input than [batch, features]"))
        }
        return Result { try outcome(of: cell) }
    }

    private func outcome(of cell: some RecurrentCell<Float>) throws -> Outcome {
        let problem = settings.model.problem
        let gates = cell.biasedGateNames
        let remembering =
            gates.contains("forget")
            ? cell.drawingBiases(
                keeping: "forget", admitting: gates.contains("input") ? "input" : nil, length: settings.length) : cell
        var model = SequenceModel(remembering, outputSize: problem.outputSize, inputSize: problem.inputSize)
        let sample = problem.batch(of: 16, length: settings.length)
        var flows = [("before training", model.gradientFlow(of: problem, sample))]
        var length: Int?
        if let saved {
            try load(saved, into: &model)
        } else {
            length = train(&model)
        }
        flows.append(("after training", model.gradientFlow(of: problem, sample)))
        let lengths = problem == .parity ? [1, 2, 4].map { $0 * settings.length } : [settings.length]
        let tensors = try model.storedArrays().map { ("\(name)/\($0.key)", try $0.value.tensor(as: Float.self)) }
        return Outcome(
            cell: name, parameterCount: model.parameterCount, grownLength: length,
            errors: lengths.map { ($0, error(of: model, length: $0)) }, flows: flows,
            tensors: Dictionary(uniqueKeysWithValues: tensors))
    }

    /// Trains with Adam, whose steps become smaller along a cosine. In the first half sequences may be short at first,
    /// and a quarter longer each time that they are solved; in the second half all have the length that is asked for.
    ///
    /// - Returns: the length that was reached in the first half.
    private func train<Cell>(_ model: inout SequenceModel<Cell>) -> Int {
        let problem = settings.model.problem
        var optimizer = Adam(for: model, learningRate: settings.learningRate)
        let schedule = CosineDecay(from: settings.learningRate, steps: max(settings.steps, 1))
        let progress = ProgressBar(total: settings.steps, unit: "sequences", unitsPerStep: Double(settings.batch))
        progress.note(name)
        var length = min(problem.firstLength ?? settings.length, settings.length)
        var solvedInARow = 0
        for step in 0..<settings.steps where !Interrupt.isRequested {
            optimizer.learningRate = schedule.rate(at: step)
            let grows = step < settings.steps / 2
            let batch = problem.batch(of: settings.batch, length: grows ? length : settings.length)
            let (loss, gradient) = valueAndGradient(at: model) {
                problem.loss($0(batch.inputs, last: batch.targets.shape[0]), batch.targets)
            }
            optimizer.update(&model, along: gradient.clipped(toNorm: 1))
            solvedInARow = Double(loss.scalar) < problem.solvedLoss ? solvedInARow + 1 : 0
            if grows, solvedInARow >= 5, length < settings.length {
                (length, solvedInARow) = (min(length + max(length / 4, 1), settings.length), 0)
            }
            progress.advance(figures: ["loss": Double(loss.scalar), "length": Double(length)])
        }
        progress.finish()
        return length
    }

    /// The mean error of 1000 new sequences. Cells that normalise do it by their batch, as in training.
    private func error<Cell>(of model: SequenceModel<Cell>, length: Int) -> Double {
        // The same ones for a model that was loaded, and others than in training.
        let source = RandomSource(seed: ~settings.files.seed)
        let errors = (0..<10).map { _ in
            let batch = withRandomSource(source) { settings.model.problem.batch(of: 100, length: length) }
            let outputs = withMode(.training) { model(batch.inputs, last: batch.targets.shape[0]) }
            return settings.model.problem.error(outputs, batch.targets)
        }
        return errors.reduce(0, +) / Double(errors.count)
    }

    private func load<Cell>(_ arrays: [String: StoredArray], into model: inout SequenceModel<Cell>) throws {
        let own = arrays.filter { $0.key.hasPrefix(name + "/") }
            .map { (String($0.key.dropFirst(name.count + 1)), $0.value) }
        let report = model.load(Dictionary(uniqueKeysWithValues: own))
        if !report.isComplete {
            throw FileFormatError(path: settings.files.load, reason: "it has not the parameters of \(name): \(report)")
        }
    }
}
