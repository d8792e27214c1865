import Tapestry
import TapestryCellEquations

extension ExportCase {
    /// A sequence through each cell of the library, of any time and batch.
    static var cells: [ExportCase] {
        CatalogueCell.allCases.map { $0.accept(SequenceExport(name: $0.rawValue), inputSize: 3, hiddenSize: 4) }
    }

    private struct SequenceExport: CellVisitor {
        let name: String

        func visit<Cell: StructuredRecurrentCell<Double>, Single: StructuredRecurrentCell<Float>>(
            _ entry: CatalogueEntry<Cell, Single>
        ) -> ExportCase {
            let steps = (0..<3).map { entry.inputs($0, 2) }
            let sequence = Cell.Input.stacked(steps).converted(to: Single.Input.self)
            return ExportCase(
                "cell \(name)", Recurrent(entry.single), at: sequence, openAxes: [0: "time", 1: "batch"]
            ) { $0($1) }
        }
    }
}
