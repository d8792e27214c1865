import Foundation
import Tapestry
import TapestryCommand

/// Compares cells on problems of long memory.
@main
enum Main {
    static func main() {
        Settings.options.runJob(\.files) { settings in
            var settings = settings
            let saved = try settings.files.load.map { try SavedModels(contentsOf: $0, &settings) }
            let problem = settings.model.problem
            print("\(problem.rawValue), length \(settings.length): \(problem.baseline.description)")
            fflush(nil)
            // All cells see the same sequences.
            let outcomes = try settings.cells.map { choice in
                let study = Study(name: choice.rawValue, settings: settings, saved: saved?.arrays)
                return try withRandomSeed(settings.files.seed) {
                    try choice.cell.accept(
                        study, inputSize: problem.inputSize, hiddenSize: settings.model.hidden
                    ).get()
                }
            }
            try SavedModels.finishTraining(outcomes, settings)
            printErrors(of: outcomes)
            printFlows(of: outcomes)
            try settings.files.write(figures(of: outcomes, problem))
        }
    }

    private static func printErrors(of outcomes: [Outcome]) {
        let lengths = outcomes[0].errors.map { "length \($0.length)" }
        let rows = outcomes.map { outcome in
            let errors = outcome.errors.map { $0.error.text(decimals: 4) }
            return [outcome.cell, "\(outcome.parameterCount)", outcome.grownLength.map { "\($0)" } ?? "loaded"] + errors
        }
        print("\n" + table([["cell", "parameters", "grown to"] + lengths] + rows))
    }

    /// What reaches the first step, the last one, and some between them.
    private static func printFlows(of outcomes: [Outcome]) {
        print("\nHow much of the last step's gradient reaches the states of earlier ones, ‖∂L/∂sₜ‖:\n")
        let steps = outcomes[0].flows[0].flow
        let count = steps[steps.names[0]].count
        let places = [0, count / 4, count / 2, 3 * count / 4, count - 1]
        var rows = [["cell", "", "state"] + places.map { "t = \($0)" }]
        for outcome in outcomes {
            for (moment, flow) in outcome.flows {
                for name in flow.names {
                    rows.append([outcome.cell, moment, name] + places.map { String(format: "%.1e", flow[name][$0]) })
                }
            }
        }
        print(table(rows, textColumns: 3))
    }

    private static func figures(of outcomes: [Outcome], _ problem: Problem) -> [String: Double] {
        var figures = ["baseline": problem.baseline.value]
        for outcome in outcomes {
            for (length, error) in outcome.errors { figures["\(outcome.cell)_error_at_\(length)"] = error }
            for (moment, flow) in outcome.flows {
                for name in flow.names {
                    let key = "\(outcome.cell)_\(name)_flow_\(moment.replacingOccurrences(of: " ", with: "_"))"
                    figures[key] = flow[name][0] / flow[name].last!
                }
            }
        }
        return figures
    }
}
