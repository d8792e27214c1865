import Tapestry
import TapestryCellEquations

extension Workload {
    /// One training step of each cell of the library at the sizes of `lstm-medium-plain`, by the name that the
    /// catalogue has for it: `cell-gru`.
    static let cells = CatalogueCell.allCases.map { cell in
        Workload(name: "cell-\(cell.rawValue)") {
            let size = RecurrentSize.medium
            return cell.accept(TrainingStep(size: size), inputSize: size.input, hiddenSize: size.hidden)
        }
    }
}

/// Forward over the sequence, the mean of the squares of each tensor of the outputs, gradients of all parameters.
private struct TrainingStep: CellVisitor {
    let size: RecurrentSize

    func visit<Cell: StructuredRecurrentCell<Double>, Single: StructuredRecurrentCell<Float>>(
        _ entry: CatalogueEntry<Cell, Single>
    ) -> () -> Void {
        let model = Recurrent(entry.single)
        let inputs = Single.Input.stacked(
            (0..<size.steps).map { entry.inputs($0, size.batch).converted(to: Single.Input.self) })
        return {
            keep(
                gradient(at: model) { model in
                    model(inputs).outputs.parameters.reduce(Tensor<Float>(0)) {
                        $0 + square($1.tensor(as: Float.self)).mean()
                    }
                })
        }
    }
}
