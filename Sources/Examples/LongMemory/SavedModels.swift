import Tapestry
import TapestryCommand

/// The models of several cells in one file.
struct SavedModels {
    /// What they were made with.
    private struct Plan: Codable {
        var settings: ModelSettings
        var length: Int
        var cells: [CellChoice]
    }

    /// The parameters, named after their cells.
    let arrays: [String: StoredArray]

    /// Writes the models to the file of `--save`. They are of different types; what is saved is the module of their
    /// tensors.
    static func finishTraining(_ outcomes: [Outcome], _ settings: Settings) throws {
        let tensors = outcomes.reduce(into: [:]) { $0.merge($1.tensors) { first, _ in first } }
        let plan = Plan(settings: settings.model, length: settings.length, cells: settings.cells)
        try Settings.options.finishTraining(tensors, plan: plan, settings.files)
    }

    /// Reads what was saved, settings included. But models can be tried at another length than they learned, and some
    /// of the cells without the others.
    init(contentsOf path: String, _ settings: inout Settings) throws {
        let options = Settings.options
        let plan: Plan = try options.plan(inFile: path)
        arrays = try Safetensors(contentsOf: path).arrays
        try options.adopt(plan.settings, as: \.model, in: &settings, from: path)
        try options.adopt(plan.length, as: \.length, in: &settings, from: path, free: "--length")
        try options.adopt(plan.cells, as: \.cells, in: &settings, from: path, free: "--cells")
        let saved = plan.cells.map(\.rawValue)
        if let other = settings.cells.map(\.rawValue).first(where: { !saved.contains($0) }) {
            throw CommandError(
                "--cells: \(other) was given, but \(path.debugDescription) has \(saved.joined(separator: ","))")
        }
    }
}
