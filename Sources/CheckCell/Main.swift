import Foundation
import Tapestry
import TapestryCellEquations
import TapestryCommand
import TapestryFiles

/// Checks a recurrent cell of the library, or a deliberately broken one: gradients, equations, single precision.
///
/// The exit status is 0 if everything was shown to be correct, 1 if not or if a report cannot be written, and 2 if the
/// command line cannot be served.
@main
enum Main {
    static func main() { Settings.options.run { try run($0) } }

    private static func run(_ settings: Settings) throws {
        if settings.list { return print(list, terminator: "") }
        try Settings.options.checkOutputs("--html", "--json", in: settings)

        let visitor = CellCheckVisitor(settings: settings, progress: progress())
        let report = try settings.cell.accept(visitor, inputSize: settings.input, hiddenSize: settings.hidden).get()
        let mutation = settings.mutation
        if mutation != .nothing { print("Broken on purpose, \(mutation.rawValue): \(mutation.summary).\n") }
        print(report.text(colored: Terminal.isOutputColored))
        print("From the command line: swift run -c release CheckCell \(settings.arguments)")
        if let path = settings.html { try OutputFile.write(report.html(), to: path) }
        if let path = settings.json { try OutputFile.write(report.json(), to: path) }
        if !report.isCorrect { exit(1) }
    }

    /// The names that `--cell` and `--break` take.
    private static var list: String {
        let cells = CatalogueCell.allCases.map { [$0.rawValue, $0.summary] }
        let mutations = CellMutation.allCases.map { [$0.rawValue, $0.summary] }
        return """
            Cells (--cell):
            \(table(cells, textColumns: 2))

            Ways to break them (--break):
            \(table(mutations, textColumns: 2))

            """
    }

    /// A bar on a terminal.
    private static func progress() -> ((CheckProgress) -> Void)? {
        guard Terminal.isErrorShown else { return nil }
        var bar: ProgressBar?
        return { progress in
            let shown = bar ?? ProgressBar(total: progress.totalCount, unit: "parts")
            bar = shown
            shown.advance()
            if progress.completedCount == progress.totalCount { shown.finish() }
        }
    }
}
