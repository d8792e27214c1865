import Tapestry
import TapestryCellEquations
import TapestryCommand

/// A check of a cell of the catalogue, broken or as it is.
struct CellCheckVisitor: CellVisitor {
    let settings: Settings
    let progress: ((CheckProgress) -> Void)?

    func visit<Cell: StructuredRecurrentCell<Double>, Single: StructuredRecurrentCell<Float>>(
        _ entry: CatalogueEntry<Cell, Single>
    ) -> Result<CellReport, CommandError> {
        let (inputs, states, equations) = (entry.inputs, entry.states, entry.equations)
        if settings.mutation == .nothing { return .success(report(entry.cell, Single.self, inputs, states, equations)) }
        let broken = BrokenCell(entry.cell, settings.mutation)
        if !broken.isBroken {
            return .failure(
                CommandError(
                    "--break: \(settings.cell.rawValue) has no \(settings.mutation.need), which "
                        + "\(settings.mutation.rawValue) changes"))
        }
        return .success(report(broken, BrokenCell<Single>.self, inputs, states, equations))
    }

    private func report<Cell: StructuredRecurrentCell<Double>, Single: StructuredRecurrentCell<Float>>(
        _ cell: Cell, _ single: Single.Type, _ inputs: DrawnInput<Cell.Input>,
        _ states: DrawnState<Cell.State>?, _ equations: @escaping CellEquations.Equations
    ) -> CellReport {
        checkCell(
            cell, inputs: inputs, states: states, stepCount: settings.steps, batchSize: settings.batch,
            orders: settings.orders, elements: settings.fast ? .projections(2) : .all, seed: settings.seed,
            single: single, against: equations, progress: progress)
    }
}
