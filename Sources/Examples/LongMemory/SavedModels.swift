import Foundation
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
    private let plan: Plan

    init(of outcomes: [Outcome], _ settings: Settings) {
        arrays = outcomes.reduce(into: [:]) { $0.merge($1.arrays) { first, _ in first } }
        plan = Plan(settings: settings.model, length: settings.length, cells: settings.cells)
    }

    /// Reads what `write(to:)` wrote, settings included. But models can be tried at another length than they learned,
    /// and some of the cells without the others.
    init(contentsOf path: String, _ settings: inout Settings) throws {
        arrays = try Safetensors(contentsOf: path).arrays
        plan = try Safetensors.plan(inFile: path)
        let options = Settings.options
        try options.adopt(plan.settings, as: \.model, in: &settings, from: path)
        if !settings.files.isGiven("--length") {
            try options.adopt(plan.length, as: \.length, in: &settings, from: path)
        }
        if settings.files.isGiven("--cells") {
            let saved = plan.cells.map(\.rawValue)
            if let other = settings.cells.map(\.rawValue).first(where: { !saved.contains($0) }) {
                throw CommandError(
                    "--cells: \(other) was given, but \(path.debugDescription) has \(saved.joined(separator: ","))")
            }
        } else {
            try options.adopt(plan.cells, as: \.cells, in: &settings, from: path)
        }
    }

    func write(to path: String) throws {
        // As `Module.save(to:plan:)` does: models of different types are no module together.
        let text = String(decoding: try JSONEncoder().encode(plan), as: UTF8.self)
        try Safetensors(arrays, metadata: ["plan": text]).write(to: path)
    }
}
