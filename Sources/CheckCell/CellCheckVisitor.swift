import Tapestry
import TapestryCellEquations
import TapestryCommand

/// A check of a cell of the catalogue, broken or as it is.
struct CellCheckVisitor: CellVisitor {
    let settings: Settings
    let progress: ((CheckProgress) -> Void)?

    func visit<Cell: RecurrentCell<Double>, Single: RecurrentCell<Float>>(
        _ cell: Cell, _ single: Single, _ equations: @escaping CellEquations.Equations
    ) -> Result<CellReport, CommandError> {
        if settings.mutation == .nothing { return .success(report(cell, Single.self, equations)) }
        let broken = BrokenCell(cell, settings.mutation)
        if !broken.isBroken {
            return .failure(
                CommandError(
                    "--break: \(settings.cell.rawValue) has no \(settings.mutation.need), which "
                        + "\(settings.mutation.rawValue) changes"))
        }
        return .success(report(broken, BrokenCell<Single>.self, equations))
    }

    private func report<Cell: RecurrentCell<Double>, Single: RecurrentCell<Float>>(
        _ cell: Cell, _ single: Single.Type, _ equations: @escaping CellEquations.Equations
    ) -> CellReport {
        checkCell(
            cell, inputSize: settings.input, stepCount: settings.steps, batchSize: settings.batch,
            orders: settings.orders, elements: settings.fast ? .projections(2) : .all, seed: settings.seed,
            single: single, progress: progress, against: equations)
    }
}
