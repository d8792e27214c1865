import Tapestry
import TapestryCellEquations

/// The cells of the catalogue whose input is a tensor `[batch, features]`.
struct CellChoice: CaseIterable, RawRepresentable, Codable, Sendable {
    let cell: CatalogueCell
    var rawValue: String { cell.rawValue }

    static let allCases = CatalogueCell.allCases
        .filter { $0.accept(TakesFeatures(), inputSize: 2, hiddenSize: 4) }
        .map { CellChoice(cell: $0) }

    init?(rawValue: String) {
        guard let choice = CellChoice.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = choice
    }

    private init(cell: CatalogueCell) { self.cell = cell }
}

/// Whether a cell is none over maps, nor one of several inputs.
private struct TakesFeatures: CellVisitor {
    func visit<Cell: StructuredRecurrentCell<Double>, Single: StructuredRecurrentCell<Float>>(
        _ entry: CatalogueEntry<Cell, Single>
    ) -> Bool {
        entry.single is any RecurrentCell<Float> && (entry.inputs(0, 1) as? Tensor<Double>)?.rank == 2
    }
}
